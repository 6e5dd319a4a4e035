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

func changesCommand() *cobra.Command {
	var f apiFlags
	return f.add(&cobra.Command{
		Use:   "changes [flags] SITE",
		Short: "Lists updates that wait for your decision",
		Long: `
Lists what came together under one directory, as a plugin or an update does that
somebody installs by the application's own pages: how many scripts, since when, and who
had sent something to which script before. Until you decide, who reads them is left in
peace. Approve all of a change by its pattern; scripts that more stands against than that they
are new are left out then, and listed here.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			var list adminapi.ChangeList
			return f.ask(c, http.MethodGet, adminapi.SitePath(args[0], "changes"), nil, &list, func() {
				showChanges(c.OutOrStdout(), &list)
			})
		},
	})
}

func showChanges(w io.Writer, list *adminapi.ChangeList) {
	if len(list.Changes) == 0 {
		fmt.Fprintln(w, "no change waits for a decision")
	}
	site := printable.Escape(list.Site)
	for _, change := range list.Changes {
		fmt.Fprintf(w, "%d new scripts under %s since %s", len(change.Scripts)+len(change.Flagged), printable.Escape(change.Directory), change.Since.Local().Format(time.DateTime))
		switch {
		case change.Client != "":
			fmt.Fprintf(w, ", after %s posted to %s", change.Client, printable.Escape(change.After))
		case change.After != "":
			fmt.Fprintf(w, ", after somebody posted to %s", printable.Escape(change.After))
		}
		fmt.Fprintf(w, "\n  approve %s '%s'\n", site, printable.Escape(change.Pattern))
		for _, path := range change.Scripts {
			fmt.Fprintf(w, "  %s\n", printable.Escape(path))
		}
		showFlagged(w, list.Site, change.Flagged)
	}
}
