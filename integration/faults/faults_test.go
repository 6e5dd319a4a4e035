package main

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caddyserver/certmagic"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/integration/internal/process"
)

const savingFailed = "saving the baseline failed"

// Each reload saves. How a fault is counted and tried again is tested in
// caddymodule, where time is not waited for.
func TestStorageFaultsTouchNoRequest(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		fault string
		fails bool
		why   string
	}{
		{"full 1", true, "no space left on device"},
		{"full 700", true, "no space left on device"}, // has room for profiles, not for the manifest
		{"read-only", true, "read-only file system"},
		{"late 300ms", false, ""},
		{"garbage", false, ""},
	} {
		t.Run(tt.fault, func(t *testing.T) {
			t.Parallel()
			s := startTwins(t, process.Config{})
			global := s.global()
			s.alike("before", questions...)
			if err := s.caddy.Load(global, s.sites()); err != nil {
				t.Fatal(err)
			}
			if err := setFault(s.storage(), tt.fault); err != nil {
				t.Fatal(err)
			}
			logged := len(s.caddy.Log())
			var reload sync.WaitGroup
			reload.Go(func() {
				if err := s.caddy.Load(global, s.sites()); err != nil {
					t.Error(err)
				}
			})
			s.alikeWhileReloading("meanwhile", questions...)
			reload.Wait()
			s.alikeWhileReloading("afterwards", append(questions, question{"GET", "/learned-meanwhile.php", ""})...)
			told := strings.Count(s.caddy.Log()[logged:], savingFailed)
			if (told == 1) != tt.fails || !strings.Contains(s.caddy.Log()[logged:], tt.why) {
				t.Errorf("told %d times:\n%s", told, s.caddy.Log()[logged:])
			}
			if err := setFault(s.storage(), ""); err != nil {
				t.Fatal(err)
			}
			s.stop()
			site, stored, err := baseline.Open("twins", objects{storage: &certmagic.FileStorage{Path: s.storage()}, prefix: "webshell_guard/twins/"}, time.Now())
			if err != nil || !stored || site.Scripts.Lookup(baseline.Key{Path: "/learned-meanwhile.php"}) == nil {
				t.Errorf("stored %v, %v: what was learned meanwhile is lost", stored, err)
			}
		})
	}
}

func TestPanicsOfHandlersAreTheirs(t *testing.T) {
	t.Parallel()
	s := startTwins(t, process.Config{})
	for range 20 {
		outcomes := s.alike("panicking", question{"GET", "/panic.php", ""}, question{"POST", "/panic-late.php", "a=b"}, question{"GET", "/panic-late", ""},
			question{"GET", "/abort.php", ""}, question{"GET", "/index.php", ""})
		if !strings.Contains(outcomes[0], "EOF") || !strings.Contains(outcomes[4], "200 OK") {
			t.Fatalf("%q", outcomes)
		}
	}
}
