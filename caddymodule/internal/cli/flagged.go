package cli

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/webshell-guard/caddy-webshell-guard/caddymodule/internal/adminapi"
	"github.com/webshell-guard/caddy-webshell-guard/caddymodule/internal/printable"
)

func flaggedCommand() *cobra.Command {
	var f apiFlags
	var wouldBlock bool
	var script string
	var limit int
	c := &cobra.Command{
		Use:   "flagged [flags] SITE",
		Short: "Lists the latest flagged requests of a site, newest first",
		Long: `
Lists the latest requests that were not clean, newest first: at most 1,000 of the last
30 days, and of one script or client network fewer, so that no flood hides the others.
Of a query only the names of parameters are kept.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			query := url.Values{}
			if wouldBlock {
				query.Set("would_block", "1")
			}
			if script != "" {
				query.Set("script", script)
			}
			if limit != 0 {
				query.Set("limit", strconv.Itoa(limit))
			}
			var list adminapi.FlaggedList
			return f.ask(c, http.MethodGet, adminapi.SitePath(args[0], "flagged")+"?"+query.Encode(), nil, &list, func() { showFlaggedRequests(c, &list) })
		},
	}
	c.Flags().BoolVar(&wouldBlock, "would-block", false, "only what block mode refuses, whatever the mode was")
	c.Flags().StringVar(&script, "script", "", "only requests to this script or route, or to those of a pattern")
	c.Flags().IntVar(&limit, "limit", 0, "how many at most (default 1000)")
	return f.add(c)
}

func showFlaggedRequests(c *cobra.Command, list *adminapi.FlaggedList) {
	if list.Matched == 0 {
		fmt.Fprintln(c.OutOrStdout(), "no flagged request is kept")
		return
	}
	t := newTable(c.OutOrStdout(), "time", "client", "method", "uri", "status", "verdict", "score", "would block at", "signals")
	for _, r := range list.Requests {
		verdict := r.Verdict
		if r.TakenBack {
			verdict += ", taken back"
		}
		names := make([]string, 0, len(r.Signals))
		for _, s := range r.Signals {
			names = append(names, s.Name)
		}
		t.AppendRow([]any{
			r.Time.Local().Format(time.DateTime), r.Client, printable.Escape(r.Method), printable.Escape(r.URI), statusText(r.Status), verdict,
			fmt.Sprintf("%.1f", r.Score), r.BlockedAt, strings.Join(names, " "),
		})
	}
	t.Render()
	if n := list.Matched - len(list.Requests); n > 0 {
		fmt.Fprintf(c.OutOrStdout(), "and %d more: see --limit\n", n)
	}
}
