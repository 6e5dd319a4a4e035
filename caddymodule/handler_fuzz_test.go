package caddymodule

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
	"unsafe"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/dunglas/httpsfv"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// What a scripted upstream does besides answering, a bit each.
const (
	readsBody = 1 << iota
	sendsHint
	flushes
	copies // its body, by ReadFrom
	repeatsHeader
	returnsError
	rewrites
	writesNothing
)

// scripted is an upstream that answers by a script.
type scripted struct {
	t           *testing.T
	status      int
	contentType string
	body        []byte
	does        byte
	mode        string

	ran bool
}

var errScripted = caddyhttp.Error(http.StatusTeapot, errors.New("the upstream's own"))

func (s *scripted) ServeHTTP(w http.ResponseWriter, r *http.Request) error {
	s.ran = true
	s.checkTag(r.Header)
	if s.does&readsBody != 0 {
		io.Copy(io.Discard, r.Body)
		if tags := spelledTag(r.Trailer); tags != nil {
			s.t.Errorf("a trailer is the tag: %v", tags)
		}
	}
	if s.does&rewrites != 0 {
		r.URL.Path = "/index.php"
	}
	w.Header().Set("X-Upstream", "1")
	w.Header()["Content-Type"] = []string{s.contentType}
	if s.does&returnsError != 0 {
		return errScripted
	}
	if s.does&writesNothing != 0 {
		return nil
	}
	if s.does&sendsHint != 0 {
		w.WriteHeader(http.StatusEarlyHints)
	}
	w.WriteHeader(s.status)
	if s.does&repeatsHeader != 0 {
		w.WriteHeader(http.StatusOK)
	}
	if s.does&copies != 0 {
		w.(io.ReaderFrom).ReadFrom(bytes.NewReader(s.body))
	} else {
		for chunk := range slices.Chunk(s.body, 7) {
			w.Write(chunk)
		}
	}
	if s.does&flushes != 0 {
		http.NewResponseController(w).Flush()
	}
	return nil
}

// spelledTag lists the headers that CGI takes for the tag.
func spelledTag(h http.Header) (names []string) {
	for name := range h {
		asCGI := strings.Map(func(r rune) rune {
			if r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
				return unicode.ToUpper(r)
			}
			return '_'
		}, name)
		if asCGI == "X_WEBSHELL_GUARD" {
			names = append(names, name)
		}
	}
	return names
}

// checkTag holds that what the upstream gets as the tag is the guard's.
func (s *scripted) checkTag(h http.Header) {
	tags := spelledTag(h)
	if tags == nil {
		return
	}
	if values := h[tagHeader]; s.mode == "tag" && len(tags) == 1 && len(values) == 1 {
		dict, err := httpsfv.UnmarshalDictionary(values)
		if err == nil && slices.Equal(dict.Names(), []string{"verdict", "score", "script", "signals"}) {
			return
		}
	}
	s.t.Errorf("in mode %s the upstream got %q", s.mode, tags)
}

// extraFields are the fields that handlers add to the access log.
func extraFields(r *http.Request) []zapcore.Field {
	extra := r.Context().Value(caddyhttp.ExtraLogFieldsCtxKey).(*caddyhttp.ExtraLogFields)
	fields := reflect.ValueOf(extra).Elem().FieldByName("fields")
	return *(*[]zapcore.Field)(unsafe.Pointer(fields.UnsafeAddr()))
}

// checkLogged holds that the access log's field is JSON on one line, and says
// what the placeholders say.
func checkLogged(t *testing.T, r *http.Request) {
	fields := extraFields(r)
	repl := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer)
	verdict, _ := repl.GetString("http.webshell_guard.verdict")
	if len(fields) == 0 {
		if verdict != "clean" {
			t.Errorf("%q, but not in the access log", verdict)
		}
		for _, name := range []string{"score", "script", "signals"} {
			if v, ok := repl.GetString("http.webshell_guard." + name); v != "" || !ok {
				t.Errorf("clean, but %s is %q", name, v)
			}
		}
		return
	}
	line, err := zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()).EncodeEntry(zapcore.Entry{}, fields)
	if err != nil {
		t.Fatal(err)
	}
	checkLine(t, line.Bytes())
	var e struct {
		Guard struct {
			Verdict, Script string
			Signals         []struct{ ID int }
		} `json:"webshell_guard"`
	}
	if err := json.Unmarshal(line.Bytes(), &e); err != nil || len(fields) != 1 {
		t.Errorf("%d fields, %v: %q", len(fields), err, line)
	}
	if g := e.Guard; g.Verdict != verdict || verdict == "clean" || len(g.Signals) == 0 || g.Script == "" {
		t.Errorf("placeholder %q, logged %q", verdict, line)
	}
}

