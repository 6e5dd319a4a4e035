package caddymodule

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// containedUnit is a handler whose site is contained.
func containedUnit(t *testing.T, config string, rehearse bool) unit {
	t.Helper()
	u := provision(t, config)
	m := memoryOf(t, "default")
	limits := u.detector.Limits()
	m.Decisions.SetTrust([]baseline.Key{{Path: "/denied.php"}}, baseline.Denied, baseline.Author{Via: "test"}, time.Now(), limits)
	m.Learn(baseline.Key{Path: "/late.php"}, baseline.Visit{Time: time.Now(), Status: 200, Network: 7}, limits)
	m.Containment.Begin(time.Hour, rehearse, baseline.Author{Via: "test"}, time.Now())
	return u
}

func status(t *testing.T, err error) int {
	t.Helper()
	if err == nil {
		return http.StatusOK
	}
	he, ok := errors.AsType[caddyhttp.HandlerError](err)
	if !ok {
		t.Fatalf("%v", err)
	}
	return he.StatusCode
}

func answering(status int) caddyhttp.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) error {
		w.WriteHeader(status)
		io.WriteString(w, "what the program says")
		return nil
	}
}

func TestContainment(t *testing.T) {
	for _, mode := range modeNames {
		for _, tt := range []struct {
			name      string
			r         *http.Request
			next      caddyhttp.HandlerFunc
			want      int
			beforeRun bool
		}{
			{"a trusted script is served", get("/index.php", visitor), answer, 200, false},
			{"a payload to a trusted script is judged as usual", get("/about.php?x=1", stranger), answer, 200, false},
			{"an unknown script is refused before it runs", get("/x.php", visitor), answer, 403, true},
			{"a provisional script is refused before it runs", get("/late.php", visitor), answer, 403, true},
			{"a denied script is refused before it runs", get("/denied.php", visitor), answer, 403, true},
			{"a script below a trusted one's name is the trusted one", get("/index.php/more", visitor), answer, 200, false},
			{"a disguised path that may mean an unknown script is refused", get("/x.php%00/index.php", visitor), answer, 403, true},
			{"the home page is served", get("/", visitor), answer, 200, false},
			{"a picture is served", get("/logo.png", visitor), answer, 200, false},
			{"a style sheet is served", get("/a/b.css", visitor), answer, 200, false},
			{"a page of HTML is served", get("/page.html", visitor), answer, 200, false},
			{"a payload to a picture is refused before it runs", post("/logo.png", visitor), answer, 403, true},
			{"a suffix nobody knows is refused before it runs", get("/x.weird", visitor), answer, 403, true},
			{"a picture that answers with a page is refused", get("/logo.png", visitor), func(w http.ResponseWriter, _ *http.Request) error {
				w.Header().Set("Content-Type", "text/html")
				io.WriteString(w, "a shell")
				return nil
			}, 403, false},
			{"a route nobody learned is refused", get("/route", visitor), answer, 403, false},
			{"a route that runs a trusted script is served", get("/pretty/url", visitor), func(w http.ResponseWriter, r *http.Request) error {
				r.URL.Path = "/index.php"
				return answer(w, r)
			}, 200, false},
			{"a route that runs an unknown script is refused", get("/pretty/url", visitor), func(w http.ResponseWriter, r *http.Request) error {
				r.URL.Path = "/x.php"
				return answer(w, r)
			}, 403, false},
			{"what is missing gets the server's 404", get("/missing.png", visitor), func(http.ResponseWriter, *http.Request) error {
				return caddyhttp.Error(http.StatusNotFound, errors.New("no file"))
			}, 404, false},
			{"a program's own 404 keeps the status only", get("/route", visitor), answering(404), 404, false},
			{"an error that the server renders passes", get("/route", visitor), func(http.ResponseWriter, *http.Request) error {
				return caddyhttp.Error(http.StatusBadGateway, errors.New("upstream"))
			}, 502, false},
		} {
			t.Run("in mode "+mode+" "+tt.name, func(t *testing.T) {
				u := containedUnit(t, `{"mode":"`+mode+`"}`, false)
				ran := false
				w, err := u.serve(tt.r.Clone(tt.r.Context()), func(w http.ResponseWriter, r *http.Request) error {
					ran = true
					return tt.next(w, r)
				})
				if got := status(t, err); got != tt.want {
					t.Errorf("%d, %v", got, err)
				}
				if ran == tt.beforeRun {
					t.Errorf("ran: %v", ran)
				}
				if tt.want >= 400 && w.Body.Len() > 0 {
					t.Errorf("its output passes: %q", w.Body)
				}
			})
		}
	}
}

func TestContainmentOfRoutes(t *testing.T) {
	u := provision(t, `{}`)
	m, limits := memoryOf(t, "default"), u.detector.Limits()
	m.Phases.Relearn(baseline.Author{Via: "test"}, time.Now())
	m.LearnRoute(baseline.Key{Path: m.Routes.Learn("", "/user/7", 1)}, baseline.Visit{Time: time.Now(), Status: 200}, limits)
	m.Directories.Learn("", "/blog/", false)
	m.Directories.LearnExtension("/x.action", true)
	m.Directories.LearnExtension("/x.weird", false)
	for n := range 100 {
		m.Directories.LearnExtension("/x.css", n == 50) // a stray payload
	}
	m.Phases.Enforce(baseline.Author{Via: "test"}, time.Now())
	m.Decisions.SetTrust([]baseline.Key{{Path: "/api"}}, baseline.Trusted, baseline.Author{Via: "test"}, time.Now(), limits)
	m.Decisions.SetTrust([]baseline.Key{{Path: "/evil"}}, baseline.Denied, baseline.Author{Via: "test"}, time.Now(), limits)
	m.Containment.Begin(0, false, baseline.Author{Via: "test"}, time.Now())
	for path, want := range map[string]int{
		"/style.css": 200, "/user/8": 200, "/user": 403, "/blog/": 200, "/other/": 403, "/blog/uploads/": 403, "/x.action": 403, "/x.weird": 200,
		"/api": 200, "/evil": 403, "/user/9?q=1": 200,
	} {
		if _, err := u.serve(get(path, visitor), answer); status(t, err) != want {
			t.Errorf("%s: %v", path, err)
		}
	}
	for path, want := range map[string]int{"/blog": 200, "/nowhere": 403} {
		if _, err := u.serve(get(path, visitor), answering(http.StatusPermanentRedirect)); status(t, err) != want {
			t.Errorf("%s: %v", path, err)
		}
	}
	for path, want := range map[string]int{"/user/8": 403, "/blog/": 403, "/x.weird": 403, "/api": 200} {
		if _, err := u.serve(post(path, visitor), answer); status(t, err) != want {
			t.Errorf("POST %s: %v", path, err)
		}
	}
}

