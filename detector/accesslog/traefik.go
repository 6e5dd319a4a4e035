package accesslog

import (
	"bytes"
	"strings"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// Traefik is Traefik's access log in JSON, one object a line, with the headers that it
// was told to keep.
const Traefik Format = "traefik"

// traefikParser parses Traefik's JSON access log
// (https://doc.traefik.io/traefik/observability/access-logs/).
type traefikParser struct{}

func newTraefikParser(Format) lineParser { return traefikParser{} }

func (traefikParser) format() Format { return Traefik }

func (traefikParser) claims(line []byte) bool {
	return line[0] == '{' && bytes.Contains(line, []byte(`"RequestPath"`))
}

// traefikLine is what is used of a line. A field that is not there is "-" or missing.
type traefikLine struct {
	StartUTC, Time                                      string
	ClientHost, RequestMethod, RequestPath, RequestHost string
	DownstreamStatus, OriginStatus                      int
	DownstreamContentSize, RequestContentSize           *int64
	Referer                                             string `json:"request_Referer"`
	Origin                                              string `json:"request_Origin"`
	Agent                                               string `json:"request_User-Agent"`
	Type                                                string `json:"downstream_Content-Type"`
}

func (traefikParser) parse(line []byte, e *Entry) outcome {
	var l traefikLine
	if !unmarshal(line, &l) {
		return failed
	}
	at, err := time.Parse(time.RFC3339Nano, l.StartUTC)
	if err != nil {
		if at, err = time.Parse(time.RFC3339Nano, l.Time); err != nil {
			return failed
		}
	}
	e.Host = dash(l.RequestHost)
	if !e.setRequest(l.RequestMethod, l.RequestPath) {
		return failed
	}
	e.Time, e.Status = at.UTC(), l.DownstreamStatus
	if e.Status == 0 {
		e.Status = l.OriginStatus
	}
	e.setClient(l.ClientHost)
	if l.DownstreamContentSize != nil {
		e.Length = *l.DownstreamContentSize
	}
	if l.RequestContentSize != nil {
		e.setSent(*l.RequestContentSize)
	}
	// Only what Traefik was told to keep is there: "-" says that a request had none.
	if e.Referer = dash(l.Referer); l.Referer != "" {
		e.Known |= detector.KnownReferer
	}
	if e.Origin = dash(l.Origin); l.Origin != "" {
		e.Known |= detector.KnownOrigin
	}
	e.Agent, e.ContentType = dash(l.Agent), strings.TrimSpace(dash(l.Type))
	return parsed
}
