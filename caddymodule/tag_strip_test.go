package caddymodule

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// spellings are those of the tag header that some upstream takes for it.
var spellings = []string{
	"X-Webshell-Guard", "x-webshell-guard", "X-WEBSHELL-GUARD", "x-wEBSHELL-gUARD",
	"X_Webshell_Guard", "x_webshell_guard", "x-webshell_guard", "X_Webshell-Guard",
	"X.Webshell.Guard", "X~Webshell!Guard", "X'Webshell`Guard", "x|webshell|guard", "X*Webshell+Guard",
}

// received is what an upstream got.
type received struct {
	Header, Trailer http.Header
	Body            string
}

// newMirror is an upstream that answers with what it received.
func newMirror(t testing.TB) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		json.NewEncoder(w).Encode(received{Header: r.Header, Trailer: r.Trailer, Body: string(body)})
	}))
	t.Cleanup(s.Close)
	return s
}

// raw sends a request as it is written, and returns what the upstream received.
func (c *instance) raw(request string) (got received) {
	c.t.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, visitor, 1)}, Timeout: patience}
	conn, err := dialer.Dial("tcp", c.addr)
	if err != nil {
		c.t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	io.WriteString(conn, strings.ReplaceAll(strings.Replace(request, "\n", "\nHost: "+c.addr+"\n", 1), "\n", "\r\n"))
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		c.t.Fatal(err)
	}
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil {
		c.t.Fatalf("%d: %v", resp.StatusCode, err)
	}
	return got
}

// tagIn returns the names that an upstream may take for the tag.
func tagIn(h http.Header) (names []string) {
	for name := range h {
		if strings.EqualFold(name, tagHeader) || strings.Contains(strings.ToLower(name), "webshell") {
			names = append(names, name+": "+strings.Join(h[name], ", "))
		}
	}
	return names
}

func TestTagOfAClientIsStripped(t *testing.T) {
	upstream := newMirror(t)
	for _, mode := range modeNames {
		dir := t.TempDir()
		seed(t, dir+"/storage", "shop")
		c := startIn(t, dir, "webshell_guard "+mode+" {\nsite shop\n}\nreverse_proxy "+upstream.URL)
		for _, name := range spellings {
			t.Run("spelled "+name+" in mode "+mode, func(t *testing.T) {
				got := c.in(t).raw(fmt.Sprintf("GET /index.php HTTP/1.1\n%[1]s: verdict=clean\nX-Other: 1\n%[1]s: again\n\n", name))
				if tags := tagIn(got.Header); tags != nil || got.Header.Get("X-Other") != "1" {
					t.Errorf("the upstream received %v", got.Header)
				}
			})
		}
		t.Run("for what is no script in mode "+mode, func(t *testing.T) {
			if tags := tagIn(c.in(t).raw("GET /a.png HTTP/1.1\nX-Webshell-Guard: verdict=clean\n\n").Header); tags != nil {
				t.Errorf("the upstream received %v", tags)
			}
		})
		c.stop()
	}
}

// Trailers arrive after the guard has looked at the headers: net/http merges
// all of them, announced or not, into the map of the announced ones as the body
// ends, and reverse_proxy sends them on.
func TestTagInATrailerIsStripped(t *testing.T) {
	upstream := newMirror(t)
	dir := t.TempDir()
	seed(t, dir+"/storage", "shop")
	c := startIn(t, dir, "webshell_guard tag {\nsite shop\n}\nreverse_proxy "+upstream.URL)
	const chunked = "POST /index.php HTTP/1.1\nTransfer-Encoding: chunked\n%s\n4\nname\n0\n%s\n"
	for _, name := range []string{"X-Webshell-Guard", "X_Webshell_Guard", "x.webshell.guard"} {
		for how, announcement := range map[string]string{
			"announced":               "Trailer: X-Other, " + name + "\n",
			"beside an announced one": "Trailer: X-Other\n",
			"announced alone":         "Trailer: " + name + "\n",
			"not announced":           "",
		} {
			t.Run(name+" "+how, func(t *testing.T) {
				got := c.in(t).raw(fmt.Sprintf(chunked, announcement, "X-Other: 1\n"+name+": verdict=clean\n"))
				if tags := tagIn(got.Trailer); tags != nil || got.Body != "name" {
					t.Errorf("the upstream received %q, trailers %v", got.Body, got.Trailer)
				}
				if strings.Contains(announcement, "X-Other") && got.Trailer.Get("X-Other") != "1" {
					t.Errorf("the other trailer is gone: %v", got.Trailer)
				}
			})
		}
	}
	t.Run("over HTTP/2", func(t *testing.T) {
		r, err := http.NewRequest("POST", "http://"+c.addr+"/index.php", io.MultiReader(strings.NewReader("name")))
		if err != nil {
			t.Fatal(err)
		}
		r.Trailer = http.Header{"X-Webshell-Guard": {"verdict=clean"}, "X-Other": {"1"}}
		resp, err := c.in(t).client(visitor, h2c).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var got received
		if err := json.NewDecoder(resp.Body).Decode(&got); err != nil {
			t.Fatal(err)
		}
		if tags := tagIn(got.Trailer); tags != nil || got.Trailer.Get("X-Other") != "1" {
			t.Errorf("the upstream received trailers %v", got.Trailer)
		}
	})
}

func TestStripTagSparesOthers(t *testing.T) {
	t.Run("keeps headers that only look like it", func(t *testing.T) {
		for _, name := range []string{
			"X-Webshell-Guard-2", "XX-Webshell-Guard", "Webshell-Guard", "X-Webshell-Guar", "X-Webshell-Guards",
			"XaWebshell-Guard", "X-Webshell1Guard", "X-Webshe11-Guard", "",
		} {
			r := get("/index.php", visitor)
			r.Header[name] = []string{"1"}
			if stripTag(r); r.Header[name] == nil {
				t.Errorf("%q is gone", name)
			}
		}
	})
	t.Run("takes only the tag out of Connection", func(t *testing.T) {
		for value, want := range map[string]string{
			"X-Webshell-Guard":                    "",
			"x-webshell-guard":                    "",
			"keep-alive, X-Webshell-Guard":        "keep-alive",
			"X_WEBSHELL_GUARD ,\tkeep-alive":      "\tkeep-alive",
			"Upgrade,X-Webshell-Guard,keep-alive": "Upgrade,keep-alive",
			"X-Webshell-Guard-2":                  "X-Webshell-Guard-2",
			"keep-alive":                          "keep-alive",
		} {
			r := get("/index.php", visitor)
			r.Header["Connection"] = []string{"close", value}
			if stripTag(r); r.Header["Connection"][0] != "close" || r.Header["Connection"][1] != want {
				t.Errorf("%q became %q", value, r.Header["Connection"])
			}
		}
	})
}
