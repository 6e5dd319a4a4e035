package replay

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// shop is a log of a week: forty networks read four pages, most of them with the style
// sheet, and twenty scanners ask for the same names and some of their own.
type shop struct {
	lines   []string
	referer bool
	missing func(name string) int // status of a name that is not there
}

func (s *shop) add(at time.Time, network int, request string, status int, referer string) {
	if !s.referer {
		referer = "-"
	}
	s.lines = append(s.lines, line(at, network, request+" HTTP/1.1", status, referer))
}

const shopPage = "https://example.com/page1.php"

// shellNames are what all scanners ask for.
var shellNames = []string{"/shell.php", "/1.php", "/c99.php", "/up.php", "/wso.php", "/alfa.php"}

func (s *shop) open(form func(n int, at time.Time)) {
	for n := range 7 * 24 * 6 {
		at := start.Add(time.Duration(n) * 10 * time.Minute)
		s.add(at, n%40, fmt.Sprintf("GET /page%d.php", n%4), 200, "https://example.com/")
		s.add(at.Add(time.Second), n%40, "GET /style.css", 200, shopPage)
		if n%50 == 49 {
			scanner := 200 + n/50
			for i, name := range append(slices.Clone(shellNames), fmt.Sprintf("/own-%d.php", n), fmt.Sprintf("/old/own-%d.php", n)) {
				s.add(at.Add(time.Duration(2+i)*time.Second), scanner, "GET "+name, s.missing(name), "-")
			}
		}
		form(n, at.Add(30*time.Second))
	}
}

func notFound(string) int { return 404 }

// A form that always answered otherwise than with success is the site's all the same.
func TestReplayKnowsFormsByAnyAnswer(t *testing.T) {
	for _, status := range []int{302, 307, 401, 403, 405, 422, 500} {
		for _, referer := range []bool{true, false} {
			s := &shop{referer: referer, missing: notFound}
			s.open(func(n int, at time.Time) {
				if n%20 == 10 {
					answer := status
					if n > 800 {
						answer = 200
					}
					s.add(at, n%40, "POST /form.php", answer, shopPage)
				}
			})
			r, alerts := replayed(t, half(), write(t, "access.log", strings.Join(s.lines, "")))
			if r.Summary.WouldBlock != 0 || len(alerts) != 0 || r.Summary.Scripts != 5 {
				t.Errorf("%d, Referer known %v: %+v\n%+v", status, referer, r.Summary, alerts)
			}
		}
	}
}

// What one network uses, such as an administrator, is listed for somebody to look at.
func TestReplayListsFormsThatOneNetworkUses(t *testing.T) {
	for _, referer := range []bool{true, false} {
		s := &shop{referer: referer, missing: notFound}
		s.open(func(n int, at time.Time) {
			if n%20 != 10 {
				return
			}
			answer := 302
			if n > 800 {
				answer = 200
			}
			for page := range 4 {
				s.add(at.Add(time.Duration(page)*time.Second), 7, fmt.Sprintf("GET /page%d.php", page), 200, shopPage)
			}
			for i := range 16 {
				s.add(at.Add(time.Duration(10+i)*time.Second), 7, fmt.Sprintf("POST /admin/%d.php", i), answer, "https://example.com/admin/")
			}
		})
		r, alerts := replayed(t, half(), write(t, "access.log", strings.Join(s.lines, "")))
		if r.Summary.WouldBlock != 0 || len(alerts) != 0 || r.Summary.Review+r.Summary.ReviewFurther != 16 {
			t.Errorf("Referer known %v: %+v\n%+v", referer, r.Summary, alerts)
		}
	}
}

// Names that scanners ask for are not made known, whatever the site answers to them: what
// lies there later is new.
func TestReplayKnowsNoNamesThatScannersAskFor(t *testing.T) {
	for name, missing := range map[string]func(string) int{
		"404":                      notFound,
		"a redirect to the login":  func(string) int { return 302 },
		"forbidden":                func(string) int { return 403 },
		"forbidden, but in /old":   func(name string) int { return map[bool]int{true: 404, false: 403}[strings.HasPrefix(name, "/old/")] },
		"forbidden by a few rules": func(name string) int { return map[bool]int{true: 403, false: 404}[len(name) <= 7] },
		"unauthorised":             func(string) int { return 401 },
	} {
		s := &shop{referer: true, missing: missing}
		s.open(func(n int, at time.Time) {
			if n > 900 {
				s.add(at, 250, "POST /shell.php", 200, "-")
			}
		})
		r, alerts := replayed(t, half(), write(t, "access.log", strings.Join(s.lines, "")))
		if r.Summary.Scripts != 4 || r.Summary.Alerts != 1 || alerts[0].Script != "/shell.php" || !strings.Contains(alerts[0].Sentence, "never seen before") {
			t.Errorf("%s: %+v\n%+v", name, r.Summary, alerts)
		}
	}
}
