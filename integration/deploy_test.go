package integration

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestPHPDeployManifest deploys the same forty scripts to two sites of one Caddy:
// nobody announces them to the first; the second is given the release's directory
// before it is copied, without a window, so that what else comes is no part of it.
func TestPHPDeployManifest(t *testing.T) {
	socket := startFPM(t)
	first, second := newSite(t), newSite(t)
	firstVisitor, secondVisitor := visitor{t: t, port: freePort(t)}, visitor{t: t, port: freePort(t)}
	c := startCaddy(t, strings.Replace(setups[0].sites(t, "log", firstVisitor.port, first, socket), "site php", "site first", 1)+
		strings.Replace(setups[0].sites(t, "log", secondVisitor.port, second, socket), "site php", "site second", 1))
	firstVisitor.teach("")
	secondVisitor.teach("")
	c.enforcing(2)

	told := func(site string) (lines int, text string) {
		for line := range strings.Lines(c.read("log.json")) {
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
	release := &site{t: t, root: shortDir(t)}
	copyTo := func(s *site) {
		t.Helper()
		for _, name := range names {
			s.put(name, page)
		}
	}
	visit := func(v visitor) (flagged int) {
		t.Helper()
		for n, name := range names {
			a := v.ask(request{method: http.MethodGet, path: "/" + name, network: stranger + n%5})
			if a.status != 200 {
				t.Fatalf("%s: %d %s", name, a.status, a.body)
			}
			if c.logged(a.mark).Guard.has(1001) {
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
	release.put("uploads/thumb.php", page) // a manifest vouches for no script among data
	c.must("40 scripts are trusted, 1 lie among data", "deploy", "second", "--for", "0s", "--manifest", release.root)
	copyTo(second)
	if n := visit(secondVisitor); n != 0 {
		t.Errorf("%d of %d scripts of the manifest are new", n, len(names))
	}
	if lines, text := told("second"); lines != 0 {
		t.Errorf("they are told by %d lines:\n%s", lines, text)
	}
	for n, name := range []string{"uploads/thumb.php", "release/0/other.php"} {
		second.drop(name)
		a := secondVisitor.post("/"+name, stranger+n)
		if e := c.logged(a.mark); e.Guard == nil || e.Guard.Script != "/"+name {
			t.Errorf("%s, which the manifest does not vouch for: %d %+v", name, a.status, e.Guard)
		}
		if lines, text := told("second"); lines != n+1 {
			t.Errorf("after %s, %d lines:\n%s", name, lines, text)
		}
	}

	// With a window what comes is the operator's, but for what lies among data.
	c.must("is open until", "deploy", "first", "--for", "10m")
	first.drop("announced.php")
	a := firstVisitor.get("/announced.php", stranger)
	if e := c.logged(a.mark); a.status != 200 || e.Guard != nil {
		t.Errorf("announced: %d %+v", a.status, e.Guard)
	}
	first.drop("uploads/z.php")
	a = firstVisitor.post("/uploads/z.php", stranger)
	if e := c.logged(a.mark); !e.Guard.has(1001) || !e.Guard.has(1010) {
		t.Errorf("among uploads, in the window: %d %+v", a.status, e.Guard)
	}
	if after, text := told("first"); after != lines+1 {
		t.Errorf("%d lines, %d before the window:\n%s", after, lines, text)
	}
}
