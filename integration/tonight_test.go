package integration

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// offline runs a command that needs no running Caddy.
func (c *caddyProcess) offline(args ...string) string {
	c.t.Helper()
	binary, err := built()
	if err != nil {
		c.t.Fatal(err)
	}
	out, err := exec.Command(binary, append([]string{"webshell-guard"}, args...)...).CombinedOutput()
	if err != nil {
		c.t.Fatalf("%v: %v\n%s", args, err, out)
	}
	return string(out)
}

// TestPHPTonight is the responder who installs the guard in the night of a break-in,
// and has nothing but the logs of the last weeks.
func TestPHPTonight(t *testing.T) {
	s := newSite(t)
	v := visitor{t: t, port: freePort(t)}
	c := startCaddy(t, strings.Replace(setups[0].sites(t, "log", v.port, s, startFPM(t)), "learn 2s 0.95", "learn 72h", 1))

	var log strings.Builder
	begin := time.Now().Add(-20 * 24 * time.Hour)
	line := func(at time.Time, network int, request, referer string) {
		fmt.Fprintf(&log, "10.1.%d.9 - - [%s] %q 200 700 %q \"Mozilla/5.0\"\n", network, at.Format("02/Jan/2006:15:04:05 -0700"), request, referer)
	}
	for n := range 20 * 24 * 6 {
		at := begin.Add(time.Duration(n) * 10 * time.Minute)
		line(at, n%50, "GET "+[]string{"/", "/about.php", "/contact.php", "/style.css"}[n%4]+" HTTP/1.1", "https://shop.example/")
		if n%40 == 0 {
			line(at, n%50, "POST /contact.php HTTP/1.1", "https://shop.example/contact.php")
		}
		if n == 400 || n == 500 { // there all the time, for one client
			line(at, 200, "POST /inc/old.php HTTP/1.1", "-")
		}
		if n > 2000 && n < 2010 {
			line(at, 201, "POST /lib.php HTTP/1.1", "-")
		}
	}
	c.write("old.log", log.String())
	old, base := filepath.Join(c.dir, "old.log"), filepath.Join(c.dir, "shop.baseline")

	if out := c.offline("replay", old); !strings.Contains(out, "/lib.php") || !strings.Contains(out, "/inc/old.php") || strings.Contains(out, "/about.php") {
		t.Errorf("the hunt: %s", out)
	}
	// Learned is what was before the break-in.
	if out := c.offline("train", "--save", base, old); !strings.Contains(out, "/inc/old.php") {
		t.Errorf("the list to look at: %s", out)
	}
	c.must("", "import", "php", base)
	c.must("/inc/old.php", "scripts", "php", "--review")
	c.must("", "deny", "php", "/inc/old.php", "/lib.php")
	c.must("", "approve", "php", "/index.php") // pretty URLs run it, and no log names it
	c.must("", "contain", "php", "--for", "1h")

	for _, name := range []string{"inc/old.php", "lib.php", "unseen.php"} {
		s.drop(name)
		if a := v.post("/"+name, stranger); a.status != 403 || s.executed(name) {
			t.Errorf("%s: %d", name, a.status)
		}
	}
	for n, path := range []string{"/", "/about.php", "/contact.php", "/style.css", "/pretty/url"} {
		if a := v.get(path, n); a.status != 200 {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
}
