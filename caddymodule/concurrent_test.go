package caddymodule

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"
)

// For the race detector.
func TestConcurrentRequests(t *testing.T) {
	u := provision(t, `{"mode":"block","threshold":{"suspicious":10,"malicious":10}}`)
	storage := t.TempDir()
	const requests = 300
	var wg sync.WaitGroup
	for n := range 4 {
		wg.Go(func() {
			for i := range requests {
				u.serve(get("/index.php", n), answer)
				u.serve(post("/index.php", n), answer)
				u.serve(get(fmt.Sprintf("/%d.php", i), n), answer)
				u.serve(post(fmt.Sprintf("/uploads/%d.php", i), n), answer)
			}
		})
	}
	wg.Go(func() {
		for i := range 20 {
			if _, err := u.site.save(t.Context(), objectsIn(t, storage, "default").storage, false, zap.NewNop()); err != nil {
				t.Error(err)
			}
			u.site.summarise(time.Now().Add(time.Duration(i)*time.Hour), zap.NewNop())
			u.site.finishLearning(time.Now(), u.detector.Limits(), zap.NewNop(), u.app.emit)
			u.registry.Gather()
		}
	})
	wg.Wait()
	total := 0.0
	for _, verdict := range []string{"clean", "suspicious", "malicious", "unjudged"} {
		for _, action := range []string{"none", "tag", "block"} {
			total += metric(t, u.registry, "requests_total", "site", "default", "verdict", verdict, "action", action)
		}
	}
	if total != 4*4*requests {
		t.Errorf("%v requests counted of %d", total, 4*4*requests)
	}
}

func TestHintsFromAnotherGoroutine(t *testing.T) {
	// As reverse_proxy's transport writes them, while the answer begins.
	u := provision(t, `{"mode":"block"}`)
	for range 100 {
		var hints sync.WaitGroup
		u.serve(get("/x.php", visitor), func(w http.ResponseWriter, r *http.Request) error {
			hints.Go(func() { w.WriteHeader(http.StatusEarlyHints) })
			return answer(w, r)
		})
		hints.Wait()
	}
}

func TestWriterThatOutlivesItsRequest(t *testing.T) {
	u := provision(t, `{}`)
	var kept http.ResponseWriter
	first, _ := u.serve(post("/x.php", visitor), func(w http.ResponseWriter, _ *http.Request) error {
		kept = w
		return caddyhttp.Error(http.StatusNotFound, errNext)
	})
	second, err := u.serve(get("/index.php", visitor), func(w http.ResponseWriter, r *http.Request) error {
		kept.WriteHeader(http.StatusTeapot)
		kept.Write([]byte("late"))
		return answer(w, r)
	})
	if err != nil || second.Code != 200 || second.Body.String() != "page" || first.Body.String() != "late" {
		t.Errorf("%v %d %q %q", err, second.Code, second.Body, first.Body)
	}
}
