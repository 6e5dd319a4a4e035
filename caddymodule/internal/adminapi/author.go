package adminapi

import (
	"net"
	"net/http"
	"net/url"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/caddymodule/internal/printable"
)

// AsHeader is the field in which an operator says who he claims to be, percent-encoded.
const AsHeader = "X-Webshell-Guard-As"

// maxClaim bounds a claim, in bytes.
const maxClaim = 64

// authorOf says who asks, as far as that is known.
func authorOf(w http.ResponseWriter, r *http.Request) baseline.Author {
	by := baseline.Author{Via: printable.Escape(r.RemoteAddr)}
	if as, err := url.QueryUnescape(r.Header.Get(AsHeader)); err == nil {
		by.Claimed = claim(as)
	}
	local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !ok || local.Network() != "unix" {
		return by
	}
	by.Via = baseline.ViaUnixSocket
	if uid, ok := peerUID(w); ok {
		by.UID = &uid
	}
	return by
}

// claim makes a claim fit for logs and terminals.
func claim(text string) string { return printable.Escape(text[:min(len(text), maxClaim)]) }
