package accesslog

import (
	"encoding/base64"
	"net/textproto"
	"net/url"
	"strings"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// harEntry is what is of use in an entry of a HAR file. The client's address and
// the encoding of request bodies are conventions of recording proxies.
type harEntry struct {
	Started string `json:"startedDateTime"`
	Client  string `json:"_clientIPAddress"`
	Request struct {
		Method   string      `json:"method"`
		URL      string      `json:"url"`
		Headers  []harHeader `json:"headers"`
		BodySize *int64      `json:"bodySize"`
		PostData *struct {
			MimeType string      `json:"mimeType"`
			Text     string      `json:"text"`
			Encoding string      `json:"encoding"`
			Params   []harHeader `json:"params"`
		} `json:"postData"`
	} `json:"request"`
	Response struct {
		Status   int         `json:"status"`
		Headers  []harHeader `json:"headers"`
		BodySize *int64      `json:"bodySize"`
		Content  struct {
			Size     *int64  `json:"size"`
			MimeType string  `json:"mimeType"`
			Text     *string `json:"text"`
			Encoding string  `json:"encoding"`
		} `json:"content"`
	} `json:"response"`
}

type harHeader struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// parseHAR parses one entry.
func parseHAR(data []byte, e *Entry) bool {
	var h harEntry
	if !unmarshal(data, &h) || h.Response.Status < 0 || h.Response.Status > 999 {
		return false
	}
	t, err := time.Parse(time.RFC3339Nano, h.Started)
	target, _, _ := strings.Cut(h.Request.URL, "#")
	if err != nil || !e.setRequest(h.Request.Method, target) {
		return false
	}
	e.Time, e.Status = t.UTC(), h.Response.Status
	e.setClient(h.Client)
	header, host := harFields(h.Request.Headers)
	e.setHost(host)
	e.setHeader(header)
	h.requestBody(e)
	h.response(e)
	return true
}

// harFields returns header fields by canonical name, nil if none were recorded,
// and the host apart from them, as net/http does.
func harFields(list []harHeader) (header map[string][]string, host string) {
	if list == nil {
		return nil, ""
	}
	header = make(map[string][]string, len(list))
	for _, f := range list {
		switch name := textproto.CanonicalMIMEHeaderKey(f.Name); {
		case name == "Host" || name == ":authority":
			host = f.Value
		case name == "" || name[0] == ':': // a pseudo-header field of HTTP/2
		default:
			header[name] = append(header[name], f.Value)
		}
	}
	return header, host
}

// requestBody takes down the body, which is unknown if neither it nor its size
// was recorded.
func (h *harEntry) requestBody(e *Entry) {
	r := &h.Request
	if r.BodySize != nil && *r.BodySize >= 0 {
		e.setSent(*r.BodySize)
	}
	if r.PostData == nil {
		return
	}
	if e.Header["Content-Type"] == nil && r.PostData.MimeType != "" {
		if e.Header == nil {
			e.Header = make(map[string][]string, 1)
		}
		e.Header["Content-Type"] = []string{r.PostData.MimeType}
	}
	body, ok := harText(r.PostData.Text, r.PostData.Encoding)
	if body == "" && strings.HasPrefix(r.PostData.MimeType, "application/x-www-form-urlencoded") {
		body = harForm(r.PostData.Params)
	}
	if e.Sent <= 0 && len(body) > 0 {
		e.setSent(int64(len(body)))
	}
	if ok {
		e.Body, e.BodyCut = []byte(body[:min(len(body), MaxBody)]), len(body) > MaxBody
	}
	e.Known |= detector.KnownBody
	e.HasBody = e.HasBody || r.PostData.Text != "" || len(r.PostData.Params) > 0
}

// harForm encodes parameters as a form is sent, up to MaxBody bytes.
func harForm(params []harHeader) string {
	var form strings.Builder
	for i, p := range params {
		if form.Len() > MaxBody {
			break
		}
		if i > 0 {
			form.WriteByte('&')
		}
		form.WriteString(url.QueryEscape(p.Name) + "=" + url.QueryEscape(p.Value))
	}
	return form.String()
}

// response takes down the response. What is recorded of its body is decoded,
// the guard in a server sees it so too.
func (h *harEntry) response(e *Entry) {
	r := &h.Response
	e.ContentType = r.Content.MimeType
	header, _ := harFields(r.Headers)
	if e.ContentType == "" {
		e.ContentType = first(header["Content-Type"])
	}
	switch size := r.Content.Size; {
	case size != nil && *size >= 0:
		e.Length = *size
	case r.BodySize != nil:
		e.Length = max(-1, *r.BodySize)
	}
	if r.Content.Text == nil {
		e.AnswerTaken = r.Content.Size != nil && *r.Content.Size == 0
		return
	}
	body, ok := harText(*r.Content.Text, r.Content.Encoding)
	if ok {
		e.Length = int64(len(body))
		e.Answer, e.AnswerTaken = []byte(body[:min(len(body), baseline.PrefixLen)]), true
		e.AnswerEnd = []byte(body[max(0, len(body)-detector.AnswerEndLen):])
	}
}

// harText returns a text as the bytes it was, or false if it is not legible.
func harText(text, encoding string) (string, bool) {
	switch strings.ToLower(encoding) {
	case "":
		return text, true
	case "base64":
		data, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "=\r\n"))
		return string(data), err == nil
	}
	return "", false
}
