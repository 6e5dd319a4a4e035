package cli

import (
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/spf13/cobra"

	"github.com/webshell-guard/caddy-webshell-guard/caddymodule/internal/adminapi"
)

func archiveCommands() []*cobra.Command {
	var get, put apiFlags
	return []*cobra.Command{
		get.add(&cobra.Command{
			Use:   "export [flags] SITE FILE",
			Short: "Saves a site's baseline to a file",
			Long: `
Saves a site's baseline to a file. It holds the secret that keys the site's hashes:
keep it to yourself.`,
			Args:              cobra.ExactArgs(2),
			ValidArgsFunction: get.completeSiteAndFile,
			RunE: func(_ *cobra.Command, args []string) error {
				resp, err := get.request(http.MethodGet, adminapi.SitePath(args[0], "baseline"), "", nil)
				if err != nil {
					return err
				}
				defer resp.Body.Close()
				return replaceFile(args[1], func(w io.Writer) error {
					_, err := io.Copy(w, resp.Body)
					return err
				})
			},
		}),
		put.addDeciding(&cobra.Command{
			Use:   "import [flags] SITE FILE",
			Short: "Makes a file that export or train saved a site's baseline",
			Long: `
Makes a file that export or train saved the baseline of a site, in place of its own.
A containment, and what you denied, stay.`,
			Args:              cobra.ExactArgs(2),
			ValidArgsFunction: put.completeSiteAndFile,
			RunE: func(c *cobra.Command, args []string) error {
				file, err := os.Open(args[1])
				if err != nil {
					return fmt.Errorf("reading the baseline: %w", err)
				}
				defer func() { _ = file.Close() }() // it is only read
				return put.send(c, adminapi.SitePath(args[0], "baseline"), file)
			},
		}),
	}
}

// send sends an archive and shows the site's status.
func (f *apiFlags) send(c *cobra.Command, path string, archive io.Reader) error {
	resp, err := f.request(http.MethodPut, path, "application/zip", archive)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	s := new(adminapi.Status)
	return f.show(c, resp.Body, s, func() { showStatus(c, s) })
}
