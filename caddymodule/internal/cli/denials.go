package cli

import (
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/webshell-guard/caddy-webshell-guard/caddymodule/internal/adminapi"
	"github.com/webshell-guard/caddy-webshell-guard/caddymodule/internal/printable"
)

func denialsCommand() *cobra.Command {
	var f apiFlags
	return f.add(&cobra.Command{
		Use:   "denials [flags] SITE",
		Short: "Lists the patterns that are denied",
		Long: `
Lists the standing denials of a site: routes, what was denied by a pattern, or for one
host, and how many of the known scripts and routes each covers. Scripts that were denied by their names are
listed by scripts --trust denied.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			var answer adminapi.DenialList
			return f.ask(c, http.MethodGet, adminapi.SitePath(args[0], "denials"), nil, &answer, func() {
				tabulateRules(c.OutOrStdout(), answer.Rules)
			})
		},
	})
}

func tabulateRules(out io.Writer, rules []adminapi.DenialRule) {
	t := newTable(out, "denied", rootHeader, "host", "known scripts", "routes", "since", "by")
	for _, r := range rules {
		t.AppendRow([]any{printable.Escape(r.Pattern), printable.Escape(r.Root), printable.Escape(r.Host), r.Scripts, r.Routes,
			r.Time.Local().Format(time.DateTime), printable.Escape(r.By.String())})
	}
	t.Render()
}

// showRules shows the standing denials that a decision made or withdrew.
func showRules(c *cobra.Command, d *adminapi.DecisionResult, deny bool) {
	if len(d.Rules) == 0 {
		return
	}
	out := c.OutOrStdout()
	text := "No longer denied:"
	switch {
	case deny && d.DryRun:
		text = "Would be denied, known or not:"
	case deny:
		text = "Denied from now on, known or not:"
	case d.DryRun:
		text = "Would no longer be denied:"
	}
	fmt.Fprintln(out, text)
	tabulateRules(out, d.Rules)
}
