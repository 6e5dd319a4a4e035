package cli

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/webshell-guard/caddy-webshell-guard/caddymodule/internal/adminapi"
	"github.com/webshell-guard/caddy-webshell-guard/caddymodule/internal/printable"
)

func statusCommand() *cobra.Command {
	var f apiFlags
	return f.add(&cobra.Command{
		Use:   "status [flags] [SITE]",
		Short: "Tells how the guarded sites are",
		Long: `
Tells of each guarded site, or of one: its phase, what its learning lacks, alerts of
the last day, what block would have refused, and what is wrong.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 1 {
				s := new(adminapi.Status)
				return f.ask(c, http.MethodGet, adminapi.SitePath(args[0], ""), nil, s, func() { showStatus(c, s) })
			}
			var list []*adminapi.Status
			return f.ask(c, http.MethodGet, "sites", nil, &list, func() { showStatus(c, list...) })
		},
	})
}

func phaseCommands() []*cobra.Command {
	command := func(action, short, long string) *cobra.Command {
		var f apiFlags
		return f.addDeciding(&cobra.Command{
			Use: action + " [flags] SITE", Short: short, Long: long, Args: cobra.ExactArgs(1),
			RunE: func(c *cobra.Command, args []string) error {
				s := new(adminapi.Status)
				return f.ask(c, http.MethodPost, adminapi.SitePath(args[0], action), nil, s, func() { showStatus(c, s) })
			},
		})
	}
	return []*cobra.Command{
		command("enforce", "Ends a site's learning now", "\nEnds a site's learning now, whatever it lacks: see status."),
		command("relearn", "Begins to learn a site anew", "\nForgets what a site learned and begins anew. What you approved or denied stays."),
	}
}

func showStatus(c *cobra.Command, list ...*adminapi.Status) {
	t := newTable(c.OutOrStdout(), "site", "phase", "mode", "coverage", "trusted", "provisional", "denied", "alerts 24h", "would block 24h", "7d", "contained")
	for _, s := range list {
		t.AppendRow([]any{
			printable.Escape(s.Site), s.Phase, s.Mode, fmt.Sprintf("%.3f of %v", s.Coverage, s.Target), s.Scripts.Trusted, s.Scripts.Provisional, deniedText(s),
			s.Alerts24h, s.WouldBlock24, s.WouldBlock7d, containedText(s.Contained, s.Rehearsal, s.ContainedUntil),
		})
	}
	t.Render()
	for _, s := range list {
		if s.DeployUntil != nil {
			fmt.Fprintf(c.OutOrStdout(), "\n%s: a deploy window is open until %s; %d scripts came in it, see scripts --deployed\n",
				printable.Escape(s.Site), s.DeployUntil.Local().Format(time.DateTime), s.DeployScripts)
		}
		showProven(c, s)
		if s.Changes > 0 {
			fmt.Fprintf(c.OutOrStdout(), "\n%s: %d updates wait for your decision, see changes\n", printable.Escape(s.Site), s.Changes)
		}
		if s.Standouts > 0 {
			fmt.Fprintf(c.OutOrStdout(), "\n%s: %d scripts stood out when learning ended, see scripts --review, then approve or deny them\n", printable.Escape(s.Site), s.Standouts)
		}
		if s.Missing != "" {
			fmt.Fprintf(c.OutOrStdout(), "\n%s lacks: %s\n", printable.Escape(s.Site), s.Missing)
		}
		for _, fault := range s.Faults {
			fmt.Fprintf(c.OutOrStdout(), "\n%s: FAULT: %s\n", printable.Escape(s.Site), printable.Escape(fault))
		}
	}
	if len(list) == 0 {
		fmt.Fprintln(c.OutOrStdout(), "no site is guarded")
	}
}

// showProven lists the clients that were proven malicious within the last hour.
func showProven(c *cobra.Command, s *adminapi.Status) {
	if s.ProvenClients == 0 {
		return
	}
	refused := "`block` would refuse"
	if s.Mode == "block" {
		refused = "refused are"
	}
	fmt.Fprintf(c.OutOrStdout(), "\n%s: proven malicious: %d clients; %s their payloads to these endpoints:\n", printable.Escape(s.Site), s.ProvenClients, refused)
	t := newTable(c.OutOrStdout(), "endpoint", "client", "sessions", "until", "refused", "why")
	for _, p := range s.Proven {
		t.AppendRow([]any{
			printable.Escape(p.Endpoint), cmp.Or(p.Client, "unknown"), p.Sessions, p.Until.Local().Format(time.DateTime), p.Refused, printable.Escape(p.Why),
		})
	}
	t.Render()
	if more := s.ProvenClients - len(s.Proven); more > 0 {
		fmt.Fprintf(c.OutOrStdout(), "and %d more\n", more)
	}
	if s.ProvenDropped > 0 {
		fmt.Fprintf(c.OutOrStdout(), "%d were dropped because there was no room\n", s.ProvenDropped)
	}
}

// deniedText counts the scripts that are denied, and the standing denials.
func deniedText(s *adminapi.Status) string {
	if s.Denials == 0 {
		return strconv.Itoa(s.Scripts.Denied)
	}
	return fmt.Sprintf("%d, and by %d rules", s.Scripts.Denied, s.Denials)
}

func containedText(contained, rehearsal bool, until *time.Time) string {
	switch {
	case rehearsal:
		return "rehearsal"
	case !contained:
		return "no"
	}
	return endText(until)
}

// endText says when a containment ends.
func endText(until *time.Time) string {
	if until == nil {
		return "until released"
	}
	return "until " + until.Local().Format(time.DateTime)
}
