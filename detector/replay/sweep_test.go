package replay

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// sized is a line of a combined log with the size of the answer.
func sized(at time.Time, client int, request string, size int) string {
	return strings.Replace(line(at, client, request+" HTTP/1.1", 200, "-"), " 512 ", fmt.Sprintf(" %d ", size), 1)
}

// A crawler asks a site that answers everything alike for six paths: that is one alert.
func TestSweepOverASiteThatAnswersEverythingAlike(t *testing.T) {
	paths := []string{"/wso.php", "/old/index.php", "/shop/cart.php", "/a/b/c.php", "/forum/view.php", "/news.php"}
	for _, tt := range []struct {
		name    string
		clients int
		every   time.Duration
		alike   bool
		want    int
	}{
		{"one client at once", 1, time.Second, true, 1},
		{"one client within hours", 1, 47 * time.Minute, true, 1},
		{"three clients", 3, 11 * time.Minute, true, 1},
		{"a client each", 6, time.Minute, true, 1},
		{"answers of their own", 1, time.Minute, false, 6},
	} {
		lines := week()
		for n, path := range paths {
			size := 6021
			if !tt.alike {
				size += n
			}
			lines = append(lines, sized(start.Add(6*24*time.Hour+time.Duration(n)*tt.every), 210+n%tt.clients, "GET "+path+"?id=1", size))
		}
		r, _ := replayed(t, half(), write(t, "access.log", strings.Join(lines, "")))
		if got := r.Summary.Alerts - 1; got != tt.want || r.Summary.Suspicious < len(paths) { // one is of the week's shell
			t.Errorf("%s: %d alerts, want %d: %+v", tt.name, got, tt.want, r.Summary)
		}
	}
}
