package caddymodule

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/zap"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// faultyFiles is a fault of the guard's own.
type faultyFiles struct{}

func (faultyFiles) Stat(baseline.Key) detector.File { panic("a fault") }

// bareHandler is a handler without a Caddy, in block mode and enforcing.
func bareHandler(t testing.TB, files detector.Files) *Handler {
	t.Helper()
	h := &Handler{Mode: "block", logger: zap.NewNop()}
	options, err := h.settle()
	if err != nil {
		t.Fatal(err)
	}
	options.Files = files
	options.Limits.LearnMin, options.Limits.Coverage = 1, 0
	if h.detector, err = detector.New(options); err != nil {
		t.Fatal(err)
	}
	h.root = rootOption{fixed: "/srv"}
	h.site = &siteState{name: "bare"}
	h.site.memory.Store(detector.NewMemory(baseline.NewSite("bare", time.Now().Add(-time.Hour))))
	h.counters = newMetrics().site("bare")
	return h
}

func next(h http.HandlerFunc) caddyhttp.Handler {
	return caddyhttp.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		h(w, r)
		return nil
	})
}

func TestFault(t *testing.T) {
	ran := false
	handler := next(func(w http.ResponseWriter, _ *http.Request) { ran = true; fmt.Fprint(w, "ok") })
	for onFault, status := range map[string]int{"pass": 0, "block": http.StatusForbidden} {
		h := bareHandler(t, faultyFiles{})
		h.OnFault, h.blockAll = onFault, onFault == "block"
		ran = false
		w := httptest.NewRecorder()
		err := h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/uploads/x.php", strings.NewReader("a")), handler)
		if got := statusOf(err); status == 0 && (err != nil || !ran) || status != 0 && (got != status || ran) {
			t.Errorf("on_fault %s: %v, ran %v", onFault, err, ran)
		}
		action := map[string]action{"pass": actionNone, "block": actionBlock}[onFault]
		if n := testutil.ToFloat64(h.counters.unjudged[action]); n != 1 {
			t.Errorf("on_fault %s: counted %v times", onFault, n)
		}
	}
}

func TestPanicsOfOthersGoOn(t *testing.T) {
	h := bareHandler(t, nil)
	for _, p := range []any{"a bug", http.ErrAbortHandler} {
		func() {
			defer func() {
				if got := recover(); got != p {
					t.Errorf("%v became %v", p, got)
				}
			}()
			_ = h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/x.php", nil),
				next(func(http.ResponseWriter, *http.Request) { panic(p) }))
		}()
	}
	t.Run("also one that is no abort, of a refused response", func(t *testing.T) {
		defer func() {
			if got := recover(); got != "a bug" {
				t.Errorf("it became %v", got)
			}
		}()
		_ = h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/uploads/x.php", nil),
			next(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(200); panic("a bug") }))
	})
}

func TestErrorsOfOthersAreReturnedUntouched(t *testing.T) {
	h := bareHandler(t, nil)
	want := caddyhttp.Error(http.StatusBadGateway, errors.New("down"))
	err := h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/uploads/x.php", nil),
		caddyhttp.HandlerFunc(func(http.ResponseWriter, *http.Request) error { return want }))
	if !reflect.DeepEqual(err, error(want)) {
		t.Errorf("%v", err)
	}
}

func TestRefusalBeforeAnythingIsWritten(t *testing.T) {
	// A handler that returns without a word answers 200.
	h := bareHandler(t, nil)
	err := h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/uploads/x.php", nil),
		next(func(http.ResponseWriter, *http.Request) {}))
	if statusOf(err) != http.StatusForbidden {
		t.Errorf("%v", err)
	}
}

func TestFiles(t *testing.T) {
	root := t.TempDir()
	write := func(name string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(root, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f := newFiles()
	state := func(path string) detector.FileState { return f.Stat(baseline.Key{Root: root, Path: path}).State }
	t.Run("a missing file is not remembered as missing", func(t *testing.T) {
		if state("/x.php") != detector.FileMissing {
			t.Fatal("it is there")
		}
		write("x.php")
		if state("/x.php") != detector.FileThere {
			t.Error("it is still missing")
		}
	})
	t.Run("a forged modification time does not make a file old", func(t *testing.T) {
		write("y.php")
		old := time.Now().Add(-1000 * time.Hour)
		if err := os.Chtimes(filepath.Join(root, "y.php"), old, old); err != nil {
			t.Fatal(err)
		}
		if got := f.Stat(baseline.Key{Root: root, Path: "/y.php"}).Changed; time.Since(got) > time.Hour {
			t.Errorf("changed %v", got)
		}
	})
	t.Run("what cannot be a script is none", func(t *testing.T) {
		if err := os.Mkdir(filepath.Join(root, "d.php"), 0o700); err != nil {
			t.Fatal(err)
		}
		for path, want := range map[string]detector.FileState{
			"/d.php":                                detector.FileOther,
			"/x.php/y.php":                          detector.FileMissing,
			"/a\x00b.php":                           detector.FileMissing,
			"/../../x.php":                          detector.FileThere, // stays under the root
			"/" + strings.Repeat("a", 300) + ".php": detector.FileMissing,
		} {
			if got := state(path); got != want {
				t.Errorf("%.40q: %v, want %v", path, got, want)
			}
		}
	})
	t.Run("memory is bounded", func(t *testing.T) {
		for n := range maxFileLooks + 10 {
			f.looks[baseline.Key{Path: fmt.Sprint(n)}] = look{}
		}
		write("z.php")
		state("/z.php")
		if len(f.looks) > maxFileLooks {
			t.Errorf("%d looks", len(f.looks))
		}
	})
}
