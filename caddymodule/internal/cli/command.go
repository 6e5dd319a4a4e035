// Package cli is the command `caddy webshell-guard`: replay, train and manifest work
// on files; the other subcommands talk to the admin API of a Caddy that runs.
package cli

import (
	"fmt"
	"strings"

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
			c.RunE = runWithoutSubcommand
			c.SetFlagErrorFunc(func(of *cobra.Command, err error) error {
				if words := of.Flags().Args(); of == c && len(words) > 0 {
					return runWithoutSubcommand(c, words) // the flags are those of the command that was meant
				}
				return err
			})
			c.AddCommand(subcommands()...)
		},
	}
}

// subcommands lists what `caddy webshell-guard` can do, a file each.
func subcommands() []*cobra.Command {
	list := []*cobra.Command{replayCommand(), trainCommand(), statusCommand(), scriptsCommand(), flaggedCommand(), changesCommand(), decisionLogCommand(), denialsCommand(), deployCommand(), manifestCommand()}
	for _, some := range [][]*cobra.Command{decisionCommands(), phaseCommands(), containmentCommands(), archiveCommands()} {
		list = append(list, some...)
	}
	return list
}

// runWithoutSubcommand shows the help, or refuses a word that is no subcommand: cobra
// itself refuses that only of a root command.
func runWithoutSubcommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return c.Help()
	}
	var names []string
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	return fmt.Errorf("unknown command %q of %s: want one of %s", args[0], c.CommandPath(), strings.Join(names, ", "))
}
