// Package cli is the command `caddy webshell-guard`: replay, train and manifest work
// on files; the other subcommands talk to the admin API of a Caddy that runs.
package cli

import (
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"
)

// Command returns the command, for [caddycmd.RegisterCommand].
func Command() caddycmd.Command {
	return caddycmd.Command{
		Name:  "webshell-guard",
		Usage: "<command> [flags]",
		Short: "Finds webshells by behaviour, in line and in old logs",
		Long: `
Finds webshells by behaviour: looks back through access logs, and operates the
sites that the webshell_guard directive guards.`,
		CobraFunc: func(c *cobra.Command) {
			c.SilenceUsage = true
			c.AddCommand(subcommands()...)
		},
	}
}

// subcommands lists what `caddy webshell-guard` can do, a file each.
func subcommands() []*cobra.Command {
	list := []*cobra.Command{replayCommand(), trainCommand(), statusCommand(), scriptsCommand(), deployCommand(), manifestCommand()}
	for _, some := range [][]*cobra.Command{decisionCommands(), phaseCommands(), containmentCommands(), archiveCommands()} {
		list = append(list, some...)
	}
	return list
}
