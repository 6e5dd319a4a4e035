package transparency

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// origin is an upstream, of HTTP/1.1 and h2c, that does what a request's query
// says, and keeps what it saw.
type origin struct {
	addr   string
	mu     sync.Mutex
	visits map[string]*visit
}

// visit is a request as the origin saw it.
type visit struct {
	id                  string
	method, uri, proto  string
	header, trailer     http.Header
	length              int64
	encoding            []string
	body                string // what was read of it
	told                string // what the behaviour has to say
	next, reached, gone chan struct{}
	done                chan struct{}
}

func startOrigin(t *testing.T) *origin {
	o := &origin{visits: map[string]*visit{}}
	s := httptest.NewUnstartedServer(o)
	s.Config.Protocols = new(http.Protocols)
	s.Config.Protocols.SetHTTP1(true)
	s.Config.Protocols.SetUnencryptedHTTP2(true)
	s.Start()
	t.Cleanup(s.Close)
	t.Cleanup(s.CloseClientConnections)
	o.addr = s.Listener.Addr().String()
	return o
}

// expect announces a request.
func (o *origin) expect() *visit {
	o.mu.Lock()
	defer o.mu.Unlock()
	v := &visit{id: strconv.Itoa(len(o.visits) + 1), next: make(chan struct{}), reached: make(chan struct{}),
		gone: make(chan struct{}), done: make(chan struct{})}
	o.visits[v.id] = v
	return v
}

func (o *origin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	v := o.visits[r.Header.Get(caseHeader)]
	o.mu.Unlock()
	if v == nil {
		http.Error(w, "nobody announced this request", http.StatusTeapot)
		return
	}
	defer close(v.done)
	v.method, v.uri, v.proto, v.length, v.encoding = r.Method, r.URL.RequestURI(), r.Proto, r.ContentLength, r.TransferEncoding
	v.header = r.Header.Clone()
	do := behaviours[r.URL.Query().Get("do")]
	if do == nil {
		http.Error(w, "no such behaviour", http.StatusTeapot)
		return
	}
	do(w, r, v)
	v.trailer = r.Trailer
}

// read reads the request's body.
func (v *visit) read(r *http.Request) {
	h := sha256.New()
	n, err := io.Copy(h, r.Body)
	v.body = fmt.Sprintf("%d bytes, %x, %v", n, h.Sum(nil)[:8], err)
}

// page is an answer that compresses well and is longer than every buffer on its
// way.
var page = strings.Repeat("<p>A page of the site, which says the same in every line.</p>\n", 5000)

// behaviours are what the origin can be asked to do.
var behaviours = map[string]func(w http.ResponseWriter, r *http.Request, v *visit){
	"page": func(w http.ResponseWriter, r *http.Request, v *visit) {
		v.read(r)
		w.Header().Set("Content-Type", "text/html")
		w.Header()["Set-Cookie"] = []string{"a=1", "b=2"}
		w.Header().Set("Content-Length", strconv.Itoa(len(page)))
		io.WriteString(w, page)
	},
	"short": func(w http.ResponseWriter, r *http.Request, v *visit) { v.read(r); io.WriteString(w, "ok") },
	"empty": func(_ http.ResponseWriter, r *http.Request, v *visit) { v.read(r) },
	"chunked": func(w http.ResponseWriter, r *http.Request, v *visit) {
		v.read(r)
		for n := range 50 {
			fmt.Fprintf(w, "piece %d of the answer\n", n)
			w.(http.Flusher).Flush()
		}
	},
	"204": func(w http.ResponseWriter, r *http.Request, v *visit) { v.read(r); w.WriteHeader(http.StatusNoContent) },
	"304": func(w http.ResponseWriter, r *http.Request, v *visit) {
		v.read(r)
		w.Header().Set("Etag", `"1"`)
		w.WriteHeader(http.StatusNotModified)
	},
	"redirect": func(w http.ResponseWriter, r *http.Request, v *visit) {
		v.read(r)
		http.Redirect(w, r, "/index.php", http.StatusSeeOther)
	},
	"error": func(w http.ResponseWriter, r *http.Request, v *visit) {
		v.read(r)
		http.Error(w, "broken", http.StatusInternalServerError)
	},
	"missing": func(w http.ResponseWriter, r *http.Request, v *visit) { v.read(r); http.NotFound(w, r) },
	"trailers": func(w http.ResponseWriter, r *http.Request, v *visit) {
		v.read(r)
		w.Header().Set("Trailer", "X-Announced")
		io.WriteString(w, "page")
		w.(http.Flusher).Flush()
		w.Header().Set("X-Announced", "1")
		w.Header().Set(http.TrailerPrefix+"X-Unannounced", "2")
	},
	"hints": func(w http.ResponseWriter, r *http.Request, v *visit) {
		v.read(r)
		w.Header().Set("Link", "</style.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusProcessing)
		w.Header().Set("X-Final", "1")
		io.WriteString(w, page)
	},
	"gzip": func(w http.ResponseWriter, r *http.Request, v *visit) { v.read(r); compressed(w, "gzip", gzipped) },
	"zstd": func(w http.ResponseWriter, r *http.Request, v *visit) { v.read(r); compressed(w, "zstd", zstded) },
	// What is said to be Brotli need not be: nobody on the way may care.
	"br":       func(w http.ResponseWriter, r *http.Request, v *visit) { v.read(r); compressed(w, "br", gzipped) },
	"not gzip": func(w http.ResponseWriter, r *http.Request, v *visit) { v.read(r); compressed(w, "gzip", []byte(page)) },
	// A bomb, or an answer that breaks off: decoding its beginning must not show.
	"half gzip": func(w http.ResponseWriter, r *http.Request, v *visit) {
		v.read(r)
		compressed(w, "gzip", gzipped[:len(gzipped)/2])
	},
}

func compressed(w http.ResponseWriter, encoding string, body []byte) {
	w.Header().Set("Content-Type", "text/html")
	w.Header().Set("Content-Encoding", encoding)
	w.Header().Set("Etag", `"compressed"`)
	w.Write(body)
}

var gzipped, zstded = func() ([]byte, []byte) {
	var g, z bytes.Buffer
	gw := gzip.NewWriter(&g)
	io.WriteString(gw, page)
	gw.Close()
	zw, err := zstd.NewWriter(&z)
	if err != nil {
		panic(err)
	}
	io.WriteString(zw, page)
	zw.Close()
	return g.Bytes(), z.Bytes()
}()
