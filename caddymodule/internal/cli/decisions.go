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
A path is one script, or a pattern: ? is any character, * any number of them, [a-z]
one of some, none of them a slash; a segment ** is any number of segments; a
backslash takes a character as it is. /blog/** is all that is below /blog.`

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
			Use: action + " [flags] SITE PATH...", Short: short, Long: long + patternHelp, Args: cobra.MinimumNArgs(2),
			Example: "  caddy webshell-guard " + action + " --dry-run shop /blog/tags.php '/api/**'",
			RunE: func(c *cobra.Command, args []string) error {
				d.Paths = args[1:]
				var answer adminapi.DecisionResult
				err := f.ask(c, http.MethodPost, adminapi.SitePath(args[0], action), d, &answer, func() { showDecided(c, &answer, action == "deny") })
				if err == nil && !f.json && len(answer.Scripts)+len(answer.Rules) == 0 {
					err = errors.New("nothing matches")
				}
				return err
			},
		}
		c.Flags().BoolVar(&d.DryRun, "dry-run", false, "only tell what would change")
		c.Flags().StringVar(&d.Root, "root", "", "only under this document root")
		c.Flags().StringVar(&d.Host, "host", "", hostHelp[action])
		return f.addDeciding(c)
	}
	return []*cobra.Command{
		command("approve", "Trusts scripts of a site", `
Trusts scripts, with the methods they were asked by so far. One that is not known yet
is trusted when it comes.`),
		command("deny", "Refuses scripts of a site, in every mode", `
Refuses scripts in every mode, known or not, by every name by which servers run them,
until you approve or forget them. A pattern is a standing rule: it covers the script
that comes tomorrow. It ends when you approve or forget the same pattern; a script of
it that you approve later is served.`),
		command("forget", "Forgets scripts of a site", `
Forgets what is known of scripts, decisions too: the next visit is to a new script.`),
	}
}

func showDecided(c *cobra.Command, d *adminapi.DecisionResult, deny bool) {
	t := newTable(c.OutOrStdout(), "script", "was", "is now", rootHeader)
	if d.DryRun {
		t = newTable(c.OutOrStdout(), "script", "is", "would be", rootHeader)
	}
	for _, s := range d.Scripts {
		t.AppendRow([]any{printable.Escape(s.Path), s.Was, s.Now, printable.Escape(s.Root)})
	}
	if len(d.Scripts) > 0 {
		t.Render()
	}
	showRules(c, d, deny)
	for _, s := range d.Scripts {
		if s.DeniedBy != "" {
			fmt.Fprintf(c.OutOrStdout(), "%s is refused all the same: '%s' is denied.\n", printable.Escape(s.Path), printable.Escape(s.DeniedBy))
		}
	}
	showMissing(c, d.Missing, "it is trusted when it comes")
	for _, path := range d.Unmatched {
		fmt.Fprintf(c.ErrOrStderr(), "%s: no known script\n", printable.Escape(path))
	}
}