// checkLine holds that a line of a log is JSON, and nothing that a terminal obeys.
func checkLine(t *testing.T, line []byte) {
	if !json.Valid(line) {
		t.Errorf("no JSON: %q", line)
	}
	control := func(r rune) bool { return r < ' ' || 0x7f <= r && r < 0xa0 }
	if i := bytes.IndexFunc(bytes.TrimSuffix(line, []byte("\n")), control); i >= 0 {
		t.Errorf("a control character at %d: %q", i, line)
	}
}

// finalRecorder is a recorder that does not take a hint for the answer.
type finalRecorder struct{ *httptest.ResponseRecorder }

func (r finalRecorder) WriteHeader(status int) {
	if status >= 200 {
		r.ResponseRecorder.WriteHeader(status)
	}
}

// FuzzHandler serves any request that net/http can read, by an upstream that
// answers anything, and holds the guard to what it promises.
func FuzzHandler(f *testing.F) {
	root := f.TempDir()
	for _, name := range []string{"index.php", "uploads/x.php"} {
		os.MkdirAll(filepath.Join(root, filepath.Dir(name)), 0o700)
		os.WriteFile(filepath.Join(root, name), nil, 0o600)
	}
	var log bytes.Buffer
	core := zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(&log), zapcore.DebugLevel)
	var units []unit
	for _, mode := range modeNames {
		for _, options := range []string{"", `,"root":` + strconv.Quote(root), `,"threshold":{"suspicious":10,"malicious":10},"on_fault":"block"`} {
			u := provision(f, `{"mode":"`+mode+`","max_scripts":500`+options+`}`)
			u.logger = zap.New(core)
			units = append(units, u)
		}
	}
	f.Fuzz(func(t *testing.T, request []byte, status int, contentType string, body []byte, does, which byte) {
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(request)))
		if err != nil {
			return
		}
		if r.URL.Path == "" && r.URL.Opaque == "" && r.Host == "" {
			r.URL = &url.URL{Path: "/"} // no server hands on less
		}
		u := units[int(which)%len(units)]
		if which >= 252 { // what the guard learned of other inputs would make a finding depend on them
			u.site.adopt(enforcing(u.site.name), zap.NewNop())
		}
		s := &scripted{t: t, status: 200 + int(uint(status)%400), contentType: contentType, body: body, does: does, mode: u.mode.String()}
		r = prepared(r, visitor)
		log.Reset()
		w := finalRecorder{httptest.NewRecorder()}
		w.Header().Set("X-Site", "kept")
		err = u.ServeHTTP(w, r, s)
		checkOutcome(t, u, s, w.ResponseRecorder, err)
		if tags := spelledTag(w.Header()); tags != nil {
			t.Errorf("the client got %v", tags)
		}
		checkLogged(t, r)
		for line := range bytes.Lines(log.Bytes()) {
			if checkLine(t, line); bytes.Contains(line, []byte("the guard failed")) {
				t.Errorf("%s", line)
			}
		}
	})
}

// checkOutcome holds that the answer is the upstream's to the byte, or a refusal
// of which nothing is the upstream's.
func checkOutcome(t *testing.T, u unit, s *scripted, w *httptest.ResponseRecorder, err error) {
	if he, ok := errors.AsType[caddyhttp.HandlerError](err); ok && !errors.Is(err, errScripted.Err) {
		if u.mode != modeBlock || he.StatusCode != http.StatusForbidden || !strings.Contains(err.Error(), "malicious request to") {
			t.Errorf("in mode %s: %v", u.mode, err)
		}
		if w.Body.Len() > 0 || w.Header().Get("X-Upstream") != "" || w.Header().Get("X-Site") != "kept" {
			t.Errorf("refused, and the client got %q %v", w.Body, w.Header())
		}
		return
	}
	want, wantBody := s.status, s.body
	switch {
	case s.does&returnsError != 0:
		if !errors.Is(err, errScripted.Err) {
			t.Errorf("the upstream's error became %v", err)
		}
		want, wantBody = http.StatusOK, nil // Caddy renders it later
	case s.does&writesNothing != 0:
		want, wantBody = http.StatusOK, nil
	}
	if err != nil && s.does&returnsError == 0 {
		t.Errorf("error %v", err)
	}
	if w.Code == http.StatusNoContent || w.Code == http.StatusNotModified {
		w.Body = bytes.NewBuffer(wantBody) // none is sent, though the recorder notes what it refuses
	}
	if !s.ran || w.Code != want || !bytes.Equal(w.Body.Bytes(), wantBody) || w.Header().Get("X-Upstream") != "1" || w.Header().Get("X-Site") != "kept" {
		t.Errorf("ran %v; %d %q became %d %q %v", s.ran, want, wantBody, w.Code, w.Body, w.Header())
	}
	if got := w.Header()["Content-Type"]; len(got) != 1 || got[0] != s.contentType {
		t.Errorf("Content-Type %q became %q", s.contentType, got)
	}
}
