package caddymodule

import (
	"bytes"
	"context"
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

const strangerAddress = "127.0.200.1"

// flagShell has a stranger use a shell whose name begins with x and is encoded without
// need, and waits until it is flagged.
func (o operated) flagShell(t *testing.T, path string, times int) {
	t.Helper()
	for range times {
		o.ask(stranger, "POST", strings.Replace(path, "/x", "/%78", 1)+"?cmd=secret&x=1")
	}
	o.eventually("it is not flagged", func() bool {
		answer := o.must(t, "GET", "sites/shop/flagged?script="+path, "")
		return answer["matched"] == float64(times)
	})
}

// list decodes what the API answers.
func list[T any](t *testing.T, o operated, method, path, body string) (answer T) {
	t.Helper()
	text, err := json.Marshal(o.must(t, method, path, body))
	if err != nil || json.Unmarshal(text, &answer) != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return answer
}

func TestEvidenceIsShown(t *testing.T) {
	o := operate(t, "shop")
	o.flagShell(t, "/uploads/x.php", 3)
	o.ask(stranger, "GET", "/later.php")
	o.eventually("it is not listed", func() bool { return o.must(t, "GET", "sites/shop/flagged", "")["matched"] == 4.0 })

	t.Run("with the scripts, worst first", func(t *testing.T) {
		scripts := list[adminapi.ScriptList](t, o, "GET", "sites/shop/scripts", "").Scripts
		e := scripts[0].Evidence
		if scripts[0].Path != "/uploads/x.php" || scripts[1].Path != "/later.php" || scripts[2].Evidence != nil || e == nil || e.Verdict != "malicious" || e.Score < 16 || e.Flagged != 3 ||
			e.WouldBlock != 3 || e.Networks != 1 || e.Client != strangerAddress || e.Status != 200 || !e.Standing || len(e.Signals) < 2 || e.Signals[0].Name != "new-script" || e.First.After(e.Last) {
			t.Errorf("%+v %+v", scripts[0], e)
		}
		if scripts := list[adminapi.ScriptList](t, o, "GET", "sites/shop/scripts?sort=path", "").Scripts; scripts[0].Path != "/about.php" {
			t.Errorf("%+v", scripts)
		}
	})
	t.Run("with the requests, newest first and without values", func(t *testing.T) {
		all := list[adminapi.FlaggedList](t, o, "GET", "sites/shop/flagged", "").Requests
		if r := all[0]; r.Script != "/later.php" || r.Verdict != "suspicious" || r.WouldBlock || r.BlockedAt != "" {
			t.Errorf("%+v", r)
		}
		blocked := list[adminapi.FlaggedList](t, o, "GET", "sites/shop/flagged?would_block=1&limit=2", "")
		if r := blocked.Requests[0]; blocked.Matched != 3 || len(blocked.Requests) != 2 || r.URI != "/uploads/%78.php?cmd=…&x=…" || r.Client != strangerAddress || r.Method != "POST" || r.BlockedAt != "request" || r.Signals[0].ID != 1001 {
			t.Errorf("%+v", blocked)
		}
		if some := list[adminapi.FlaggedList](t, o, "GET", "sites/shop/flagged?script=/up*/**", ""); some.Matched != 3 {
			t.Errorf("%+v", some)
		}
		for _, query := range []string{"limit=0", "x=1", "script=x", "would_block=2"} {
			if status, _, _ := o.api(t, "GET", "sites/shop/flagged?"+query, ""); status != 400 {
				t.Errorf("%s: %d", query, status)
			}
		}
	})
	t.Run("with a rehearsal, and what a containment refused, worst first", func(t *testing.T) {
		o.must(t, "PUT", "sites/shop/containment", `{"rehearse":true}`)
		answer := list[adminapi.Containment](t, o, "GET", "sites/shop/containment", "")
		if len(answer.Recent) != 2 || answer.Recent[0].Path != "/uploads/x.php" || answer.Recent[0].Evidence == nil {
			t.Errorf("%+v", answer)
		}
		o.must(t, "DELETE", "sites/shop/containment", "")
		o.must(t, "PUT", "sites/shop/containment", "")
		for range 3 {
			o.get("/harmless.php")
		}
		o.ask(stranger, "POST", "/uploads/x.php")
		o.eventually("it is not listed", func() bool {
			r := list[adminapi.Containment](t, o, "GET", "sites/shop/containment", "").Refused
			return len(r) == 2 && r[0].Path == "/uploads/x.php" && r[0].Evidence != nil && r[0].Evidence.Flagged == 4 && r[1].Count == 3
		})
		o.must(t, "DELETE", "sites/shop/containment", "")
	})
	t.Run("after a restart, with what was counted", func(t *testing.T) {
		before := o.must(t, "GET", "sites/shop", "")
		evidence := list[adminapi.ScriptList](t, o, "GET", "sites/shop/scripts", "").Scripts[0].Evidence
		o.client.CloseIdleConnections()
		o.stop()
		if err := o.load(fmt.Sprintf(operatedSite, "log", "shop")); err != nil {
			t.Fatal(err)
		}
		after := o.must(t, "GET", "sites/shop", "")
		for _, key := range []string{"alerts_24h", "would_block_24h", "would_block_7d", "requests_24h"} {
			if before[key] != after[key] || before[key] == 0.0 {
				t.Errorf("%s: %v before, %v after", key, before[key], after[key])
			}
		}
		again := list[adminapi.ScriptList](t, o, "GET", "sites/shop/scripts", "").Scripts[0].Evidence
		if again == nil || fmt.Sprint(*again) != fmt.Sprint(*evidence) {
			t.Errorf("%+v, before %+v", again, evidence)
		}
		if n := o.must(t, "GET", "sites/shop/flagged?script=/uploads/x.php", "")["matched"]; n != 4.0 {
			t.Errorf("%v requests", n)
		}
	})
}

func TestFlaggedScriptsAreNotAdoptedUnseen(t *testing.T) {
	o := operate(t, "shop")
	o.flagShell(t, "/lib/x.php", 2)
	memoryOf(t, "shop").Learn(baseline.Key{Path: "/lib/fine.php"}, baseline.Visit{Time: time.Now(), Status: 200, Network: 1}, baseline.DefaultLimits())
	trust := func(path string) string {
		p := memoryOf(t, "shop").Scripts.Lookup(baseline.Key{Path: path})
		if p == nil {
			return "unknown"
		}
		return p.Trust().String()
	}
	t.Run("by a pattern", func(t *testing.T) {
		for _, body := range []string{`{"paths":["/lib/**"],"dry_run":true}`, `{"paths":["/lib/**"]}`, `{"paths":["/lib/*.php"],"even_flagged":true}`} {
			answer := list[adminapi.DecisionResult](t, o, "POST", "sites/shop/approve", body)
			if len(answer.Scripts) != 1 || answer.Scripts[0].Path != "/lib/fine.php" || len(answer.Flagged) != 1 || answer.Flagged[0].Path != "/lib/x.php" || answer.Flagged[0].Evidence.Flagged != 2 {
				t.Errorf("%s: %+v", body, answer)
			}
		}
		if trust("/lib/x.php") != "provisional" || trust("/lib/fine.php") != "trusted" {
			t.Error(trust("/lib/x.php"), trust("/lib/fine.php"))
		}
	})
	t.Run("by a manifest", func(t *testing.T) {
		answer := list[adminapi.Deployment](t, o, "POST", "sites/shop/deploy", `{"for":"0s","manifest":["/lib/x.php","/lib/new.php"]}`)
		if answer.Trusted != 1 || len(answer.Flagged) != 1 || answer.Flagged[0].Path != "/lib/x.php" || answer.Flagged[0].Evidence.Verdict != "malicious" || trust("/lib/x.php") != "provisional" {
			t.Errorf("%+v", answer)
		}
	})
	t.Run("by name, without saying so", func(t *testing.T) {
		status, answer, _ := o.api(t, "POST", "sites/shop/approve", `{"paths":["/lib/other.php","/lib/x.php"]}`)
		if text := fmt.Sprint(answer["error"]); status != 409 || !strings.Contains(text, "/lib/x.php: malicious, ") || !strings.Contains(text, strangerAddress) || !strings.Contains(text, "even_flagged") {
			t.Errorf("%d %v", status, answer)
		}
		if trust("/lib/x.php") != "provisional" || trust("/lib/other.php") != "unknown" {
			t.Error("something was changed")
		}
	})
	t.Run("what was only suspicious by name", func(t *testing.T) {
		o.ask(stranger, "GET", "/lib/new-page.php")
		o.eventually("it is not flagged", func() bool {
			return memoryOf(t, "shop").Evidence.StandingScore(baseline.Key{Path: "/lib/new-page.php"}) > 0
		})
		if answer := list[adminapi.DecisionResult](t, o, "POST", "sites/shop/approve", `{"paths":["/lib/new-*"]}`); len(answer.Scripts) != 0 || len(answer.Flagged) != 1 {
			t.Errorf("%+v", answer)
		}
		answer := list[adminapi.DecisionResult](t, o, "POST", "sites/shop/approve", `{"paths":["/lib/new-page.php"]}`)
		if s := answer.Scripts[0]; s.Now != "trusted" || s.Evidence == nil || s.Evidence.Verdict != "suspicious" || trust(s.Path) != "trusted" {
			t.Errorf("%+v", answer)
		}
	})
	t.Run("what containment refused by name", func(t *testing.T) {
		o.must(t, "PUT", "sites/shop/containment", "")
		o.flagShell(t, "/lib/xyz.php", 1)
		e, _ := memoryOf(t, "shop").Evidence.Of(baseline.Key{Path: "/lib/xyz.php"})
		answer := list[adminapi.DecisionResult](t, o, "POST", "sites/shop/approve", `{"paths":["/lib/xyz.php"]}`)
		if e.Verdict != baseline.Malicious || answer.Scripts[0].Evidence == nil || trust("/lib/xyz.php") != "trusted" {
			t.Errorf("%+v %+v", e, answer)
		}
		o.must(t, "DELETE", "sites/shop/containment", "")
	})
	t.Run("only approve takes the flag", func(t *testing.T) {
		for _, action := range []string{"deny", "forget"} {
			if status, _, _ := o.api(t, "POST", "sites/shop/"+action, `{"paths":["/lib/x.php"],"even_flagged":true}`); status != 400 {
				t.Errorf("%s: %d", action, status)
			}
		}
	})
	t.Run("but by name, saying so", func(t *testing.T) {
		o.must(t, "POST", "sites/shop/approve", `{"paths":["/lib/x.php"],"even_flagged":true}`)
		e, _ := o.stored(t).Evidence.Of(baseline.Key{Path: "/lib/x.php"})
		if trust("/lib/x.php") != "trusted" || e.Standing || e.Approved.IsZero() || e.Flagged != 2 {
			t.Errorf("%+v", e)
		}
		if answer := list[adminapi.DecisionResult](t, o, "POST", "sites/shop/approve", `{"paths":["/lib/**"]}`); len(answer.Flagged) != 0 {
			t.Errorf("%+v", answer.Flagged)
		}
	})
}

// commandErr runs `caddy webshell-guard`, which may print to the standard error.
func (o operated) commandErr(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	root := &cobra.Command{Use: "webshell-guard", SilenceUsage: true, SilenceErrors: true}
	cli.Command().CobraFunc(root)
	var out, problems bytes.Buffer
	root.SetOut(&out)
	root.SetErr(&problems)
	root.SetArgs(append(args, "--address", o.admin))
	err = root.ExecuteContext(context.Background())
	return out.String(), problems.String(), err
}

func TestEvidenceCommands(t *testing.T) {
	o := operate(t, "shop")
	o.flagShell(t, "/lib/x%1B.php", 2)
	holds := func(t *testing.T, out string, want ...string) {
		t.Helper()
		for _, w := range want {
			if !strings.Contains(out, w) {
				t.Errorf("%q is not in\n%s", w, out)
			}
		}
	}
	t.Run("scripts", func(t *testing.T) {
		out := o.run(t, "scripts", "shop")
		holds(t, out, "verdict", "score", "flagged", "last client", "status", "malicious", strangerAddress, "2 from 1 network", "200")
		if strings.Index(out, "/lib/x%1B.php") > strings.Index(out, "/index.php") {
			t.Errorf("not the worst first:\n%s", out)
		}
	})
	t.Run("flagged", func(t *testing.T) {
		holds(t, o.run(t, "flagged", "shop"), "/lib/%78%1B.php?cmd=…&x=…", strangerAddress, "POST", "malicious", "request", "new-script")
		holds(t, o.run(t, "flagged", "shop", "--would-block", "--script", "/lib/*", "--limit", "1"), "and 1 more")
		holds(t, o.run(t, "flagged", "shop", "--script", "/none.php"), "no flagged request")
		holds(t, o.run(t, "flagged", "shop", "--json"), `"matched":2`)
	})
	t.Run("containment", func(t *testing.T) {
		holds(t, o.run(t, "contain", "shop", "--rehearse"), "malicious", strangerAddress)
		o.run(t, "release", "shop")
	})
	t.Run("approve leaves flagged scripts out", func(t *testing.T) {
		_, problems, err := o.commandErr(t, "approve", "shop", "/lib/**")
		if err == nil || !strings.Contains(err.Error(), "nothing was approved") {
			t.Error(err)
		}
		holds(t, problems, "/lib/x%1B.php", "flagged", "malicious", strangerAddress, "--even-flagged")
		o.run(t, "approve", "shop", "/lib/fine.php")
		out, problems, err := o.commandErr(t, "approve", "shop", "/lib/**")
		if err != nil || strings.Contains(out, "/lib/x%1B.php") {
			t.Error(out, err)
		}
		holds(t, out, "/lib/fine.php")
		holds(t, problems, "/lib/x%1B.php")
	})
	t.Run("deploy leaves flagged scripts out", func(t *testing.T) {
		root := t.TempDir()
		os.MkdirAll(filepath.Join(root, "lib"), 0o755)
		for _, name := range []string{"lib/x\x1b.php", "lib/new.php"} {
			os.WriteFile(filepath.Join(root, name), nil, 0o644)
		}
		out, problems, err := o.commandErr(t, "deploy", "shop", "--for", "0s", "--manifest", root)
		if err != nil {
			t.Fatal(err)
		}
		holds(t, out, "1 scripts are trusted")
		holds(t, problems, "/lib/x%1B.php", "malicious", "--even-flagged")
	})
	t.Run("even flagged", func(t *testing.T) {
		if _, _, err := o.commandErr(t, "approve", "shop", "/lib/x\x1b.php"); err == nil || !strings.Contains(err.Error(), "--even-flagged") {
			t.Error(err)
		}
		holds(t, o.run(t, "approve", "shop", "--even-flagged", "/lib/x\x1b.php"), "trusted", "/lib/x%1B.php, in spite of", "malicious")
	})
}
