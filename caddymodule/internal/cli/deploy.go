package cli

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/webshell-guard/caddy-webshell-guard/caddymodule/internal/adminapi"
	"github.com/webshell-guard/caddy-webshell-guard/caddymodule/internal/printable"
)

// deployOrder is what the API takes.
type deployOrder struct {
	For string `json:"for,omitempty"`
	// Manifest is sent even if it names nothing: only a call without one opens a window
	// that nobody asked for by its length.
	Manifest     []string `json:"manifest,omitzero"`
	AllowMissing bool     `json:"allow_missing,omitempty"`
}

func deployCommand() *cobra.Command {
	var f apiFlags
	var order deployOrder
	var manifest, prefix string
	c := &cobra.Command{
		Use:   "deploy [flags] SITE",
		Short: "Tells that scripts are about to change",
		Long: `
Opens a deploy window: scripts that come or change while it is open are taken for
yours, but for those among uploads and other data. They stay provisional.

With --manifest it opens none, unless you give --for: the scripts of the manifest are
trusted, but for those among data, and what else comes is new. Those of a directory may
be copied to the site later. A path in a file of paths is trusted only if its file is
there, unless you give --allow-missing.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if manifest != "" {
				paths, directory, err := readManifest(c.ErrOrStderr(), manifest, prefix)
				if err != nil {
					return err
				}
				order.Manifest = append([]string{}, paths...)
				order.AllowMissing = order.AllowMissing || directory
			} else if prefix != "" || order.AllowMissing {
				return errors.New("--prefix and --allow-missing are about a manifest: want --manifest")
			}
			var answer adminapi.Deployment
			return f.ask(c, http.MethodPost, adminapi.SitePath(args[0], "deploy"), order, &answer, func() {
				showDeployment(c, &answer)
				showFlagged(c.ErrOrStderr(), answer.Site, answer.Flagged)
				if manifest != "" {
					showAdopted(c, &answer, order.AllowMissing)
				}
			})
		},
	}
	c.Flags().StringVar(&order.For, "for", "", fmt.Sprintf("how long a window is open, at most 24h; 0s ends it (default %s, and none with --manifest)", adminapi.DefaultDeploy))
	c.Flags().StringVar(&manifest, "manifest", "", "a file with the scripts' paths, one a line, or a directory that has them")
	c.Flags().StringVar(&prefix, "prefix", "", "path on the site of the manifest's directory, such as /shop (default: it is the document root)")
	c.Flags().BoolVar(&order.AllowMissing, "allow-missing", false, "trust paths of the manifest's file that name no file yet")
	return f.addDeciding(c)
}

func showDeployment(c *cobra.Command, d *adminapi.Deployment) {
	out, site := c.OutOrStdout(), printable.Escape(d.Site)
	switch {
	case d.Until != nil:
		fmt.Fprintf(out, "The deploy window of %s is open until %s.\n", site, d.Until.Local().Format(time.DateTime))
	case d.Ended != nil:
		fmt.Fprintf(out, "The deploy window of %s has ended. %d scripts came in it, and are provisional: see scripts --deployed.\n", site, d.Ended.Scripts)
	default:
		fmt.Fprintf(out, "No deploy window of %s is open.\n", site)
	}
}

// showAdopted tells what became of a manifest.
func showAdopted(c *cobra.Command, d *adminapi.Deployment, allowMissing bool) {
	fmt.Fprintf(c.OutOrStdout(), "Of the manifest %d scripts are trusted, %d lie among data and are to be looked at.\n",
		d.Trusted, d.Listed)
	meaning := "it is left out, see --allow-missing"
	if allowMissing {
		meaning = "it is trusted when it comes"
	}
	showMissing(c, d.Missing, meaning)
}
