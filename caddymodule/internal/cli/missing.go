package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/webshell-guard/caddy-webshell-guard/caddymodule/internal/adminapi"
	"github.com/webshell-guard/caddy-webshell-guard/caddymodule/internal/printable"
)

// maxShownMissing is how many missing files are shown: a release that is not yet copied
// has thousands.
const maxShownMissing = 20

// showMissing prints the paths that name no file, and what that means for them.
func showMissing(c *cobra.Command, list []adminapi.MissingFile, meaning string) {
	for _, m := range list[:min(len(list), maxShownMissing)] {
		fmt.Fprintf(c.OutOrStdout(), "%s: no such file under %s; %s\n", printable.Escape(m.Path), printable.Escape(strings.Join(m.Roots, ", ")), meaning)
	}
	if n := len(list) - maxShownMissing; n > 0 {
		fmt.Fprintf(c.OutOrStdout(), "and %d more paths without a file: see --json\n", n)
	}
}
