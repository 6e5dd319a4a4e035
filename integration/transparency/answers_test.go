package transparency

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// plainScenes are requests that are asked as a whole, over every protocol.
var plainScenes = []struct {
	name, method, do string
	body             func() io.Reader
	headers          []string
}{
	{name: "a page", method: "GET", do: "page"},
	{name: "HEAD", method: "HEAD", do: "page"},
	{name: "an answer of one piece", method: "GET", do: "short"},
	{name: "an empty answer", method: "GET", do: "empty"},
	{name: "204", method: "GET", do: "204"},
	{name: "304", method: "GET", do: "304", headers: []string{"If-None-Match", `"1"`}},
	{name: "a redirect", method: "GET", do: "redirect"},
	{name: "an error", method: "GET", do: "error"},
	{name: "404", method: "GET", do: "missing"},
	{name: "an answer in chunks", method: "GET", do: "chunked"},
	{name: "trailers", method: "GET", do: "trailers"},
	{name: "gzip", method: "GET", do: "gzip", headers: []string{"Accept-Encoding", "gzip, br, zstd"}},
	{name: "zstd", method: "GET", do: "zstd", headers: []string{"Accept-Encoding", "gzip, br, zstd"}},
	{name: "br", method: "GET", do: "br", headers: []string{"Accept-Encoding", "gzip, br, zstd"}},
	{name: "gzip that is none", method: "GET", do: "not gzip", headers: []string{"Accept-Encoding", "gzip"}},
	{name: "gzip that breaks off", method: "GET", do: "half gzip", headers: []string{"Accept-Encoding", "gzip"}},
	{name: "a form", method: "POST", do: "page", body: text("name=value&text=" + strings.Repeat("x", 100_000)),
		headers: []string{"Content-Type", "application/x-www-form-urlencoded", "Referer", "https://site.test/"}},
	{name: "an empty POST", method: "POST", do: "short", headers: []string{"Referer", "https://site.test/"}},
	// Of no type that net/http knows: it is sent without a length.
	{name: "an upload in chunks", method: "POST", do: "page", body: func() io.Reader { return io.MultiReader(strings.NewReader(page)) },
		headers: []string{"Content-Type", "text/plain", "Referer", "https://site.test/"}},
	{name: "a form in gzip", method: "POST", do: "page", body: text(string(gzipped)),
		headers: []string{"Content-Type", "application/x-www-form-urlencoded", "Content-Encoding", "gzip", "Referer", "https://site.test/"}},
}

func text(s string) func() io.Reader { return func() io.Reader { return strings.NewReader(s) } }

// TestTransparency asks for a known script, for a new one, and for what is no
// script.
func TestTransparency(t *testing.T) {
	for _, upstream := range []string{"http", "h2c"} {
		w := startWorld(t, "GUARD\n\treverse_proxy "+upstream+"://ORIGIN", nil)
		for _, speaker := range speakers {
			if upstream == "h2c" && speaker.protocol != "HTTP/2" {
				continue
			}
			transport := w.client(speaker.transport)
			for _, scene := range plainScenes {
				w.same(t, scene.name+" over "+speaker.protocol+" of an origin of "+upstream, func(_ *testing.T, l listener, s *script) {
					paths := []string{"/index.php", "/new.php", "/page/1"}
					if scene.method == "POST" {
						// To a new script it may be refused: that is what the guard is for.
						paths = []string{"/index.php", "/page/1"}
					}
					for _, path := range paths {
						var body io.Reader
						if scene.body != nil {
							body = scene.body()
						}
						r, v := s.request(scene.method, l.url(speaker.scheme, path+"?do="+strings.ReplaceAll(scene.do, " ", "+")), body, scene.headers...)
						s.answer(transport.RoundTrip(r))
						s.upstream(v)
					}
				})
			}
			w.same(t, "informational answers over "+speaker.protocol+" of an origin of "+upstream, func(_ *testing.T, l listener, s *script) {
				r, v := s.request("GET", l.url(speaker.scheme, "/index.php?do=hints"), nil)
				s.answer(transport.RoundTrip(r))
				s.upstream(v)
				if !strings.Contains(s.String(), "informational 103") {
					s.t.Errorf("no hints arrived:\n%s", s)
				}
			})
		}
		w.sound(t)
	}
}

// TestTransparencyMeetsTheGuard proves that the other tests of transparency do
// have a guard before them.
func TestTransparencyMeetsTheGuard(t *testing.T) {
	w := startWorld(t, "GUARD\n\trespond ok", nil)
	for _, l := range w.listeners {
		for _, speaker := range speakers {
			mark := "mark" + strings.NewReplacer("/", "", ".", "", " ", "", ",", "").Replace(speaker.protocol+l.guarding)
			r, err := http.NewRequest("GET", l.url(speaker.scheme, "/uploads/new.php?"+mark), nil)
			if err != nil {
				t.Fatal(err)
			}
			transport := speaker.transport()
			resp, err := transport.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			hangUp(transport)
			found := w.caddy.Logged(mark).Guard
			if enforcing := strings.HasSuffix(l.guarding, "enforcing"); enforcing != found.Has(1001) {
				t.Errorf("%s over %s: %+v", l.guarding, speaker.protocol, found)
			}
		}
	}
}
