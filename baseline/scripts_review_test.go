package baseline

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestReviewIsShortAndRiskiestFirst(t *testing.T) {
	s := NewSite("a", start)
	browse := RequestFeatures{Referrer: "https://example.com/"}
	learn := func(path string, m Method, networks int, look RequestFeatures) {
		for n := range networks {
			s.Learn(Key{Path: path}, Visit{Time: start, Method: m, Status: 200, Network: network(s, n), Features: look}, limits)
		}
	}
	for n := range 30 {
		learn(fmt.Sprintf("/page%02d.php", n), MethodGet, 5, browse)
	}
	for n := range 30 {
		learn(fmt.Sprintf("/rare%02d.php", n), MethodGet, 2, browse)
	}
	learn("/uploads/shell.php", MethodPost, 1, RequestFeatures{})
	learn("/lib/shell.php", MethodPost, 1, RequestFeatures{})
	learn("/form.php", MethodPost, 2, browse)
	s.Phases.Enforce(Author{Via: "test"}, start)
	visit(s, "/late.php", 1, start.Add(time.Hour))
	var got []string
	review, _ := s.Scripts.Review()
	for _, p := range review {
		got = append(got, p.Key().Path)
	}
	if len(got) != 10 || strings.Join(got[:3], " ") != "/uploads/shell.php /lib/shell.php /form.php" {
		t.Errorf("review list: %v", got)
	}
}

// A denied script is refused without any containment, and what only a decision made
// known was visited by nobody.
func TestOverdueIsWhatContainmentWouldRefuse(t *testing.T) {
	s := NewSite("a", start)
	visit(s, "/trusted.php", 1, start)
	s.Phases.Enforce(Author{Via: "test"}, start)
	now := start.Add(time.Hour)
	visit(s, "/late.php", 1, now)
	s.Note(Key{Path: "/flagged.php"}, Visit{Time: now, Method: MethodPost, Status: 200, Network: 1}, limits)
	visit(s, "/visited-and-denied.php", 1, now)
	s.Decisions.SetTrust([]Key{{Path: "/visited-and-denied.php"}}, Denied, Author{Via: "test"}, now, limits)
	s.Decisions.SetTrust([]Key{{Path: "/denied.php"}}, Denied, Author{Via: "test"}, now, limits)
	s.Decisions.Adopt(Manifest{Listed: []Key{{Path: "/uploads/listed.php"}}}, Author{Via: "test"}, now, limits)
	var got []string
	for _, p := range s.Scripts.Overdue(start) {
		got = append(got, p.Key().Path)
	}
	if list := strings.Join(got, " "); list != "/flagged.php /late.php" {
		t.Errorf("overdue: %s", list)
	}
}
