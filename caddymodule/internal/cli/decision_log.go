package cli

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/webshell-guard/caddy-webshell-guard/caddymodule/internal/adminapi"
	"github.com/webshell-guard/caddy-webshell-guard/caddymodule/internal/printable"
)

func decisionLogCommand() *cobra.Command {
	var f apiFlags
	var limit int
	c := &cobra.Command{
		Use:   "decisions [flags] SITE",
		Short: "Lists what was decided about a site, and by whom",
		Long: `
Lists the latest 1000 decisions about a site and its scripts, the newest last. Who made
one is the account at the other end of a Unix socket, or an address; whom somebody
claims to be, by --as or SUDO_USER, nobody has checked.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			query := url.Values{}
			if limit != 0 {
				query.Set("limit", strconv.Itoa(limit))
			}
			var answer adminapi.DecisionList
			return f.ask(c, http.MethodGet, adminapi.SitePath(args[0], "decisions")+"?"+query.Encode(), nil, &answer, func() {
				showDecisions(c, answer.Decisions)
			})
		},
	}
	c.Flags().IntVar(&limit, "limit", 0, "how many at most (default 1000)")
	return f.add(c)
}

func showDecisions(c *cobra.Command, list []adminapi.LoggedDecision) {
	t := newTable(c.OutOrStdout(), "time", "decided", "script", rootHeader, "host", "by", "why")
	for _, d := range list {
		t.AppendRow([]any{
			d.Time.Local().Format(time.DateTime), printable.Escape(d.Decided), shownName(d.Endpoint, d.Path), printable.Escape(d.Root), printable.Escape(d.Host),
			printable.Escape(d.By.String()), printable.Escape(d.Reason),
		})
	}
	t.Render()
}
