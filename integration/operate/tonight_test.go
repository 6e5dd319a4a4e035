package operate

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/integration/internal/lab"
)

// look runs replay or train on the directory's old log, which needs no running
// Caddy, and returns what it prints, by the type of the line.
func look(t *testing.T, c *lab.Caddy, args ...string) map[string][]lookedAt {
	t.Helper()
	args = append([]string{"webshell-guard"}, append(args, "--json", filepath.Join(c.Dir, "old.log"))...)
	out, err := exec.Command(lab.Binary(t), args...).Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", args, err, out)
	}
	found := map[string][]lookedAt{}
	for line := range strings.Lines(string(out)) {
		var l lookedAt
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatalf("%v: %s: %v", args, line, err)
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

// oldLog is what ten days of lab.NewSite leave behind, as Apache writes it: forty
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
			add(lab.Stranger, "POST", "/lib.php", "-")
			shell = append(shell, len(lines))
		}
	}
	return strings.Join(lines, "\n") + "\n", shell
}

// TestPHPTonight is the responder who has no baseline, only last month's log.
func TestPHPTonight(t *testing.T) {
	s := lab.NewSite(t)
	v := lab.NewVisitor(t)
	s.Drop("lib.php")
	var shell []int
	c := lab.StartCaddyWith(t, "servers {\n\t\tprotocols h1\n\t}", fmt.Sprintf(`http://:%d {
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
`, v.Port, s.Root, lab.StartFPM(t)), func(c *lab.Caddy) {
		var log string
		log, shell = oldLog(time.Now())
		c.Write("old.log", log)
	})

	baseline := filepath.Join(c.Dir, "tonight.baseline")
	trained := look(t, c, "train", "--save", baseline)
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

	c.Must("learning", "status", "tonight")
	c.Must("enforcing", "import", "tonight", baseline)
	c.Must("/lib.php", "scripts", "tonight", "--review")
	// A log does not tell that /index.php stands behind / and /blog/.
	c.Must("nothing is refused", "contain", "tonight", "--rehearse")
	if a := v.Get("/blog/article-1", 1); a.Status != 200 {
		t.Errorf("rehearsing: %d", a.Status)
	}
	c.Must("/index.php", "contain", "tonight", "--rehearse")
	c.Must("/index.php", "approve", "tonight", "/index.php")
	c.Must("this node", "contain", "tonight", "--for", "2h")
	s.Drop("unseen.php")
	s.Drop("uploads/y.php")
	contained := func(when string) {
		t.Helper()
		for n, path := range []string{"/", "/about.php", "/style.css", "/blog/article-1", "/blog/article-of-today"} {
			if a := v.Get(path, n); a.Status != 200 {
				t.Errorf("%s: %s, which is the site's: %d %s", when, path, a.Status, a.Body)
			}
		}
		if a := v.Post("/contact.php", 3); a.Status != 200 || !strings.Contains(a.Body, "thank you, value") {
			t.Errorf("%s: the form: %d %s", when, a.Status, a.Body)
		}
		for n, name := range []string{"lib.php", "unseen.php", "uploads/y.php"} {
			for _, a := range []lab.Answer{v.Get("/"+name, lab.Stranger+n), v.Post("/"+name, lab.Stranger+n)} {
				if a.Status != 451 || a.Body != "the site's own page for 451" || s.Executed(name) {
					t.Errorf("%s: %s: %d %s", when, name, a.Status, a.Body)
				}
			}
		}
	}
	contained("tonight")
	c.Kill()
	c.Start()
	contained("after kill -9")

	replayed := look(t, c, "replay")
	told := map[int]lookedAt{}
	for _, l := range replayed["alert"] {
		told[l.Line] = l
		if l.Script != "/lib.php" {
			t.Errorf("told of what is the site's: %+v", l)
		}
	}
	for _, line := range shell {
		if l := told[line]; l.Client != fmt.Sprintf("127.0.%d.1", lab.Stranger) || !strings.HasPrefix(l.Sentence, "POST to /lib.php: ") {
			t.Errorf("line %d: %+v", line, l)
		}
	}
	if sum := replayed["summary"]; len(sum) != 1 || sum[0].Judged == 0 || sum[0].Learned == 0 {
		t.Errorf("replayed: %+v", sum)
	}
}
