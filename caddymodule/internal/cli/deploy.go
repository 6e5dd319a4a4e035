package cli

import (
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/webshell-guard/caddy-webshell-guard/caddymodule/internal/adminapi"
	"github.com/webshell-guard/caddy-webshell-guard/caddymodule/internal/printable"
)

func deployCommand() *cobra.Command {
	var f apiFlags
	var order struct {
		For      string   `json:"for"`
		Manifest []string `json:"manifest,omitempty"`
	}
	var manifest string
	c := &cobra.Command{
		Use:   "deploy [flags] SITE",
		Short: "Tells that scripts are about to change",
		Long: `
Opens a deploy window: scripts that come or change while it is open are taken for
yours, but for those among uploads and other data. Those of a manifest are trusted.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if manifest != "" {
				var err error
				if order.Manifest, err = readManifest(c.ErrOrStderr(), manifest); err != nil {
					return err
				}
			}
			var answer adminapi.Deployment
			return f.ask(c, http.MethodPost, adminapi.SitePath(args[0], "deploy"), order, &answer, func() {
				fmt.Fprintf(c.OutOrStdout(), "The deploy window of %s is open until %s.\n", printable.Escape(answer.Site), answer.Until.Local().Format(time.DateTime))
				showFlagged(c.ErrOrStderr(), answer.Site, answer.Flagged)
				if manifest != "" {
					fmt.Fprintf(c.OutOrStdout(), "Of the manifest %d scripts are trusted, %d lie among data and are to be looked at, for %d there was no room.\n",
						answer.Trusted, answer.Listed, answer.NoRoom)
				}
			})
		},
	}
	c.Flags().StringVar(&order.For, "for", adminapi.DefaultDeploy.String(), "how long; 0s ends it")
	c.Flags().StringVar(&manifest, "manifest", "", "a file with the scripts' paths, one a line, or the document root")
	return f.add(c)
}
