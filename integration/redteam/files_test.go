package redteam

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
	"github.com/webshell-guard/caddy-webshell-guard/integration/internal/lab"
)

// fileAttacks are on what the guard sees of files. All are of sites with a root.
var fileAttacks = []attack{
	{
		"A shell in a directory that is older than the guard, and that is moved into the root, behind php_fastcgi", "request 1: malicious, refused before it ran",
		func(t *testing.T) string { return oldDirectory(t, os.Rename) },
	},
	{
		"The same, and the directory is linked there", "request 1: malicious, refused before it ran",
		func(t *testing.T) string { return oldDirectory(t, os.Symlink) },
	},
	{
		"A shell in a directory that Caddy may not enter", "request 1: malicious, refused before it ran",
		func(t *testing.T) string {
			s := learned(t, "/srv")
			s.files[s.key("/private/x.php")] = detector.File{Hidden: true}
			return s.outcome(s.post("/private/x.php", attacker(0)))
		},
	},
	{
		"A shell that is only read, and answers without markup, behind php_fastcgi", "request 1: malicious, answer refused",
		func(t *testing.T) string { return readShell(t, "") },
	},
	{
		"The same, and it answers with markup", "request 1: suspicious",
		func(t *testing.T) string { return readShell(t, "<pre>") },
	},
	{
		"A shell among style sheets that is only read, and answers with markup", "request 1: malicious, refused before it ran",
		func(t *testing.T) string {
			s := newTarget(t, "/srv")
			s.liveUntilEnforcing(func() {
				for n := range 10 {
					s.honest(s.get("/css/site.css", honest(n), referred, func(x *detector.Exchange) { x.ContentType = "text/css" }))
				}
			})
			s.drop("/css/x.php")
			return s.outcome(s.get("/css/x.php", attacker(0), answering(200, "<pre>uid=33")))
		},
	},
	{
		"A form is overwritten, and takes commands as a form does, behind php_fastcgi", "request 1: suspicious",
		overwrittenForm,
	},
	{
		"A file that configures the server has every script take commands, sent to a form as a form sends them", "request 1: suspicious",
		func(t *testing.T) string {
			return configured(t, "/.user.ini", false, answering(200, "uid=33(www-data)"))
		},
	},
	{
		"The same, while a deploy window is open", "lost",
		func(t *testing.T) string {
			return configured(t, "/.user.ini", true, answering(200, "uid=33(www-data)"))
		},
	},
	{
		"The same in a directory of uploads, while a deploy window is open", "request 1: suspicious",
		func(t *testing.T) string {
			return configured(t, "/uploads/.htaccess", true, answering(200, "uid=33(www-data)"))
		},
	},
	{
		"A file that configures the server has every script take commands from the query", "lost",
		func(t *testing.T) string {
			s := learned(t, "/srv")
			s.now = s.now.Add(time.Hour)
			s.configured = []detector.Configuration{{Path: "/.htaccess", Changed: s.now}}
			return s.outcome(s.get("/about.php", attacker(0), query("c=id")))
		},
	},
}

// oldDirectory has a directory with a shell, which was there before Caddy, come into the
// root after learning.
func oldDirectory(t *testing.T, bring func(from, to string) error) string {
	u, s, v := lab.FastCGI(), lab.NewSite(t), lab.NewVisitor(t)
	s.Drop("../old/x.php")
	c := lab.StartCaddy(t, u.Sites(t, "block", v.Port, s, lab.StartFPM(t)))
	v.Teach("")
	c.Enforcing(1)
	if err := bring(filepath.Join(filepath.Dir(s.Root), "old"), filepath.Join(s.Root, "lib")); err != nil {
		t.Fatal(err)
	}
	got := outcome(c, v.Post("/lib/x.php", lab.Stranger))
	if s.Executed("x.php") {
		t.Error("it ran")
	}
	return got
}

func readShell(t *testing.T, before string) string {
	c, s, v := lab.FastCGI().Guarded(t, "block", lab.StartFPM(t))
	s.Put("lib/x.php", fmt.Sprintf(`<?php echo %q, "uid=33(www-data)";`, before))
	a := v.Get("/lib/x.php", lab.Stranger)
	got := outcome(c, a)
	if refused := a.Status == http.StatusForbidden; refused != (before == "") || !refused && a.Body != before+"uid=33(www-data)" {
		t.Errorf("%d %q", a.Status, a.Body)
	}
	return got
}

func overwrittenForm(t *testing.T) string {
	c, s, v := lab.FastCGI().Guarded(t, "block", lab.StartFPM(t))
	s.Put("contact.php", `<?php echo "uid=33(www-data) for ", $_POST["name"];`)
	got := outcome(c, v.Post("/contact.php", lab.Stranger))
	if a := v.Ask(lab.Request{Method: http.MethodPost, Path: "/contact.php", Network: 3, Referer: true}); a.Status != http.StatusOK {
		t.Errorf("a visitor gets %d", a.Status)
	}
	return got
}

// configured has a file appear that configures directories.
func configured(t *testing.T, name string, deploying bool, answer change) string {
	s := learned(t, "/srv")
	s.now = s.now.Add(time.Hour)
	if deploying {
		s.m.Decisions.Deploy(10*time.Minute, baseline.Author{Via: "the operator"}, s.now)
		s.now = s.now.Add(time.Minute)
	}
	s.configured = []detector.Configuration{{Path: name, Changed: s.now}}
	for n := range 10 {
		s.honest(s.post("/contact.php", honest(n), referred))
	}
	return s.outcome(s.post("/contact.php", attacker(0), answer))
}
