package detector

import (
	"fmt"
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

const (
	// backOffice is how all pages of an application's staff begin, and nothingHere what
	// the site answers to missing names.
	backOffice = "<!doctype html><html class=toolbar><head><title>Back office</title></head><body class=staff>" +
		"<nav>Posts Media Pages Comments Appearance Users Tools Settings</nav>"
	nothingHere = "<html><title>Nothing found</title><h1>Oops</h1><p>That page cannot be found. Maybe try a search, or one of the links below?</p>"
)

// staffSite lets readers, staff and scanners of a site without a known root come by: its
// staff pages show a page once, and redirect otherwise.
func staffSite(t *testing.T, staff int, change func(*Exchange)) *watch {
	t.Helper()
	w := newWatch(t)
	clean := func(x Exchange) {
		t.Helper()
		if o := w.see(x); o.response != Clean {
			t.Fatalf("%s: %+v", x.Path, o)
		}
	}
	for n := range 40 {
		for _, page := range []string{"/a.php", "/b.php", "/c.php"} {
			clean(get(page, n).with(change).with(says("what only this page says, and it says it with more than twelve words: " + page)))
		}
	}
	for n := range staff {
		clean(get("/wp-admin/", n).with(change).with(says(backOffice)))
		for i := range 16 {
			path := fmt.Sprintf("/wp-admin/%d.php", i)
			clean(get(path, n).with(change).with(says("")).with(status(302)))
			clean(get(path, n).with(change).with(says(backOffice)))
			clean(get(path, n).with(change).with(post).with(says("")).with(status(303)))
		}
	}
	for n := range 5 {
		for _, name := range []string{"/1.php", "/shell.php", "/up.php", "/wp-content/x.php", fmt.Sprintf("/own-%d.php", n)} {
			clean(get(name, 500+n).with(unreferred).with(says(nothingHere)).with(status(404)))
		}
	}
	w.enforce()
	return w
}

func TestStaffPagesThatMostlyRedirectAreLearned(t *testing.T) {
	for name, change := range map[string]func(*Exchange){"by links": same, "without Referer": unreferred} {
		for staff, want := range map[int]baseline.Trust{1: baseline.Provisional, 4: baseline.Trusted} {
			w := staffSite(t, staff, change)
			for i := range 16 {
				p := w.m.Scripts.Lookup(baseline.Key{Path: fmt.Sprintf("/wp-admin/%d.php", i)})
				if p == nil || p.Trust() != want || p.Novel() || !p.KnowsMethod(baseline.MethodPost) || p.Networks() != staff {
					t.Fatalf("%s, %d networks: %+v", name, staff, p)
				}
			}
			o := w.see(get("/wp-admin/3.php", 2).with(change).with(post).with(says("saved")))
			if o.response != Clean || o.refuseRequest || o.refuseResponse {
				t.Errorf("%s, %d networks, the first 200 to a form: %+v", name, staff, o)
			}
			if list, further := w.m.Scripts.Review(); (len(list)+further == 16) != (staff == 1) {
				t.Errorf("%s, %d networks: %d on the review list", name, staff, len(list)+further)
			}
		}
	}
}

func TestShellsAreNewWhereStaffPagesRedirect(t *testing.T) {
	w := staffSite(t, 4, same)
	for n, answer := range []func(*Exchange){
		func(x *Exchange) { says("")(x); x.Status = 302 },
		func(x *Exchange) { says("uid=33(www-data)")(x); x.Status = 500 },
		says(backOffice),
	} {
		if o := w.see(get(fmt.Sprintf("/new-%d.php", n), stranger+n).with(unreferred).with(post).with(answer)); o.response == Clean || !o.has(1001) {
			t.Errorf("%d: %+v", n, o)
		}
	}
	if o := w.see(get("/shell.php", stranger).with(unreferred).with(says(nothingHere)).with(status(404))); o.response != Clean {
		t.Errorf("what is missing: %+v", o)
	}
}

func TestProbesAreOfScriptsThatAreNotThere(t *testing.T) {
	t.Run("an administrator who is redirected probes nothing", func(t *testing.T) {
		w := staffSite(t, 4, same)
		for i := range 20 {
			w.see(get(fmt.Sprintf("/plugin/%d.php", i), 3).with(says("")).with(status(302 + i%2)))
		}
		if o := w.see(get("/new.php", 3).with(unreferred)); o.has(1032) {
			t.Errorf("%+v", o)
		}
	})
	t.Run("nor while the site learns", func(t *testing.T) {
		w := newWatch(t)
		for i := range 20 {
			w.see(get(fmt.Sprintf("/wp-admin/%d.php", i), 3).with(says("")).with(status(302 + i%2)))
		}
		w.now = w.now.Add(1)
		w.learn(same, "/a.php")
		if o := w.see(get("/new.php", 3).with(unreferred)); o.has(1032) {
			t.Errorf("%+v", o)
		}
	})
	t.Run("a scanner does", func(t *testing.T) {
		for name, missing := range map[string]func(*Exchange){
			"404":      func(x *Exchange) { says(nothingHere)(x); x.Status = 404 },
			"a log":    status(404),
			"a page":   says(backOffice),
			"no files": func(x *Exchange) { rooted(x); x.Status = 403 },
		} {
			w := newWatch(t)
			w.files[baseline.Key{Root: "/srv", Path: "/a.php"}] = File{State: FileThere}
			w.see(get("/", 1).with(says(backOffice)))
			w.learn(rooted, "/a.php")
			for i := range 20 {
				w.see(get(fmt.Sprintf("/%d.php", i), stranger).with(unreferred).with(missing))
			}
			if o := w.see(get("/new.php", stranger).with(unreferred)); !o.has(1032) {
				t.Errorf("%s: %+v", name, o)
			}
		}
	})
}
