package caddymodule

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/webshell-guard/caddy-webshell-guard/caddymodule/internal/adminapi"
)

func scriptsCommand() *cobra.Command {
	var f apiFlags
	var review bool
	var trust, order string
	var limit int
	c := &cobra.Command{
		Use:   "scripts [flags] SITE",
		Short: "Lists the scripts of a site, riskiest first",
		Long: `
Lists the scripts of a site, riskiest first: those among uploads and other data, that
take payloads, that nothing links to, that one client network uses.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			query := url.Values{}
			if review {
				query.Set("review", "1")
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
				if n := list.Matched - len(list.Scripts); n > 0 {
					fmt.Fprintf(c.OutOrStdout(), "and %d more: see --limit\n", n)
				}
			})
		},
	}
	c.Flags().BoolVar(&review, "review", false, "only the few that somebody should look at")
	c.Flags().StringVar(&trust, "trust", "", "only those that are provisional, trusted or denied")
	c.Flags().StringVar(&order, "sort", "", "by risk, path or last visit (default risk)")
	c.Flags().IntVar(&limit, "limit", 0, "how many at most (default 1000)")
	return f.add(c)
}

// rootHeader is over the document roots, apart from the paths: commands take paths.
const rootHeader = "under"

func showScripts(c *cobra.Command, list []adminapi.Script) {
	t := newTable(c.OutOrStdout(), "script", "trust", "networks", "methods", "first seen", "last seen", rootHeader)
	for _, s := range list {
		trust := s.Trust
		if s.New {
			trust = "new"
		}
		t.AppendRow([]any{
			printable(s.Path), trust, s.Networks, strings.Join(s.Methods, ","),
			s.FirstSeen.Local().Format(time.DateTime), s.LastSeen.Local().Format(time.DateTime), printable(s.Root),
		})
	}
	t.Render()
}

const patternHelp = `
A path is one script, or a pattern: ? is any character, * any number of them, [a-z]
one of some, none of them a slash; a segment ** is any number of segments; a
backslash takes a character as it is. /blog/** is all that is below /blog.`

func decisionCommands() []*cobra.Command {
	command := func(action, short, long string) *cobra.Command {
		var f apiFlags
		var d adminapi.Decision
		c := &cobra.Command{
			Use: action + " [flags] SITE PATH...", Short: short, Long: long + patternHelp, Args: cobra.MinimumNArgs(2),
			Example: "  caddy webshell-guard " + action + " --dry-run shop /blog/tags.php '/api/**'",
			RunE: func(c *cobra.Command, args []string) error {
				d.Paths = args[1:]
				var answer adminapi.DecisionResult
				err := f.ask(c, http.MethodPost, adminapi.SitePath(args[0], action), d, &answer, func() { showDecided(c, &answer) })
				if err == nil && !f.json && len(answer.Scripts) == 0 {
					err = errors.New("nothing matches")
				}
				return err
			},
		}
		c.Flags().BoolVar(&d.DryRun, "dry-run", false, "only tell what would change")
		return f.add(c)
	}
	return []*cobra.Command{
		command("approve", "Trusts scripts of a site", `
Trusts scripts, with the methods they were asked by so far. One that is not known yet
is trusted when it comes.`),
		command("deny", "Refuses scripts of a site, in every mode", `
Refuses scripts in every mode, known or not, until you approve or forget them.`),
		command("forget", "Forgets scripts of a site", `
Forgets what is known of scripts, decisions too: the next visit is to a new script.`),
	}
}

func showDecided(c *cobra.Command, d *adminapi.DecisionResult) {
	t := newTable(c.OutOrStdout(), "script", "was", "is now", rootHeader)
	if d.DryRun {
		t = newTable(c.OutOrStdout(), "script", "is", "would be", rootHeader)
	}
	for _, s := range d.Scripts {
		t.AppendRow([]any{printable(s.Path), s.Was, s.Now, printable(s.Root)})
	}
	if len(d.Scripts) > 0 {
		t.Render()
	}
	for _, path := range d.Unmatched {
		fmt.Fprintf(c.ErrOrStderr(), "%s: no known script\n", printable(path))
	}
}
