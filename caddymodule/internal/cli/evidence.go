package cli

import (
	"fmt"
	"io"

	"github.com/webshell-guard/caddy-webshell-guard/caddymodule/internal/adminapi"
	"github.com/webshell-guard/caddy-webshell-guard/caddymodule/internal/printable"
)

// evidenceHeader is over what evidenceColumns returns.
var evidenceHeader = []any{"verdict", "score", "flagged", "last client", "status"}

// evidenceColumns show what was held against a script, if anything was.
func evidenceColumns(e *adminapi.Evidence) []any {
	if e == nil {
		return []any{"", "", "", "", ""}
	}
	verdict := e.Verdict
	if !e.Standing && e.Approved != nil {
		verdict += ", approved"
	}
	return []any{verdict, fmt.Sprintf("%.1f", e.Score), e.Requests(), e.Client, statusText(e.Status)}
}

// statusText is empty where there was no answer.
func statusText(status int) string {
	if status == 0 {
		return ""
	}
	return fmt.Sprint(status)
}

// showFlagged tells which scripts were not approved, and how to approve them.
func showFlagged(w io.Writer, site string, list []adminapi.FlaggedScript) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintln(w, "Not approved, because requests to them were flagged:")
	for _, s := range list {
		fmt.Fprintf(w, "  %s: %s\n", shownName(s.Endpoint, s.Path), s.Evidence)
	}
	fmt.Fprintf(w, "See flagged %s --script PATH. What is yours: approve %s PATH, with --even-flagged if it was malicious.\n", printable.Escape(site), printable.Escape(site))
}
