package transparency

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// script is what was written down of a scene on one listener.
type script struct {
	t      *testing.T
	l      listener
	origin *origin

	mu    sync.Mutex // hints come on another goroutine
	lines []string
}

// note writes a line down.
func (s *script) note(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, s.plain(fmt.Sprintf(format, args...)))
}

func (s *script) String() string { return strings.Join(s.lines, "\n") }

// ephemeral are ports that differ from connection to connection.
var ephemeral = regexp.MustCompile(`(127\.0\.0\.1|localhost):\d+`)

// plain is text without what no two listeners, connections or moments share.
func (s *script) plain(text string) string {
	for _, port := range []int{s.l.plain, s.l.safe} {
		text = strings.ReplaceAll(text, strconv.Itoa(port), "PORT")
	}
	return ephemeral.ReplaceAllString(text, "$1:PORT")
}

// fields writes header fields in order, but for those that are no part of the
// comparison.
func (s *script) fields(kind string, header http.Header) {
	names := make([]string, 0, len(header))
	for name := range header {
		if !unlike[http.CanonicalHeaderKey(name)] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		s.note("  %s %s: %q", kind, name, header[name])
	}
}

// unlike are header fields that are no part of the comparison: the tag is what
// the mode tag is for.
var unlike = map[string]bool{"Date": true, caseHeader: true, "X-Webshell-Guard": true}

// caseHeader tells the origin which request of which scene it has before it.
const caseHeader = "X-Case"

// request makes a request of the scene; the origin's side of it is told by
// s.upstream.
func (s *script) request(method, url string, body io.Reader, headers ...string) (*http.Request, *visit) {
	s.t.Helper()
	v := s.origin.expect()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	s.t.Cleanup(cancel)
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		Got1xxResponse: func(code int, header textproto.MIMEHeader) error {
			s.note("informational %d", code)
			s.fields("informational", http.Header(header))
			return nil
		},
	})
	r, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		s.t.Fatal(err)
	}
	if pipe, ok := body.(*io.PipeReader); ok {
		context.AfterFunc(ctx, func() { pipe.CloseWithError(ctx.Err()) }) // nobody may read it any more
	}
	r.Host = "site.test"
	r.Header.Set(caseHeader, v.id)
	r.Header.Set("User-Agent", "a browser")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	return r, v
}

// answer writes an answer down, body and trailers included.
func (s *script) answer(resp *http.Response, err error) {
	s.t.Helper()
	if err != nil {
		s.note("no answer: %s", kindOf(err))
		return
	}
	defer resp.Body.Close()
	s.head(resp)
	h := sha256.New()
	n, err := io.Copy(h, resp.Body)
	s.note("body of %d bytes, %x", n, h.Sum(nil)[:8])
	if err != nil {
		s.note("body broken: %s", kindOf(err))
	}
	s.fields("trailer", resp.Trailer)
}

// head writes an answer's status and header down.
func (s *script) head(resp *http.Response) {
	s.note("%s %s, length %d, %v", resp.Proto, resp.Status, resp.ContentLength, resp.TransferEncoding)
	s.fields("header", resp.Header)
}

// kindOf is an error without the addresses and counts of its text.
func kindOf(err error) string {
	switch {
	case err == nil:
		return "not at all"
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "unexpected EOF"
	case errors.Is(err, io.EOF):
		return "EOF"
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.Is(err, context.DeadlineExceeded):
		return "too late"
	}
	return regexp.MustCompile(`\d+`).ReplaceAllString(err.Error(), "N")
}

// upstream writes down what the origin saw of a request, once it is done with it.
func (s *script) upstream(v *visit) {
	s.t.Helper()
	select {
	case <-v.done:
	case <-time.After(patience):
		s.t.Fatalf("%s: the origin was not asked, or is not done", s.l.guarding)
	}
	s.note("upstream saw %s %s %s, length %d, %v", v.method, v.uri, v.proto, v.length, v.encoding)
	s.fields("upstream saw", v.header)
	s.note("upstream read %s", v.body)
	s.fields("upstream saw trailer", v.trailer)
	if v.told != "" {
		s.note("upstream %s", v.told)
	}
}

// step is one of a handshake: it lets the other side go on.
func (s *script) step(what string, c chan<- struct{}) {
	s.t.Helper()
	select {
	case c <- struct{}{}:
		s.note("%s", what)
	case <-time.After(patience):
		s.t.Fatalf("%s: nobody waits: %s", s.l.guarding, what)
	}
}
