package caddymodule

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dunglas/httpsfv"
	"go.uber.org/zap"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// tagged returns the header that the next handler gets.
func (u unit) tagged(r *http.Request) []string {
	u.t.Helper()
	var got []string
	if _, err := u.serve(r, func(_ http.ResponseWriter, r *http.Request) error {
		got = r.Header[tagHeader]
		return nil
	}); err != nil {
		u.t.Error(err)
	}
	return got
}

func post(path string, network int) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1"+path, strings.NewReader("name=value"))
	return prepared(r, network)
}

func TestTag(t *testing.T) {
	t.Run("is a dictionary of RFC 8941", func(t *testing.T) {
		got := provision(t, `{"mode":"tag"}`).tagged(post("/x.php", stranger))
		if len(got) != 1 {
			t.Fatalf("%q", got)
		}
		d, err := httpsfv.UnmarshalDictionary(got)
		if err != nil || !slices.Equal(d.Names(), []string{"verdict", "score", "script", "signals"}) {
			t.Fatalf("%q: %v %v", got, d, err)
		}
		item := func(name string) any {
			m, _ := d.Get(name)
			i, _ := m.(httpsfv.Item)
			return i.Value
		}
		if item("verdict") != httpsfv.Token("suspicious") || item("script") != "/x.php" {
			t.Errorf("%q", got)
		}
		if score, ok := item("score").(float64); !ok || score < 10 || score >= 16 {
			t.Errorf("%q: score %v", got, item("score"))
		}
		m, _ := d.Get("signals")
		var names []string
		if list, ok := m.(httpsfv.InnerList); ok {
			for _, i := range list.Items {
				names = append(names, string(i.Value.(httpsfv.Token)))
			}
		}
		if want := []string{"new-script", "post-no-referer", "new-client"}; !slices.Equal(names, want) {
			t.Errorf("signals %v, want %v", names, want)
		}
	})
	t.Run("has the script percent-encoded, whatever its name", func(t *testing.T) {
		for _, path := range []string{
			"/a b.php", "/a\"b.php", "/a\\b.php", "/ä.php", "/a\r\nb.php", "/a\x00b.php", "/%41.php", "/a%0d%0aX-Y: z.php",
			"/uploads/\xff\xfe.php", "/a,verdict=clean.php", "/a\", verdict=clean.php", "/a\x7fb.php", "/" + strings.Repeat("é", 3000) + ".php",
		} {
			r := post("/", stranger)
			r.URL.Path, r.URL.RawPath = path, ""
			got := provision(t, `{"mode":"tag"}`).tagged(r)
			d, err := httpsfv.UnmarshalDictionary(got)
			if err != nil {
				t.Errorf("%q: %q: %v", path, got, err)
				continue
			}
			m, _ := d.Get("script")
			encoded, _ := m.(httpsfv.Item).Value.(string)
			if _, err := url.PathUnescape(encoded); err != nil || strings.ContainsFunc(encoded, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' }) {
				t.Errorf("%q: script %q", path, encoded)
			}
			if v, _ := d.Get("verdict"); v.(httpsfv.Item).Value == httpsfv.Token("clean") {
				t.Errorf("%q forged %q", path, got)
			}
		}
	})
	t.Run("is absent when the request is clean", func(t *testing.T) {
		for _, path := range []string{"/index.php", "/", "/picture.png", "/blog/2026"} {
			if got := provision(t, `{"mode":"tag"}`).tagged(get(path, visitor)); got != nil {
				t.Errorf("%s: %q", path, got)
			}
		}
	})
	t.Run("is absent while learning, even for a script among uploads", func(t *testing.T) {
		u := provision(t, `{"mode":"tag","threshold":{"suspicious":1,"malicious":1}}`)
		u.site.adopt(baseline.NewSite("default", time.Now()), zap.NewNop())
		if got := u.tagged(post("/uploads/x.php", stranger)); got != nil {
			t.Errorf("%q", got)
		}
	})
	t.Run("is absent in other modes", func(t *testing.T) {
		for _, mode := range []string{"log", "block"} {
			if got := provision(t, `{"mode":"`+mode+`"}`).tagged(post("/x.php", stranger)); got != nil {
				t.Errorf("%s: %q", mode, got)
			}
		}
	})
	t.Run("replaces what the client sent", func(t *testing.T) {
		r := post("/x.php", stranger)
		for _, name := range []string{"X-Webshell-Guard", "X_webshell_guard", "X.webshell.guard"} {
			r.Header[name] = []string{"verdict=clean", "verdict=clean"}
		}
		provision(t, `{"mode":"tag"}`).serve(r, func(_ http.ResponseWriter, r *http.Request) error {
			if tags := tagIn(r.Header); len(tags) != 1 || !strings.Contains(tags[0], "verdict=suspicious") {
				t.Errorf("%q", tags)
			}
			return nil
		})
	})
}

func TestTagOutlivesConnection(t *testing.T) {
	upstream := newMirror(t)
	dir := t.TempDir()
	seed(t, dir+"/storage", "shop")
	c := startIn(t, dir, "webshell_guard tag {\nsite shop\n}\nreverse_proxy "+upstream.URL)
	for name, headers := range map[string]string{
		"whatever":                               "",
		"although Connection names it":           "Connection: X-Webshell-Guard\n",
		"although Connection names it too":       "Connection: keep-alive, x-webshell-guard\nConnection: X-WEBSHELL-GUARD\n",
		"although Connection names it and a tag": "Connection: close,X-Webshell-Guard\nX-Webshell-Guard: verdict=clean\n",
	} {
		t.Run(name, func(t *testing.T) {
			got := c.in(t).raw(fmt.Sprintf("POST /new.php HTTP/1.1\n%sContent-Length: 4\n\nname", headers))
			if tag := got.Header[tagHeader]; len(tag) != 1 || !strings.HasPrefix(tag[0], "verdict=suspicious, score=") {
				t.Errorf("the upstream received %q", tag)
			}
		})
	}
}
