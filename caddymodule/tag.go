package caddymodule

import (
	"io"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// tagHeader tells the upstream what the guard thinks of a request.
const tagHeader = "X-Webshell-Guard"

// stripTag removes the tag header that a client sent, in every spelling that
// an upstream may take for it: CGI and FastCGI make all punctuation an
// underscore. It also keeps the client from naming the header in Connection,
// which would make a proxy drop ours.
func stripTag(r *http.Request) {
	for name := range r.Header {
		if spellsTag(name) {
			delete(r.Header, name)
		}
	}
	if r.Trailer != nil {
		trailers := trailerStripper{ReadCloser: r.Body, trailer: r.Trailer}
		trailers.strip()
		r.Body = trailers
	}
	stripConnectionOption(r.Header)
}

// trailerStripper removes the tag from a request's trailers as its body ends:
// net/http then adds what the client sent to the map of announced trailers,
// announced or not, and a proxy sends the map on.
type trailerStripper struct {
	io.ReadCloser
	trailer http.Header
}

func (s trailerStripper) Read(b []byte) (int, error) {
	n, err := s.ReadCloser.Read(b)
	if err != nil {
		s.strip()
	}
	return n, err
}

func (s trailerStripper) strip() {
	for name := range s.trailer {
		if spellsTag(name) {
			delete(s.trailer, name)
		}
	}
}

// spellsTag compares without regard to case and punctuation.
func spellsTag(name string) bool {
	if len(name) != len(tagHeader) {
		return false
	}
	for i := range len(name) {
		want := tagHeader[i]
		if want == '-' {
			if isAlphanumeric(name[i]) {
				return false
			}
		} else if name[i]|0x20 != want|0x20 {
			return false
		}
	}
	return true
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

func stripConnectionOption(h http.Header) {
	for i, value := range h["Connection"] {
		if !strings.Contains(strings.ToLower(value), "webshell") {
			continue
		}
		options := strings.Split(value, ",")
		options = slices.DeleteFunc(options, func(o string) bool { return spellsTag(textproto.TrimString(o)) })
		h["Connection"][i] = strings.Join(options, ",")
	}
}

// tag tells the upstream, in tag mode, about a request that is not clean.
func (t *transaction) tag() {
	j := t.evaluation.Judgement()
	if t.h.mode != modeTag || t.fault || j.Verdict == detector.Clean || j.Phase != baseline.Enforcing {
		return
	}
	t.action = actionTag
	t.outcome.tagged = true
	// RFC 8941, a dictionary.
	t.r.Header.Set(tagHeader, "verdict="+j.Verdict.String()+
		", score="+strconv.FormatFloat(j.Score, 'f', 1, 64)+
		`, script="`+escapePath(j.Script.Path)+`"`+
		", signals=("+signalNames(j)+")")
}

// escapePath makes a script's path safe for headers, quotes and terminals.
func escapePath(path string) string { return (&url.URL{Path: path}).EscapedPath() }

// signalNames lists the signals that fired.
func signalNames(j *detector.Judgement) string {
	var names strings.Builder
	for i, f := range j.Findings() {
		if i > 0 {
			names.WriteByte(' ')
		}
		names.WriteString(f.Name)
	}
	return names.String()
}
