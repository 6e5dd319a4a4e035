package operate

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/integration/internal/lab"
)

// TestPHPDeployManifest deploys the same forty scripts to two sites of one Caddy:
// nobody announces them to the first; the second is given the release's directory
// before it is copied, without a window, so that what else comes is no part of it.
func TestPHPDeployManifest(t *testing.T) {
	socket := lab.StartFPM(t)
	first, second := lab.NewSite(t), lab.NewSite(t)
	firstVisitor, secondVisitor := lab.NewVisitor(t), lab.NewVisitor(t)
	c := lab.StartCaddy(t, strings.Replace(lab.FastCGI().Sites(t, "log", firstVisitor.Port, first, socket), "site php", "site first", 1)+
		strings.Replace(lab.FastCGI().Sites(t, "log", secondVisitor.Port, second, socket), "site php", "site second", 1))
	firstVisitor.Teach("")
	secondVisitor.Teach("")
	c.Enforcing(2)

	told := func(site string) (lines int, text string) {
		for line := range strings.Lines(c.Read("log.json")) {
			var alert struct{ Msg, Site string }
			if json.Unmarshal([]byte(line), &alert) == nil && alert.Msg == "alert" && alert.Site == site {
				lines++
				text += line
			}
		}
		return lines, text
	}
	var names []string
	for n := range 40 {
		names = append(names, fmt.Sprintf("release/%d/page%d.php", n%4, n))
	}
	const page = `<!doctype html><title>new</title><p>a page of the release`
	release := lab.EmptySite(t)
	copyTo := func(s *lab.Site) {
		t.Helper()
		for _, name := range names {
			s.Put(name, page)
		}
	}
	visit := func(v lab.Visitor) (flagged int) {
		t.Helper()
		for n, name := range names {
			a := v.Ask(lab.Request{Method: http.MethodGet, Path: "/" + name, Network: lab.Stranger + n%5})
			if a.Status != 200 {
				t.Fatalf("%s: %d %s", name, a.Status, a.Body)
			}
			if c.Logged(a.Mark).Guard.Has(1001) {
				flagged++
			}
		}
		return flagged
	}

	copyTo(first)
	if n := visit(firstVisitor); n != len(names) {
		t.Errorf("%d of %d scripts that nobody announced are new", n, len(names))
	}
	lines, text := told("first")
	if lines == 0 || lines > 4 || !strings.Contains(text, "deploy or mass drop? 3 new scripts under /release/") {
		t.Errorf("they are told by %d lines:\n%s", lines, text)
	}

	copyTo(release)
	release.Put("uploads/thumb.php", page) // a manifest vouches for no script among data
	c.Must("40 scripts are trusted, 1 lie among data", "deploy", "second", "--for", "0s", "--manifest", release.Root)
	copyTo(second)
	if n := visit(secondVisitor); n != 0 {
		t.Errorf("%d of %d scripts of the manifest are new", n, len(names))
	}
	if lines, text := told("second"); lines != 0 {
		t.Errorf("they are told by %d lines:\n%s", lines, text)
	}
	for n, name := range []string{"uploads/thumb.php", "release/0/other.php"} {
		second.Drop(name)
		a := secondVisitor.Post("/"+name, lab.Stranger+n)
		if e := c.Logged(a.Mark); e.Guard == nil || e.Guard.Script != "/"+name {
			t.Errorf("%s, which the manifest does not vouch for: %d %+v", name, a.Status, e.Guard)
		}
		if lines, text := told("second"); lines != n+1 {
			t.Errorf("after %s, %d lines:\n%s", name, lines, text)
		}
	}

	// With a window what comes is the operator's, but for what lies among data.
	c.Must("is open until", "deploy", "first", "--for", "10m")
	first.Drop("announced.php")
	a := firstVisitor.Get("/announced.php", lab.Stranger)
	if e := c.Logged(a.Mark); a.Status != 200 || e.Guard != nil {
		t.Errorf("announced: %d %+v", a.Status, e.Guard)
	}
	first.Drop("uploads/z.php")
	a = firstVisitor.Post("/uploads/z.php", lab.Stranger)
	if e := c.Logged(a.Mark); !e.Guard.Has(1001) || !e.Guard.Has(1010) {
		t.Errorf("among uploads, in the window: %d %+v", a.Status, e.Guard)
	}
	if after, text := told("first"); after != lines+1 {
		t.Errorf("%d lines, %d before the window:\n%s", after, lines, text)
	}
}
