package accesslog

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// caddyParser parses Caddy's JSON access log.
type caddyParser struct {
	clock   clfClock
	timeKey string // as the encoder calls the time, if not `ts`
}

// caddyLine is what is of use in a line.
type caddyLine struct {
	TS      json.RawMessage `json:"ts"`
	Logger  string          `json:"logger"`
	Request *struct {
		ClientIP         string              `json:"client_ip"`
		RemoteIP         string              `json:"remote_ip"`
		RemoteAddr       string              `json:"remote_addr"` // before Caddy 2.5
		Method           string              `json:"method"`
		Host             string              `json:"host"`
		URI              string              `json:"uri"`
		Headers          map[string][]string `json:"headers"`
		TransferEncoding []string            `json:"transfer_encoding"`
	} `json:"request"`
	BytesRead   *int64 `json:"bytes_read"`
	Size        *int64 `json:"size"`
	Status      int    `json:"status"`
	RespHeaders struct {
		ContentType []string `json:"Content-Type"`
	} `json:"resp_headers"`
}

func newCaddyParser(Format) lineParser { return new(caddyParser) }

func (*caddyParser) format() Format { return Caddy }

func (*caddyParser) claims(line []byte) bool { return line[0] == '{' }

// parse parses a line. Lines of other loggers are no entries, also those that
// tell of a request: it has a line in the access log.
func (p *caddyParser) parse(line []byte, e *Entry) outcome {
	if len(bytes.TrimSpace(line)) == 0 {
		return ignored
	}
	var l caddyLine
	if !unmarshal(line, &l) || l.Request == nil ||
		strings.HasPrefix(l.Logger, "http.") && !strings.HasPrefix(l.Logger, "http.log.access") {
		return failed
	}
	r := l.Request
	e.Host = r.Host
	t, ok := p.timeOf(line, l.TS)
	if !ok || l.Status < 0 || l.Status > 999 || !e.setRequest(r.Method, r.URI) {
		return failed
	}
	e.Time, e.Status = t, l.Status
	switch {
	case r.ClientIP != "":
		e.setClient(r.ClientIP)
	case r.RemoteIP != "":
		e.setClient(r.RemoteIP)
	default:
		e.setClient(r.RemoteAddr)
	}
	e.setHeader(r.Headers)
	// A program need not read what it was sent.
	if l.BytesRead != nil && *l.BytesRead >= 0 && e.Sent < 0 {
		e.setSent(*l.BytesRead)
	}
	if len(r.TransferEncoding) > 0 {
		e.HasBody = true
		e.Known |= detector.KnownBody
	}
	if l.Size != nil {
		e.Length = max(-1, *l.Size)
	}
	if len(l.RespHeaders.ContentType) > 0 {
		e.ContentType = l.RespHeaders.ContentType[0]
	}
	return parsed
}

// unmarshal decodes JSON. A value of another type than expected leaves its
// field empty, no more: filters of a log may replace what they like.
func unmarshal(data []byte, to any) bool {
	err := json.Unmarshal(data, to)
	var wrongType *json.UnmarshalTypeError
	return err == nil || errors.As(err, &wrongType)
}

// setHeader takes down a request's header, which is nil if it is unknown. What
// Caddy put in place of cookies is none.
func (e *Entry) setHeader(header map[string][]string) {
	if header == nil {
		return
	}
	if cookies := header["Cookie"]; len(cookies) == 1 && cookies[0] == "REDACTED" {
		header["Cookie"] = nil
	}
	e.Header = header
	e.Referer, e.Origin, e.Agent = first(header["Referer"]), first(header["Origin"]), first(header["User-Agent"])
	e.Known |= detector.KnownReferer | detector.KnownOrigin
	if length := number(first(header["Content-Length"])); length >= 0 {
		e.setSent(length)
	}
}

// setSent takes down the length of a request's body, in bytes.
func (e *Entry) setSent(length int64) {
	e.Sent, e.HasBody = length, length > 0
	e.Known |= detector.KnownBody
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// caddyLayouts are the layouts of Caddy's time_format that give a date. Those
// that name no zone are taken for UTC.
var caddyLayouts = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05.000Z0700", "2006/01/02 15:04:05", time.RFC1123,
}

// parseTime parses a time in any of the ways that Caddy can be told to write it:
// seconds, milliseconds or nanoseconds of Unix time, or text.
func (p *caddyParser) parseTime(s string) (time.Time, bool) {
	if !strings.HasPrefix(s, `"`) {
		return unixTime(s)
	}
	var text string
	if json.Unmarshal([]byte(s), &text) != nil {
		return time.Time{}, false
	}
	if t, n := p.clock.parse(text); n > 0 && n == len(text) {
		return t, true
	}
	for _, layout := range caddyLayouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// unixTime parses a JSON number, exactly; its size tells the unit. A second of
// the year 5138 is a millisecond of 1973, and that one a nanosecond of 1970.
func unixTime(s string) (time.Time, bool) {
	whole, point, found := strings.Cut(s, ".")
	if !found {
		point = "0"
	}
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || n < 0 {
		return time.Time{}, false
	}
	switch {
	case n < 1e11:
		nanos := fraction(point, 9)
		return time.Unix(n, nanos).UTC(), nanos >= 0
	case n < 1e17:
		nanos := fraction(point, 6)
		return time.Unix(n/1e3, n%1e3*1e6+nanos).UTC(), nanos >= 0
	}
	return time.Unix(n/1e9, n%1e9).UTC(), true
}
