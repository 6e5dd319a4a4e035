package cli

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/webshell-guard/caddy-webshell-guard/caddymodule/internal/adminapi"
	"github.com/webshell-guard/caddy-webshell-guard/caddymodule/internal/printable"
)

const patternHelp = `
A name is a script, or a route as it is listed by scripts --endpoints: TEMPLATE, or
'SCRIPT · TEMPLATE' behind a front controller, in quotes, with or without the spaces.
Instead of a path it may have a pattern: ? is any character, * any number of them, [a-z]
one of some, none of them a slash; a segment ** is any number of segments; a
backslash takes a character as it is. /blog/** is all that is below /blog. The
placeholders of a template stand for themselves.`

// hostHelp says what --host does.
var hostHelp = map[string]string{
	"deny":    "only for requests to this host",
	"approve": "withdraw what was denied for this host, and approve no script",
	"forget":  "withdraw what was denied for this host, and forget no script",
}

func decisionCommands() []*cobra.Command {
	command := func(action, short, long string) *cobra.Command {
		var f apiFlags
		var d adminapi.Decision
		c := &cobra.Command{
			Use: action + " [flags] SITE ENDPOINT...", Short: short, Long: long + patternHelp, Args: cobra.MinimumNArgs(2),
			Example: "  caddy webshell-guard " + action + " --dry-run shop /blog/tags.php '/api/**' '/index.php · /wp-json/{*}/run'",
			RunE: func(c *cobra.Command, args []string) error {
				d.Paths = args[1:]
				var answer adminapi.DecisionResult
				err := f.ask(c, http.MethodPost, adminapi.SitePath(args[0], action), d, &answer, func() { showDecided(c, &answer, action == "deny") })
				switch {
				case err != nil || f.json || len(answer.Scripts)+len(answer.Rules) > 0:
					return err
				case len(answer.Flagged) > 0:
					return errors.New("nothing was approved")
				}
				return errors.New("nothing matches")
			},
		}
		if action == "approve" {
			c.Flags().BoolVar(&d.EvenFlagged, "even-flagged", false, "approve scripts that you name, not those of a pattern, although requests to them were malicious")
		}
		c.Flags().BoolVar(&d.DryRun, "dry-run", false, "only tell what would change")
		c.Flags().StringVar(&d.Root, "root", "", "only under this document root")
		c.Flags().StringVar(&d.Host, "host", "", hostHelp[action])
		return f.addDeciding(c)
	}
	return []*cobra.Command{
		command("approve", "Trusts scripts and routes of a site", `
Trusts scripts and routes, with the methods and names of parameters they were sent so far. One that is not known yet
is trusted when it comes. Scripts of a pattern that requests were flagged to since
anybody approved them are left out, and listed: name those that are yours, and with
--even-flagged even those to which requests were malicious.`),
		command("deny", "Refuses scripts and routes of a site, in every mode", `
Refuses scripts in every mode, known or not, by every name by which servers run them,
until you approve or forget them. A pattern is a standing rule: it covers the script
that comes tomorrow. It ends when you approve or forget the same pattern; a script of
it that you approve later is served. A route is denied by such a rule, for every path that
its template stands for: with SCRIPT only where that answers, before it runs where
earlier requests, or the path, tell which script that is.`),
		command("forget", "Forgets scripts and routes of a site", `
Forgets what is known of scripts and routes, decisions too: the next visit is to a new one.`),
	}
}

func showDecided(c *cobra.Command, d *adminapi.DecisionResult, deny bool) {
	t := newTable(c.OutOrStdout(), "endpoint", "was", "is now", rootHeader)
	if d.DryRun {
		t = newTable(c.OutOrStdout(), "endpoint", "is", "would be", rootHeader)
	}
	for _, s := range d.Scripts {
		t.AppendRow([]any{shownName(s.Endpoint, s.Path), s.Was, s.Now, printable.Escape(s.Root)})
	}
	if len(d.Scripts) > 0 {
		t.Render()
	}
	showRules(c, d, deny)
	for _, s := range d.Scripts {
		if s.DeniedBy != "" {
			fmt.Fprintf(c.OutOrStdout(), "%s is refused all the same: '%s' is denied.\n", shownName(s.Endpoint, s.Path), printable.Escape(s.DeniedBy))
		}
	}
	for _, s := range d.Scripts {
		if s.Evidence != nil {
			fmt.Fprintf(c.OutOrStdout(), "%s, in spite of what stood against it: %s\n", shownName(s.Endpoint, s.Path), s.Evidence)
		}
	}
	showFlagged(c.ErrOrStderr(), d.Site, d.Flagged)
	showMissing(c, d.Missing, "it is trusted when it comes")
	for _, path := range d.Unmatched {
		fmt.Fprintf(c.ErrOrStderr(), "%s: no known script or route\n", printable.Escape(path))
	}
}
