package main

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"net/textproto"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
	"github.com/webshell-guard/caddy-webshell-guard/detector/accesslog"
)

// zeekEntry is one line of the recorded traffic: Zeek's http.log with all headers
// and bodies. Header fields are a flat list of names and values.
type zeekEntry struct {
	Time           time.Time `json:"pcap_timestamp"`
	Client         string    `json:"src_ip"`
	Method         string    `json:"method"`
	URI            string    `json:"uri"`
	RequestHeader  []string  `json:"request_header"`
	RequestBody    string    `json:"request_body"`
	RequestLength  int64     `json:"request_body_len"`
	Status         int       `json:"status_code"` // 0 if no response was seen
	ResponseHeader []string  `json:"response_header"`
	ResponseBody   string    `json:"response_body"`
	ResponseLength int64     `json:"response_body_len"`
}

// readZeek reads a session. Lines are not in the order of time.
func readZeek(name string) (session, error) {
	s := session{name: strings.TrimSuffix(filepath.Base(name), ".json")}
	file, err := readable(name)
	if err != nil {
		return s, err
	}
	defer func() { _ = file.Close() }() // it was only read
	lines := json.NewDecoder(bufio.NewReader(file))
	for {
		var z zeekEntry
		if err := lines.Decode(&z); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return s, fmt.Errorf("reading %s: %w", name, err)
		}
		x, err := z.recorded()
		if err != nil {
			return s, fmt.Errorf("reading %s: %w", name, err)
		}
		s.exchanges = append(s.exchanges, x)
	}
	if len(s.exchanges) == 0 {
		return s, fmt.Errorf("reading %s: it is empty", name)
	}
	slices.SortStableFunc(s.exchanges, func(a, b recorded) int { return a.Time.Compare(b.Time) })
	return s, nil
}

func (z *zeekEntry) recorded() (recorded, error) {
	u, err := url.ParseRequestURI(z.URI)
	if err != nil {
		return recorded{}, fmt.Errorf("a request's target: %w", err)
	}
	header, parts := zeekHeader(z.RequestHeader)
	response, _ := zeekHeader(z.ResponseHeader)
	r := recorded{uri: z.URI, body: unescape(z.RequestBody), answer: unescape(z.ResponseBody), responseHeader: response}
	r.body = reassemble(header["Content-Type"], parts, r.body)
	r.Exchange = detector.Exchange{
		Known:  detector.KnownReferer | detector.KnownOrigin | detector.KnownBody | detector.KnownClient,
		Time:   z.Time.UTC(),
		Method: z.Method, Path: u.Path, RawPath: u.RawPath, Query: u.RawQuery, EffectivePath: u.Path,
		Host: only(header["Host"]), Referer: only(header["Referer"]), Origin: only(header["Origin"]), Agent: only(header["User-Agent"]),
		Header: header, HasBody: z.RequestLength > 0, Sent: z.RequestLength,
		Body:   r.body[:min(len(r.body), accesslog.MaxBody)],
		Status: z.Status, ContentType: only(response["Content-Type"]), Length: z.ResponseLength,
	}
	if z.Status != 0 {
		r.Answer, r.AnswerTaken = r.answer[:min(len(r.answer), baseline.PrefixLen)], true
		r.AnswerEnd = r.answer[max(0, len(r.answer)-detector.AnswerEndLen):]
	}
	if r.Client, err = netip.ParseAddr(z.Client); err != nil {
		return r, fmt.Errorf("a client's address: %w", err)
	}
	delete(header, "Host") // as net/http does
	return r, nil
}

// zeekHeader returns fields by their canonical name, and apart from them the
// headers of a multipart body's parts, which the recorder listed with them.
func zeekHeader(list []string) (header map[string][]string, parts []string) {
	header = make(map[string][]string, len(list)/2)
	for i := 0; i+1 < len(list); i += 2 {
		name := textproto.CanonicalMIMEHeaderKey(list[i])
		if name == "Content-Disposition" {
			parts = append(parts, list[i+1])
			continue
		}
		header[name] = append(header[name], list[i+1])
	}
	return header, parts
}

// unescape undoes Zeek's \xHH for bytes that are no UTF-8 text.
func unescape(s string) []byte {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) && s[i+1] == 'x' {
			if b, err := hex.DecodeString(s[i+2 : i+4]); err == nil {
				out = append(out, b...)
				i += 3
				continue
			}
		}
		out = append(out, s[i])
	}
	return out
}

// reassemble gives a multipart body its form back. The recorder kept the data of
// all parts in one piece, without saying where one ends: it goes to the last part,
// the others are left empty.
func reassemble(contentType, parts []string, data []byte) []byte {
	_, boundary, ok := strings.Cut(only(contentType), "boundary=")
	if !ok || len(parts) == 0 {
		return data
	}
	var out bytes.Buffer
	for i, disposition := range parts {
		fmt.Fprintf(&out, "--%s\r\nContent-Disposition: %s\r\n\r\n", boundary, disposition)
		if i == len(parts)-1 {
			out.Write(data)
		}
		out.WriteString("\r\n")
	}
	fmt.Fprintf(&out, "--%s--\r\n", boundary)
	return out.Bytes()
}

// only returns the first value, or "".
func only(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}
