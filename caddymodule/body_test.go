package caddymodule

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// form is a POST of a form from the network given.
func form(path, body string, network int) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1"+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return prepared(r, network)
}

// reads is an upstream that reads the whole body and answers.
func reads(t *testing.T, want string) caddyhttp.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		got, err := io.ReadAll(r.Body)
		if err != nil || string(got) != want {
			t.Errorf("the upstream read %d bytes, %v", len(got), err)
		}
		return errors.Join(err, r.Body.Close(), answer(w, r))
	}
}

func TestBodyIsLookedAt(t *testing.T) {
	opaque := "pass=" + strings.Repeat("QUJDREVGR0hJSktMTU5P", 1000) // more than is looked at
	t.Run("and a new script refused for it, when it answers", func(t *testing.T) {
		u := provision(t, `{"mode":"block"}`)
		r := form("/x.php", opaque, stranger)
		r.Header.Set("Expect", "100-continue") // otherwise the beginning is read before
		w, err := u.serve(r, reads(t, opaque))
		var refused caddyhttp.HandlerError
		if !errors.As(err, &refused) || refused.StatusCode != 403 || w.Body.Len() > 0 {
			t.Errorf("%v %q", err, w.Body)
		}
	})
	t.Run("unless that is off", func(t *testing.T) {
		u := provision(t, `{"mode":"block","inspect_body":"off"}`)
		if _, err := u.serve(form("/x.php", opaque, stranger), reads(t, opaque)); err != nil {
			t.Error(err)
		}
	})
	t.Run("as far as the option says", func(t *testing.T) {
		u := provision(t, `{"mode":"block","inspect_body":"100B"}`)
		if _, err := u.serve(form("/x.php", opaque, stranger), reads(t, opaque)); err != nil {
			t.Error(err)
		}
	})
	t.Run("as far as the upstream reads it", func(t *testing.T) {
		u := provision(t, `{"mode":"block"}`)
		r := form("/x.php", opaque, stranger)
		r.Header.Set("Expect", "100-continue")
		if _, err := u.serve(r, answer); err != nil {
			t.Error(err)
		}
	})
}

func TestBodyMayBeReadAfterTheHandlerHasReturned(t *testing.T) {
	// As http.Transport does when an upstream answers early.
	u := provision(t, `{}`)
	for n := range 20 {
		body, done := strings.Repeat("a=b&", 5000), make(chan struct{})
		_, err := u.serve(form("/about.php", body, n), func(w http.ResponseWriter, r *http.Request) error {
			go func() {
				defer close(done)
				if got, err := io.ReadAll(r.Body); err != nil || len(got) != len(body) {
					t.Errorf("%d bytes, %v", len(got), err)
				}
			}()
			return answer(w, r)
		})
		if err != nil {
			t.Error(err)
		}
		u.serve(get("/index.php", n), answer) // takes the transaction from the pool
		<-done
	}
}

func TestBodyOfAnUnknownLength(t *testing.T) {
	u := provision(t, `{"mode":"block"}`)
	body := fmt.Sprintf("pass=%s", strings.Repeat("QUJD", 200))
	r := form("/x.php", body, stranger)
	r.ContentLength = -1
	r.Header.Set("Expect", "100-continue")
	if _, err := u.serve(r, reads(t, body)); err == nil {
		t.Error("a chunked body is not looked at")
	}
}

func TestBufferOfABodyIsOneRequestsAtATime(t *testing.T) {
	const mine, later = "name=Ann&text=hello", "what a stray goroutine reads"
	buffer := make([]byte, 1<<10)
	b := &bodyTee{ReadCloser: io.NopCloser(strings.NewReader(mine + later)), buffer: &buffer, limit: int64(len(buffer))}
	if _, err := io.ReadFull(b, make([]byte, len(mine))); err != nil || string(b.prefix()) != mine {
		t.Fatalf("%v, took down %q", err, b.prefix())
	}
	if got := b.release(); got != &buffer {
		t.Errorf("gave up %p instead of %p", got, &buffer)
	}
	if rest, err := io.ReadAll(b); err != nil || string(rest) != later {
		t.Errorf("read on to %q, %v", rest, err)
	}
	if strings.Contains(string(buffer), later) || b.release() != nil {
		t.Errorf("the buffer is another's by now: %.60q", buffer)
	}
	b = prefetched(io.NopCloser(strings.NewReader(mine)), 10, time.Second)
	if b.release() != nil {
		t.Error("gave up what may still be read to")
	}
}
