package transparency

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/integration/internal/lab"
)

// hostileShapes are requests on the wire that some server reads otherwise than
// another does, or that want too much. Each ends so that the server answers, and has
// no need to wait for more.
var hostileShapes = map[string]string{
	"both lengths":                       "POST /x.php HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\nG",
	"both lengths, and a hidden request": "POST /x.php HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nPOST /uploads/y.php HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nConnection: close\r\n\r\na=b",
	"both lengths, the encoding first":   "POST /x.php HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\nConnection: close\r\n\r\n3\r\na=b\r\n0\r\n\r\n",
	"the length twice, the same":         "POST /x.php HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\nConnection: close\r\n\r\na=b",
	"the length twice, different":        "POST /x.php HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 0\r\nConnection: close\r\n\r\na=b",
	"the length twice in a list":         "POST /x.php HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\nConnection: close\r\n\r\na=b",
	"a length with a sign":               "POST /x.php HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\nConnection: close\r\n\r\na=b",
	"a length below nothing":             "POST /x.php HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\nConnection: close\r\n\r\n",
	"a length beyond 64 bits":            "POST /x.php HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551617\r\nConnection: close\r\n\r\na",
	"an encoding nobody knows":           "POST /x.php HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\nConnection: close\r\n\r\n",
	"the encoding twice":                 "POST /x.php HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n",
	"the encoding in capitals":           "POST /x.php HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: CHUNKED\r\nConnection: close\r\n\r\n3\r\na=b\r\n0\r\n\r\n",
	"a blank before the colon":           "POST /x.php HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\nConnection: close\r\n\r\n0\r\n\r\n",
	"an encoding behind a vertical tab":  "POST /x.php HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\vchunked\r\nConnection: close\r\n\r\n0\r\n\r\n",
	"an encoding in HTTP/1.0":            "POST /x.php HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	"an extension of a chunk":            "POST /x.php HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3;a=\"b\"\r\na=b\r\n0\r\n\r\n",
	"a bare line feed after a chunk":     "POST /x.php HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3;\na=b\r\n0\r\n\r\n",
	"a chunk beyond 64 bits":             "POST /x.php HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n10000000000000003\r\na=b\r\n0\r\n\r\n",
	"a folded header":                    "GET /x.php HTTP/1.1\r\nHost: a\r\nX-A: b\r\n Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n",
	"a folded first header":              "GET /x.php HTTP/1.1\r\n Host: a\r\nHost: a\r\nConnection: close\r\n\r\n",
	"bare line feeds":                    "GET /x.php HTTP/1.1\nHost: a\nX-A: b\nConnection: close\n\n",
	"a bare carriage return":             "GET /x.php HTTP/1.1\r\nHost: a\r\nX-A: b\rX-B: c\r\nConnection: close\r\n\r\n",
	"a NUL":                              "GET /x.php HTTP/1.1\r\nHost: a\r\nX-A: b\x00c\r\nConnection: close\r\n\r\n",
	"a byte that is not ASCII":           "GET /x\xff.php HTTP/1.1\r\nHost: a\r\nX-A: \xff\r\nConnection: close\r\n\r\n",
	"two hosts":                          "GET /x.php HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n",
	"no host":                            "GET /x.php HTTP/1.1\r\nConnection: close\r\n\r\n",
	"an address with another host":       "GET http://b/x.php HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
	"an address with a fragment":         "GET /x.php#/y.php HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
	"a blank in the path":                "GET /x .php HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
	"a tab before the version":           "GET /x.php\tHTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
	"an empty line first":                "\r\nGET /x.php HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
	"another version":                    "GET /x.php HTTP/1.2\r\nHost: a\r\nConnection: close\r\n\r\n",
	"the preface of HTTP/2":              "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
	"an asterisk":                        "OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
	"a tunnel":                           "CONNECT x.php:80 HTTP/1.1\r\nHost: x.php:80\r\nConnection: close\r\n\r\n",
	"a method in small letters":          "post /x.php HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nConnection: close\r\n\r\na=b",
	"a body of a GET":                    "GET /x.php HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nConnection: close\r\n\r\na=b",
	"an expectation nobody knows":        "POST /x.php HTTP/1.1\r\nHost: a\r\nExpect: a-shell\r\nContent-Length: 3\r\nConnection: close\r\n\r\na=b",
	"a length in a trailer":              "POST /x.php HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: Content-Length\r\nConnection: close\r\n\r\n3\r\na=b\r\n0\r\nContent-Length: 9\r\n\r\n",
	"two requests at once":               "GET /x.php HTTP/1.1\r\nHost: a\r\n\r\nPOST /y.php HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nConnection: close\r\n\r\na=b",
	"headers of a MiB":                   "GET /x.php HTTP/1.1\r\nHost: a\r\nX-A: " + strings.Repeat("a", 1<<20+8<<10) + "\r\nConnection: close\r\n\r\n",
	"five hundred headers":               "GET /x.php HTTP/1.1\r\nHost: a\r\n" + strings.Repeat("X-A: b\r\n", 500) + "Connection: close\r\n\r\n",
	"a body that is too long":            "POST /limited.php HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\nConnection: close\r\n\r\n" + strings.Repeat("a=b&", 1250),
	"a body that is too long, in chunks": "POST /limited.php HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n1388\r\n" + strings.Repeat("a=b&", 1250) + "\r\n0\r\n\r\n",
	"a body that says it is compressed":  "POST /x.php HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\nConnection: close\r\n\r\na=b",
	"ten thousand parameters":            "GET /x.php?" + strings.Repeat("a[]=b&", 2_500) + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
	"a thousand cookies":                 "GET /x.php HTTP/1.1\r\nHost: a\r\nCookie: " + strings.Repeat("a=b; ", 1_000) + "\r\nConnection: close\r\n\r\n",
	"a multipart form without end":       "POST /x.php HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=" + strings.Repeat("-", 70) + "\r\nContent-Length: 72\r\nConnection: close\r\n\r\n" + strings.Repeat("-", 72),
	"JSON of a thousand levels":          "POST /x.php HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1000\r\nConnection: close\r\n\r\n" + strings.Repeat("[", 1_000),
}

