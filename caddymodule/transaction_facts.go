package caddymodule

import (
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// begin starts a transaction with the facts of a request.
func (h *Handler) begin(r *http.Request) *transaction {
	t := transactions.Get().(*transaction)
	t.h, t.r, t.vars = h, r, varsOf(r)
	if t.outcome = outcomeOf(r, t.vars); !t.outcome.tagged { // by a guard before this one
		stripTag(r)
	}
	h.warnOfForgery(r, t.vars)
	if t.memory = h.site.memory.Load(); t.memory == nil {
		t.memory, _ = h.app.open(h.site)
	}
	x := &t.exchange
	x.Known = detector.KnownReferer | detector.KnownOrigin
	x.Time = time.Now()
	x.Method = r.Method
	x.Path, x.RawPath = r.URL.Path, r.URL.RawPath
	x.Root = h.root.of(r, t.vars)
	x.Host = r.Host
	x.Referer = first(r.Header, "Referer")
	x.Origin = first(r.Header, "Origin")
	x.Agent = first(r.Header, "User-Agent")
	x.Query, x.Header = r.URL.RawQuery, r.Header
	x.Sent, x.Length = r.ContentLength, -1
	t.findBody()
	if ip, ok := t.vars[caddyhttp.ClientIPVarKey].(string); ok {
		if addr, err := netip.ParseAddr(ip); err == nil {
			x.Client = addr
			x.Known |= detector.KnownClient
		}
	}
	return t
}

// first returns the first value of a field by its canonical name, or "".
func first(h http.Header, name string) string {
	if values := h[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// findBody finds out whether the request has a body. HTTP/2 and HTTP/3 need not
// announce a length, and over HTTP/3 a request without a body looks like one of
// unknown length. A WebSocket's is the connection itself, which Caddy turns into
// the upgrade of a GET (RFC 8441, RFC 9220).
func (t *transaction) findBody() {
	x, r := &t.exchange, t.r
	switch {
	case r.Method == http.MethodConnect && (r.ProtoMajor == 2 && r.Header.Get(":protocol") == "websocket" ||
		r.ProtoMajor == 3 && r.Proto == "websocket"):
		x.Method, x.Tunnel = http.MethodGet, true
		x.Known |= detector.KnownBody
	case r.ProtoMajor < 3 || r.ContentLength >= 0:
		x.HasBody = r.Body != nil && r.Body != http.NoBody && r.ContentLength != 0
		x.Known |= detector.KnownBody
	}
}

// readAnswerHeader reads the type of the answer, and how long the answer to a payload
// is, if the header says so. The end of the answer tells in any case.
func (t *transaction) readAnswerHeader(header http.Header) {
	t.exchange.ContentType = first(header, "Content-Type")
	if t.exchange.CarriesPayload() {
		if n, err := strconv.ParseInt(first(header, "Content-Length"), 10, 64); err == nil && n >= 0 {
			t.exchange.Length = n
		}
	}
}
