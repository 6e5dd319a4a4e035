package caddymodule

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/caddymodule/internal/adminapi"
	"github.com/webshell-guard/caddy-webshell-guard/caddymodule/internal/cli"
)

// command runs `caddy webshell-guard`.
func command(t *testing.T, args ...string) (stdout string, err error) {
	t.Helper()
	root := &cobra.Command{Use: "webshell-guard", SilenceUsage: true, SilenceErrors: true}
	cli.Command().CobraFunc(root)
	var out, problems bytes.Buffer
	root.SetOut(&out)
	root.SetErr(&problems)
	root.SetArgs(args)
	err = root.ExecuteContext(t.Context())
	if problems.Len() > 0 {
		t.Errorf("%v prints to standard error, which is no terminal: %s", args, &problems)
	}
	return out.String(), err
}

// run runs a command that must go well, against the instance.
func (o operated) run(t *testing.T, args ...string) string {
	t.Helper()
	out, err := command(t, append(args, "--address", o.admin)...)
	if err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	return out
}

func TestCommands(t *testing.T) {
	o := operate(t, "shop")
	holds := func(t *testing.T, out string, want ...string) {
		t.Helper()
		for _, w := range want {
			if !strings.Contains(out, w) {
				t.Errorf("%q is not in\n%s", w, out)
			}
		}
	}
	o.ask(stranger, "POST", "/x%1B[31m.php")
	t.Run("status", func(t *testing.T) {
		holds(t, o.run(t, "status"), "shop", "enforcing", "log")
		holds(t, o.run(t, "status", "shop"), "shop", "enforcing", "log")
		var s adminapi.Status
		if err := json.Unmarshal([]byte(o.run(t, "status", "shop", "--json")), &s); err != nil || s.Site != "shop" {
			t.Errorf("%+v %v", s, err)
		}
	})
	t.Run("by the address in a configuration", func(t *testing.T) {
		config := filepath.Join(o.dir, "Caddyfile")
		if err := os.WriteFile(config, []byte("{\nadmin "+o.admin+"\n}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := command(t, "status", "--config", config)
		if err != nil {
			t.Fatal(err)
		}
		holds(t, out, "shop")
	})
	t.Run("scripts", func(t *testing.T) {
		holds(t, o.run(t, "scripts", "shop", "--sort", "path"), "/about.php", "/index.php", "trusted", "/x%1B[31m.php", "new")
		if out := o.run(t, "scripts", "shop", "--trust", "trusted", "--limit", "1"); strings.Contains(out, "/index.php") || !strings.Contains(out, "and 1 more") {
			t.Error(out)
		}
	})
	t.Run("decisions", func(t *testing.T) {
		holds(t, o.run(t, "deny", "shop", "--dry-run", "/about.php"), "/about.php", "trusted", "would be")
		if o.get("/about.php") != 200 {
			t.Error("a dry run denies")
		}
		holds(t, o.run(t, "deny", "shop", "/about.php", "/more.php"), "/about.php", "/more.php", "unknown", "denied")
		if o.get("/about.php") != 403 {
			t.Error("not denied")
		}
		holds(t, o.run(t, "approve", "shop", "/about.php"), "trusted")
		holds(t, o.run(t, "forget", "shop", "/m*.php"), "/more.php")
	})
	t.Run("containment", func(t *testing.T) {
		holds(t, o.run(t, "contain", "shop", "--for", "1h"), "is contained, until", "other nodes")
		if o.get("/new.php") != 403 {
			t.Error("not contained")
		}
		holds(t, o.run(t, "status"), "until")
		holds(t, o.run(t, "release", "shop"), "not contained", "was refused", "/new.php")
		holds(t, o.run(t, "contain", "shop", "--rehearse"), "rehearses", "last 7 days", "/x%1B")
		o.run(t, "release", "shop")
	})
	t.Run("deploy", func(t *testing.T) {
		root := t.TempDir()
		for _, name := range []string{"a.php", "uploads/b.php", "c.txt"} {
			os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o755)
			os.WriteFile(filepath.Join(root, name), nil, 0o644)
		}
		holds(t, o.run(t, "deploy", "shop", "--for", "1m", "--manifest", root), "is open until", "1 scripts are trusted, 1 lie among data")
		list := filepath.Join(root, "list")
		os.WriteFile(list, []byte("# scripts\n/d.php\n\n/e.php\n"), 0o600)
		holds(t, o.run(t, "deploy", "shop", "--manifest", list), "2 scripts are trusted")
		if p := memoryOf(t, "shop").Scripts.Lookup(baseline.Key{Path: "/e.php"}); p == nil || p.Trust() != baseline.Trusted {
			t.Error("not trusted")
		}
	})
	t.Run("export, relearn, import and enforce", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "shop.baseline")
		o.run(t, "export", "shop", file)
		holds(t, o.run(t, "relearn", "shop"), "learning", "lacks")
		holds(t, o.run(t, "import", "shop", file), "enforcing")
		o.run(t, "relearn", "shop")
		holds(t, o.run(t, "enforce", "shop"), "enforcing")
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v", err)
		}
	})
	for want, args := range map[string][]string{
		`no site "nowhere" is guarded`: {"status", "nowhere", "--address", o.admin},
		"accepts 1 arg(s), received 0": {"contain", "--address", o.admin},
		"for: -1h0m0s":                 {"contain", "shop", "--for", "-1h", "--address", o.admin},
		"asking the admin API":         {"status", "--address", "unix/" + o.dir + "/none"},
		"no such file":                 {"import", "shop", o.dir + "/none", "--address", o.admin},
		`trust "x"`:                    {"scripts", "shop", "--trust", "x", "--address", o.admin},
		`want a path that begins with`: {"deny", "shop", "x.php", "--address", o.admin},
		"this is no archive|corrupt":   {"import", "shop", filepath.Join(o.dir, "log.json"), "--address", o.admin},
		"finding the admin API":        {"status", "--config", o.dir + "/none.json"},
		"reading the manifest":         {"deploy", "shop", "--manifest", o.dir + "/none", "--address", o.admin},
		`document root`:                {"manifest", o.dir + "/none"},
	} {
		t.Run("refuses "+strings.Join(args[:2], " ")+": "+want, func(t *testing.T) {
			_, err := command(t, args...)
			ok := false
			for w := range strings.SplitSeq(want, "|") {
				ok = ok || err != nil && strings.Contains(err.Error(), w)
			}
			if !ok {
				t.Errorf("%v", err)
			}
		})
	}
}

// A containment that ends in seconds must be told by whoever looks after the site.
func TestContainmentLapses(t *testing.T) {
	o := operate(t, "shop")
	o.run(t, "contain", "shop", "--for", "100ms")
	o.logged(1, func(l logLine) bool { return strings.HasPrefix(l.Msg, "containment has ended") && l.Site == "shop" })
	if s := fmt.Sprint(o.must(t, "GET", "sites/shop", "")["contained"]); s != "false" || o.get("/x.php") != 200 {
		t.Error("it goes on")
	}
	if _, on := memoryOf(t, "shop").Containment.Active(time.Now()); on {
		t.Error("it goes on")
	}
}
