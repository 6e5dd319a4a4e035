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
	s.Phases.Enforce("test", start)
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
