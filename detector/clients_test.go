package detector

import (
	"runtime"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector/client"
)

// A memory that nothing reaches any more must take its goroutines with it, though
// nobody may close a cache that is in use.
func TestClientsEndWithTheirMemory(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 20 {
		m := NewMemory(baseline.NewSite("a", start))
		m.clients.Meet(1, start, false)
		m.Flush()
	}
	for range 100 {
		runtime.GC()
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}

func TestVerdictsDoNotNeedTheClients(t *testing.T) {
	for _, forgets := range []bool{false, true} {
		w := newWatch(t)
		w.learn(same, "/a.php")
		for _, tt := range []struct {
			x    Exchange
			want Verdict
		}{
			{get("/a.php", 3), Clean},
			{get("/a.php", stranger), Clean},
			{get("/a.php", stranger).with(post).with(unreferred), Suspicious},
			{get("/x.php", stranger).with(post).with(unreferred), Suspicious},
			{get("/x.php", stranger).with(sends(formType, "pass="+opaque)), Malicious},
			{get("/uploads/x.php", stranger).with(post), Malicious},
			{get("/missing.php", stranger).with(status(404)), Clean},
		} {
			if forgets {
				w.m.clients = client.NewNetworks()
			}
			if o := w.see(tt.x); o.response != tt.want {
				t.Errorf("forgets %t, %s %s: %+v, want %v", forgets, tt.x.Method, tt.x.Path, o, tt.want)
			}
		}
	}
}
