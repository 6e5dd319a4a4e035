package cli

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/webshell-guard/caddy-webshell-guard/caddymodule/internal/adminapi"
	"github.com/webshell-guard/caddy-webshell-guard/caddymodule/internal/printable"
)

// containOrder is what the API takes.
type containOrder struct {
	For      string `json:"for,omitempty"`
	Rehearse bool   `json:"rehearse,omitempty"`
}

func containmentCommands() []*cobra.Command {
	var contain, refused, release apiFlags
	var order containOrder
	c := &cobra.Command{
		Use:   "contain [flags] SITE",
		Short: "Serves only what is trusted, in every mode",
		Long: `
Serves only trusted scripts, learned routes and static files, in every mode, and
learns nothing: for an incident. It survives restarts, and ends when its time is over
or with release. It holds for this node: contain each. While the site is contained,
--for gives it another end; without --for the end stays.

With --rehearse nothing is refused: it lists what would be, and counts it from then
on. See the list with refused, and approve what belongs to the site.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			s := new(adminapi.Containment)
			return contain.ask(c, http.MethodPut, adminapi.SitePath(args[0], "containment"), order, s, func() { showContainment(c, s) })
		},
	}
	c.Flags().StringVar(&order.For, "for", "", "how long from now, such as 2h; 0s is until release (default: until release, or as it is)")
	c.Flags().BoolVar(&order.Rehearse, "rehearse", false, "refuse nothing, only list what would be")
	return []*cobra.Command{contain.addDeciding(c), refused.add(&cobra.Command{
		Use:   "refused [flags] SITE",
		Short: "Lists what containment refused",
		Long: `
Lists what the containment that is on refused, or the latest one, or what its
rehearsal would have refused. It changes nothing.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			s := new(adminapi.Containment)
			return refused.ask(c, http.MethodGet, adminapi.SitePath(args[0], "containment"), nil, s, func() {
				showContainment(c, s)
				if len(s.Refused)+len(s.Recent) == 0 && s.Unlisted == 0 {
					fmt.Fprintln(c.OutOrStdout(), "Nothing was refused.")
				}
			})
		},
	}), release.addDeciding(&cobra.Command{
		Use:   "release [flags] SITE",
		Short: "Ends a containment",
		Long: `
Ends a containment, or its rehearsal, on this node, and lists what it refused, so that
you can approve what belongs there.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			s := new(adminapi.Containment)
			return release.ask(c, http.MethodDelete, adminapi.SitePath(args[0], "containment"), nil, s, func() { showContainment(c, s) })
		},
	})}
}

func showContainment(c *cobra.Command, s *adminapi.Containment) {
	out := c.OutOrStdout()
	switch {
	case s.Rehearsal:
		fmt.Fprintf(out, "%s rehearses containment: nothing is refused.\n", printable.Escape(s.Site))
	case s.Contained:
		fmt.Fprintf(out, "%s is contained, %s: only what is trusted is served. This holds for this node: other nodes must be contained, too.\n",
			printable.Escape(s.Site), containedText(true, false, s.Until))
	default:
		fmt.Fprintf(out, "%s is not contained on this node.\n", printable.Escape(s.Site))
	}
	if before := s.Before; before != nil {
		showEnd(c, s, before)
	}
	if len(s.Refused) > 0 {
		header := "was refused"
		if s.Rehearsal {
			header = "would be refused"
		}
		fmt.Fprintln(out)
		t := newTable(c.OutOrStdout(), slices.Concat([]any{header}, evidenceHeader, []any{"requests", "methods", "first", "last", "is now", rootHeader})...)
		for _, r := range s.Refused {
			t.AppendRow(slices.Concat([]any{shownName(r.Endpoint, r.Path)}, evidenceColumns(r.Evidence), []any{r.Count, strings.Join(r.Methods, ","),
				r.First.Local().Format(time.DateTime), r.Last.Local().Format(time.DateTime), r.Trust, printable.Escape(r.Root)}))
		}
		t.Render()
	}
	if s.Unlisted > 0 {
		fmt.Fprintf(out, "and %d requests for which there was no room in the list\n", s.Unlisted)
	}
	if len(s.Recent) > 0 {
		fmt.Fprintf(out, "\nvisited in the last %d days, and would have been refused:\n", adminapi.RehearsedDays)
		showScripts(c, s.Recent)
	}
}

// showEnd tells what became of the end of a containment that was on.
func showEnd(c *cobra.Command, s *adminapi.Containment, before *adminapi.ContainedBefore) {
	was, is := endText(before.Until), endText(s.Until)
	if was == is {
		state := "contained"
		if s.Rehearsal {
			state = "rehearsed"
		}
		fmt.Fprintf(c.OutOrStdout(), "It was %s already, and its end stays: %s.\n", state, is)
		return
	}
	fmt.Fprintf(c.OutOrStdout(), "Its end, %s before, is now %s.\n", was, is)
}