func TestContainmentWhereTheRootIsKnown(t *testing.T) {
	root := t.TempDir()
	os.MkdirAll(filepath.Join(root, "dir"), 0o755)
	os.WriteFile(filepath.Join(root, "shell.php"), nil, 0o644)
	os.WriteFile(filepath.Join(root, "dir", "index.php"), nil, 0o644)
	u := provision(t, fmt.Sprintf(`{"root":%q}`, root))
	m := memoryOf(t, "default")
	m.Decisions.SetTrust([]baseline.Key{{Path: "/denied.php"}}, baseline.Denied, baseline.Author{Via: "before any root was known"}, time.Now(), u.detector.Limits())
	m.Containment.Begin(0, false, baseline.Author{Via: "test"}, time.Now())
	for path, want := range map[string]int{"/shell.php": 403, "/missing.php": 404, "/denied.php": 403, "/dir/": 403, "/missing.weird": 404} {
		_, err := u.serve(get(path, visitor), func(http.ResponseWriter, *http.Request) error {
			return caddyhttp.Error(http.StatusNotFound, errors.New("no file"))
		})
		if got := status(t, err); got != want {
			t.Errorf("%s: %d", path, got)
		}
	}
}

func TestContainmentLearnsNothing(t *testing.T) {
	u := containedUnit(t, `{}`, false)
	m := memoryOf(t, "default")
	visits, scripts, last := m.Scripts.Visits(), m.Scripts.Count(baseline.Provisional), m.Scripts.Lookup(baseline.Key{Path: "/index.php"}).LastSeen()
	for _, r := range []*http.Request{get("/index.php", stranger), post("/index.php", stranger), get("/new.php", stranger), get("/route", stranger)} {
		u.serve(r, answer)
	}
	p := m.Scripts.Lookup(baseline.Key{Path: "/index.php"})
	if m.Scripts.Visits() != visits || m.Scripts.Count(baseline.Provisional) != scripts || !p.LastSeen().Equal(last) || p.StrangeNetworks() > 0 {
		t.Error("it learned")
	}
}

func TestContainmentLists(t *testing.T) {
	for _, rehearse := range []bool{false, true} {
		t.Run(fmt.Sprintf("rehearsal %v", rehearse), func(t *testing.T) {
			u := containedUnit(t, `{}`, rehearse)
			for range 3 {
				_, err := u.serve(post("/late.php", visitor), answer)
				if got := status(t, err); (got == 403) == rehearse {
					t.Errorf("rehearsal %v: %d", rehearse, got)
				}
			}
			u.serve(get("/late.php", visitor), answer)
			u.serve(get("/route", visitor), answer)
			u.serve(get("/index.php", visitor), answer)
			list, missed := memoryOf(t, "default").Containment.Refusals()
			if len(list) != 2 || list[0].Path != "/late.php" || list[0].Count != 4 || len(list[0].Methods) != 2 || !list[0].Known || list[1].Path != "/route" || missed != 0 {
				t.Errorf("rehearsal %v: %+v", rehearse, list)
			}
			if n := metric(t, u.registry, "contained", "site", "default"); (n == 1) == rehearse {
				t.Errorf("rehearsal %v: metric %v", rehearse, n)
			}
			if n := metric(t, u.registry, "signals_total", "site", "default", "signal", "contained"); (n == 5) == rehearse {
				t.Errorf("rehearsal %v: signals %v", rehearse, n)
			}
			day := memoryOf(t, "default").Activity.Last(24, time.Now())
			if day.Requests != 6 {
				t.Errorf("%+v", day)
			}
		})
	}
}

func TestContainmentEnds(t *testing.T) {
	u := provision(t, `{}`)
	m := memoryOf(t, "default")
	m.Containment.Begin(50*time.Millisecond, false, baseline.Author{Via: "test"}, time.Now())
	if _, err := u.serve(get("/x.php", visitor), answer); status(t, err) != 403 {
		t.Error("it does not begin")
	}
	time.Sleep(60 * time.Millisecond)
	if _, err := u.serve(get("/x.php", visitor), answer); status(t, err) != 200 {
		t.Error("it does not end")
	}
	u.site.lapse(time.Now(), u.logger, u.app.emit)
	u.site.lapse(time.Now(), u.logger, u.app.emit)
	if n := u.logs.FilterMessageSnippet("containment has ended").Len(); n != 1 {
		t.Errorf("told %d times", n)
	}
}

// A guard that fails must not open what is contained.
func TestContainmentHoldsWhenTheGuardFails(t *testing.T) {
	u := containedUnit(t, `{}`, false)
	u.detector = nil
	if _, err := u.serve(get("/x.php", visitor), answer); status(t, err) != 403 {
		t.Error("served")
	}
}