// mirror tells what an upstream received.
func mirror(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	fmt.Fprintf(w, "%s %s %d %q %v\n", r.Method, r.RequestURI, r.ContentLength, body, err != nil)
	for _, h := range []http.Header{r.Header, r.Trailer} {
		for _, name := range slices.Sorted(maps.Keys(h)) {
			fmt.Fprintf(w, "%s: %q\n", name, h[name])
		}
	}
}

// The guard sees what Caddy makes of a request: what Caddy refuses never gets
// there, and of what it passes on nothing is changed.
func TestOddRequestsAreAnsweredAsWithoutTheGuard(t *testing.T) {
	upstream := httptest.NewServer(http.HandlerFunc(mirror))
	t.Cleanup(upstream.Close)
	guarded, bare := lab.FreePort(t), lab.FreePort(t)
	site := fmt.Sprintf("\trequest_body /limited.php {\n\t\tmax_size 1000\n\t}\n\treverse_proxy %s\n", strings.TrimPrefix(upstream.URL, "http://"))
	c := lab.StartCaddy(t, fmt.Sprintf("http://:%d {\n\tlog\n\twebshell_guard log {\n\t\tsite odd\n\t\tlearn 1s 0\n\t}\n%s}\nhttp://:%d {\n%s}\n", guarded, site, bare, site))
	c.Enforcing(1) // every script is new
	answered := map[string]int{}
	for name, shape := range hostileShapes {
		t.Run(name, func(t *testing.T) {
			got, want := onTheWire(t, guarded, shape), onTheWire(t, bare, shape)
			if got != want {
				t.Errorf("guarded\n%s\nbare\n%s", got, want)
			}
			answered[statusLine.FindString(want)]++
		})
	}
	if len(answered) < 4 || answered["HTTP/1.1 200 OK"] < 10 {
		t.Errorf("the shapes try too little: %v", answered)
	}
	if log := c.Read("log.json"); strings.Contains(log, "the guard failed") || strings.Contains(log, "DATA RACE") {
		t.Error(log)
	}
}

var (
	statusLine = regexp.MustCompile(`^HTTP/1\.[01] [0-9]{3} [A-Za-z ]*`)
	changing   = regexp.MustCompile(`(?m)^Date: .*\r\n`)
)

// onTheWire sends a request as it is written, and returns all that comes back, but
// for what changes.
func onTheWire(t *testing.T, port int, request string) string {
	t.Helper()
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	go io.WriteString(conn, request) // what is refused need not be read to its end
	answer, err := io.ReadAll(conn)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("no end of the answer to %.60q: %q", request, answer)
	}
	return changing.ReplaceAllString(string(answer), "")
}
