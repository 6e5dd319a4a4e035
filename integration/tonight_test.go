package integration

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// look runs replay or train on the directory's old log, which needs no running
// Caddy, and returns what it prints, by the type of the line.
func (c *caddyProcess) look(args ...string) map[string][]lookedAt {
	c.t.Helper()
	binary, err := built()
	if err != nil {
		c.t.Fatal(err)
	}
	args = append([]string{"webshell-guard"}, append(args, "--json", filepath.Join(c.dir, "old.log"))...)
	out, err := exec.Command(binary, args...).Output()
	if err != nil {
		c.t.Fatalf("%v: %v\n%s", args, err, out)
	}
	found := map[string][]lookedAt{}
	for line := range strings.Lines(string(out)) {
		var l lookedAt
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			c.t.Fatalf("%v: %s: %v", args, line, err)
		}
		found[l.Type] = append(found[l.Type], l)
	}
	return found
}

// lookedAt is a line of replay or train.
type lookedAt struct {
	Type, Script, Client, Verdict, Sentence string

	Line, Requests, Learned, Judged, Malformed int
}

// oldLog is what ten days of newSite leave behind, as Apache writes it: forty
// networks read and write, nobody asks for /index.php by its name, and on the
// ninth day one client begins to use /lib.php, at the lines returned.
func oldLog(now time.Time) (log string, shell []int) {
	var lines []string
	at := now.AddDate(0, 0, -11)
	add := func(network int, method, path, referer string) {
		at = at.Add(4 * time.Minute)
		lines = append(lines, fmt.Sprintf(`127.0.%d.1 - - [%s] "%s %s HTTP/1.1" 200 512 "%s" "Mozilla/5.0 (X11; Linux x86_64)"`,
			network, at.Format("02/Jan/2006:15:04:05 -0700"), method, path, referer))
	}
	const page = "http://shop.example/"
	for n := range 600 {
		network := 1 + n%40
		add(network, "GET", "/", "-")
		add(network, "GET", "/style.css", page)
		add(network, "GET", "/about.php", page)
		add(network, "GET", fmt.Sprintf("/blog/article-%d", n%7), page)
		if n%3 == 0 {
			add(network, "POST", "/contact.php", page)
		}
		if n >= 550 {
			add(stranger, "POST", "/lib.php", "-")
			shell = append(shell, len(lines))
		}
	}
	return strings.Join(lines, "\n") + "\n", shell
}

// TestPHPTonight is the responder who has no baseline, only last month's log.
func TestPHPTonight(t *testing.T) {
	s := newSite(t)
	v := visitor{t: t, port: freePort(t)}
	s.drop("lib.php")
	var shell []int
	c := startCaddyWith(t, "servers {\n\t\tprotocols h1\n\t}", fmt.Sprintf(`http://:%d {
	log
	root * %s
	webshell_guard log {
		site tonight
		learn 72h 0.95
		block_status 451
	}
	php_fastcgi unix/%s
	file_server
	handle_errors {
		respond "the site's own page for {err.status_code}"
	}
}
`, v.port, s.root, startFPM(t)), func(c *caddyProcess) {
		var log string
		log, shell = oldLog(time.Now())
		c.write("old.log", log)
	})

	baseline := filepath.Join(c.dir, "tonight.baseline")
	trained := c.look("train", "--save", baseline)
	reviewed := false
	for _, l := range trained["review"] {
		reviewed = reviewed || l.Script == "/lib.php"
	}
	if !reviewed {
		t.Errorf("the list to look at: %+v", trained["review"])
	}
	if sum := trained["summary"]; len(sum) != 1 || sum[0].Learned != sum[0].Requests || sum[0].Malformed != 0 {
		t.Errorf("trained: %+v", sum)
	}

	c.must("learning", "status", "tonight")
	c.must("enforcing", "import", "tonight", baseline)
	c.must("/lib.php", "scripts", "tonight", "--review")
	// A log does not tell that /index.php stands behind / and /blog/.
	c.must("nothing is refused", "contain", "tonight", "--rehearse")
	if a := v.get("/blog/article-1", 1); a.status != 200 {
		t.Errorf("rehearsing: %d", a.status)
	}
	c.must("/index.php", "contain", "tonight", "--rehearse")
	c.must("/index.php", "approve", "tonight", "/index.php")
	c.must("this node", "contain", "tonight", "--for", "2h")
	s.drop("unseen.php")
	s.drop("uploads/y.php")
	contained := func(when string) {
		t.Helper()
		for n, path := range []string{"/", "/about.php", "/style.css", "/blog/article-1", "/blog/article-of-today"} {
			if a := v.get(path, n); a.status != 200 {
				t.Errorf("%s: %s, which is the site's: %d %s", when, path, a.status, a.body)
			}
		}
		if a := v.post("/contact.php", 3); a.status != 200 || !strings.Contains(a.body, "thank you, value") {
			t.Errorf("%s: the form: %d %s", when, a.status, a.body)
		}
		for n, name := range []string{"lib.php", "unseen.php", "uploads/y.php"} {
			for _, a := range []answer{v.get("/"+name, stranger+n), v.post("/"+name, stranger+n)} {
				if a.status != 451 || a.body != "the site's own page for 451" || s.executed(name) {
					t.Errorf("%s: %s: %d %s", when, name, a.status, a.body)
				}
			}
		}
	}
	contained("tonight")
	c.kill()
	c.start()
	contained("after kill -9")

	replayed := c.look("replay")
	told := map[int]lookedAt{}
	for _, l := range replayed["alert"] {
		told[l.Line] = l
		if l.Script != "/lib.php" {
			t.Errorf("told of what is the site's: %+v", l)
		}
	}
	for _, line := range shell {
		if l := told[line]; l.Client != fmt.Sprintf("127.0.%d.1", stranger) || !strings.HasPrefix(l.Sentence, "POST to /lib.php: ") {
			t.Errorf("line %d: %+v", line, l)
		}
	}
	if sum := replayed["summary"]; len(sum) != 1 || sum[0].Judged == 0 || sum[0].Learned == 0 {
		t.Errorf("replayed: %+v", sum)
	}
}
