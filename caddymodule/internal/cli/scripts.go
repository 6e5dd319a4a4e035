package cli

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/webshell-guard/caddy-webshell-guard/caddymodule/internal/adminapi"
	"github.com/webshell-guard/caddy-webshell-guard/caddymodule/internal/printable"
)

func scriptsCommand() *cobra.Command {
	var f apiFlags
	var review, deployed, endpoints bool
	var trust, order string
	var limit int
	c := &cobra.Command{
		Use:   "scripts [flags] SITE",
		Short: "Lists the scripts of a site, worst first",
		Long: `
Lists the scripts of a site, worst first: those with the weightiest evidence that nobody
has approved since, then, for review, those that stood out among the others when learning
ended, then the riskiest, which lie among uploads and other data, take
payloads, have nothing that links to them, or are used by one client network. See
flagged for the requests.

With --endpoints the routes are listed, too: SCRIPT · TEMPLATE behind a front controller,
otherwise TEMPLATE; and the operations of scripts and routes, as … · NAME=VALUE. The review list has the
routes and operations that came after learning in any case.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			query := url.Values{}
			if review {
				query.Set("review", "1")
			}
			if endpoints {
				query.Set("endpoints", "1")
			}
			if deployed {
				query.Set("deployed", "1")
			}
			if trust != "" {
				query.Set("trust", trust)
			}
			if order != "" {
				query.Set("sort", order)
			}
			if limit != 0 {
				query.Set("limit", strconv.Itoa(limit))
			}
			var list adminapi.ScriptList
			return f.ask(c, http.MethodGet, adminapi.SitePath(args[0], "scripts")+"?"+query.Encode(), nil, &list, func() {
				showScripts(c, list.Scripts)
				showRest(c, &list, review)
			})
		},
	}
	c.Flags().BoolVar(&review, "review", false, "only the few that somebody should look at")
	c.Flags().BoolVar(&deployed, "deployed", false, "only those that came in a deploy window")
	c.Flags().BoolVar(&endpoints, "endpoints", false, "the routes of the site, and operations, too")
	c.Flags().StringVar(&trust, "trust", "", "only those that are provisional, trusted or denied")
	c.Flags().StringVar(&order, "sort", "", "by worst, risk, path or last visit (default worst)")
	c.Flags().IntVar(&limit, "limit", 0, "how many at most (default 1000)")
	return f.add(c)
}

// rootHeader is over the document roots, apart from the paths: commands take paths.
const rootHeader = "under"

func showScripts(c *cobra.Command, list []adminapi.Script) {
	header := slices.Concat([]any{"script", "trust"}, evidenceHeader, []any{"networks", "methods", "first seen", "last seen", "stands out", rootHeader})
	t := newTable(c.OutOrStdout(), header...)
	for _, s := range list {
		trust := s.Trust
		if s.New && s.Trust != "denied" {
			trust = "new"
		}
		t.AppendRow(slices.Concat([]any{shownName(s.Endpoint, s.Path), trust}, evidenceColumns(s.Evidence), []any{
			s.Networks, methodsText(&s), s.FirstSeen.Local().Format(time.DateTime), s.LastSeen.Local().Format(time.DateTime), standoutText(s.Standout), printable.Escape(s.Root),
		}))
	}
	t.Render()
	for _, s := range list {
		if s.Standout != nil {
			fmt.Fprintf(c.OutOrStdout(), "%s is %s\n", printable.Escape(s.Path), s.Standout.Why)
		}
	}
}

// showRest tells how much was left out of a list, and how many routes the site has.
func showRest(c *cobra.Command, list *adminapi.ScriptList, review bool) {
	out := c.OutOrStdout()
	routes := 0
	for _, s := range list.Scripts {
		if s.Kind == "route" {
			routes++
		}
	}
	if n := list.Matched - len(list.Scripts); n > 0 {
		if list.MatchedRoutes > routes {
			fmt.Fprintf(out, "and %d more, of which %d are routes: see --limit\n", n, list.MatchedRoutes-routes)
		} else {
			fmt.Fprintf(out, "and %d more: see --limit\n", n)
		}
	}
	if list.Further > 0 {
		fmt.Fprintf(out, "and %d less urgent ones, for which the review list has no room\n", list.Further)
	}
	if list.MatchedRoutes > 0 && !review {
		fmt.Fprintf(out, "%d routes, %d of them new since learning ended and not approved: see --review\n", list.Routes, list.NewRoutes)
	}
}

// shownName is an endpoint's name for a terminal; a Caddy of an earlier version gives the
// path only.
func shownName(endpoint, path string) string { return printable.Escape(cmp.Or(endpoint, path)) }

// methodsText lists the methods that it takes, and in brackets others by which it was asked.
func methodsText(s *adminapi.Script) string {
	text := strings.Join(s.Methods, ",")
	if len(s.TriedMethods) > 0 {
		text += "(" + strings.Join(s.TriedMethods, ",") + ")"
	}
	return text
}

// standoutText is empty for a script that does not stand out.
func standoutText(s *adminapi.Standout) string {
	if s == nil {
		return ""
	}
	return bits(s.Score)
}
