package caddymodule

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// sink is a response writer like that of a server, and notes what reaches it.
type sink struct {
	*httptest.ResponseRecorder
	from     []io.Reader // of ReadFrom
	deadline time.Time
	statuses []int
}

func (s *sink) WriteHeader(status int) {
	s.statuses = append(s.statuses, status)
	s.ResponseRecorder.WriteHeader(status)
}

func (s *sink) ReadFrom(r io.Reader) (int64, error) {
	s.from = append(s.from, r)
	return io.Copy(s.ResponseRecorder, r)
}

func (s *sink) SetWriteDeadline(t time.Time) error {
	s.deadline = t
	return nil
}

func (u unit) sinkServe(path string, next func(http.ResponseWriter)) (*sink, error) {
	s := &sink{ResponseRecorder: httptest.NewRecorder()}
	err := u.ServeHTTP(s, get(path, visitor), caddyhttp.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) error {
		next(w)
		return nil
	}))
	return s, err
}

func TestObserver(t *testing.T) {
	refusing := `{"mode":"block","threshold":{"suspicious":10,"malicious":10}}`
	t.Run("hands a known script's body to the server's ReadFrom as it is", func(t *testing.T) {
		body := strings.NewReader("page")
		s, err := provision(t, refusing).sinkServe("/index.php", func(w http.ResponseWriter) {
			// What io.Copy would not hide behind WriteTo.
			if n, err := w.(io.ReaderFrom).ReadFrom(body); n != 4 || err != nil {
				t.Errorf("%d %v", n, err)
			}
		})
		if err != nil || len(s.from) != 1 || s.from[0] != io.Reader(body) || s.Body.String() != "page" {
			t.Errorf("%v %v %q", err, s.from, s.Body)
		}
	})
	t.Run("lets ReadFrom copy a new script's body whole", func(t *testing.T) {
		want := bytes.Repeat([]byte("0123456789abcdef"), 1<<12)
		for _, size := range []int{0, 1, 199, 200, 201, 4095, 4096, 4097, len(want)} {
			s, err := provision(t, `{}`).sinkServe("/x.php", func(w http.ResponseWriter) {
				if n, err := w.(io.ReaderFrom).ReadFrom(bytes.NewReader(want[:size])); n != int64(size) || err != nil {
					t.Errorf("%d: %d %v", size, n, err)
				}
			})
			if err != nil || !bytes.Equal(s.Body.Bytes(), want[:size]) {
				t.Errorf("%d: %v, %d bytes", size, err, s.Body.Len())
			}
		}
	})
	t.Run("passes on a reader's error", func(t *testing.T) {
		for _, path := range []string{"/index.php", "/x.php"} {
			s, _ := provision(t, `{}`).sinkServe(path, func(w http.ResponseWriter) {
				broken := io.MultiReader(strings.NewReader("pa"), &failing{})
				if n, err := w.(io.ReaderFrom).ReadFrom(broken); n != 2 || !errors.Is(err, errNext) {
					t.Errorf("%s: %d %v", path, n, err)
				}
			})
			if s.Body.String() != "pa" {
				t.Errorf("%s: %q", path, s.Body)
			}
		}
	})
	t.Run("lets nothing of a refused answer through, whatever is called", func(t *testing.T) {
		for name, write := range map[string]func(http.ResponseWriter){
			"WriteHeader": func(w http.ResponseWriter) { w.WriteHeader(200) },
			"Write":       func(w http.ResponseWriter) { io.WriteString(w, "a") },
			"ReadFrom":    func(w http.ResponseWriter) { w.(io.ReaderFrom).ReadFrom(strings.NewReader("a")) },
			"Flush":       func(w http.ResponseWriter) { http.NewResponseController(w).Flush() },
			"Hijack":      func(w http.ResponseWriter) { http.NewResponseController(w).Hijack() },
			"nothing":     func(http.ResponseWriter) {},
			"Early Hints": func(w http.ResponseWriter) { w.WriteHeader(103) },
			"everything": func(w http.ResponseWriter) {
				w.WriteHeader(201)
				w.WriteHeader(500)
				io.WriteString(w, "a")
				http.NewResponseController(w).Flush()
				w.(io.ReaderFrom).ReadFrom(strings.NewReader("a"))
			},
		} {
			s, err := provision(t, refusing).sinkServe("/x.php", func(w http.ResponseWriter) {
				w.Header().Set("X-Shell", "1")
				write(w)
			})
			if err == nil || s.Body.Len() > 0 || len(s.statuses) > 0 || s.Flushed || len(s.Header()) > 0 {
				t.Errorf("%s: %v, %q %v %v", name, err, s.Body, s.statuses, s.Header())
			}
		}
	})
	t.Run("tells the handler that what it writes does not arrive", func(t *testing.T) {
		provision(t, refusing).sinkServe("/x.php", func(w http.ResponseWriter) {
			if n, err := io.WriteString(w, "a"); n != 0 || err == nil {
				t.Errorf("Write: %d %v", n, err)
			}
			if n, err := w.(io.ReaderFrom).ReadFrom(strings.NewReader("a")); n != 0 || err == nil {
				t.Errorf("ReadFrom: %d %v", n, err)
			}
			if _, _, err := http.NewResponseController(w).Hijack(); err == nil || errors.Is(err, http.ErrNotSupported) {
				t.Errorf("Hijack: %v", err)
			}
		})
	})
	t.Run("passes informational answers on where nothing may be refused", func(t *testing.T) {
		s, _ := provision(t, `{}`).sinkServe("/index.php", func(w http.ResponseWriter) {
			w.WriteHeader(103)
			w.WriteHeader(102)
			w.WriteHeader(204)
		})
		if !slices.Equal(s.statuses, []int{103, 102, 204}) {
			t.Errorf("%v", s.statuses)
		}
	})
	t.Run("lets a ResponseController reach the server", func(t *testing.T) {
		at := time.Now().Add(time.Hour)
		s, _ := provision(t, `{}`).sinkServe("/index.php", func(w http.ResponseWriter) {
			if err := http.NewResponseController(w).SetWriteDeadline(at); err != nil {
				t.Error(err)
			}
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Error(err)
			}
		})
		if !s.deadline.Equal(at) || !s.Flushed {
			t.Errorf("deadline %v, flushed %v", s.deadline, s.Flushed)
		}
	})
}

// failing is a reader that fails.
type failing struct{}

func (*failing) Read([]byte) (int, error) { return 0, errNext }
