package caddymodule

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/caddymodule/internal/adminapi"
)

// Each decision is logged and listed, with who made it as far as that is known.
func TestDecisionsSayWhoMadeThem(t *testing.T) {
	o := operate(t, "shop")
	archive := filepath.Join(t.TempDir(), "shop.zip")
	o.run(t, "export", "shop", archive)
	for _, c := range []struct {
		decided string
		args    []string
	}{
		{"denied", []string{"deny", "shop", "/about.php"}},
		{"trusted", []string{"approve", "shop", "/about.php"}},
		{"forgotten", []string{"forget", "shop", "/about.php"}},
		{"contained until", []string{"contain", "shop", "--for", "1h"}},
		{"released", []string{"release", "shop"}},
		{"deploy window of 1m0s", []string{"deploy", "shop", "--for", "1m"}},
		{"learning", []string{"relearn", "shop"}},
		{"enforcing", []string{"enforce", "shop"}},
		{"imported", []string{"import", "shop", archive}},
	} {
		t.Run(c.args[0], func(t *testing.T) {
			claim := c.args[0] + "-Ann"
			o.run(t, append(c.args, "--as", claim)...)
			lines := o.logged(1, func(l logLine) bool { return l.Msg == "decision" && l.By.Claimed == claim })
			if l := lines[0]; len(lines) != 1 || l.Site != "shop" || !strings.HasPrefix(l.Decided[0], c.decided) || l.By.UID == nil || *l.By.UID != os.Getuid() || l.By.Via != "unix socket" {
				t.Errorf("%+v", lines)
			}
			list := o.must(t, "GET", "sites/shop/decisions", "")["decisions"].([]any)
			last := list[len(list)-1].(map[string]any)
			want := map[string]any{"via": "unix socket", "uid": float64(os.Getuid()), "claimed": claim}
			if !strings.HasPrefix(last["decided"].(string), c.decided) || fmt.Sprint(last["by"]) != fmt.Sprint(want) || last["time"] == nil {
				t.Errorf("%v", last)
			}
		})
	}
	t.Run("the list", func(t *testing.T) {
		out := o.run(t, "decisions", "shop")
		for _, want := range []string{"denied", "/about.php", "released", "imported", fmt.Sprintf("uid %d on a Unix socket, claims to be deny-Ann", os.Getuid())} {
			if !strings.Contains(out, want) {
				t.Errorf("%q is not in\n%s", want, out)
			}
		}
		if strings.Index(out, "denied") > strings.Index(out, "imported") {
			t.Errorf("the newest is not the last\n%s", out)
		}
		if out := o.run(t, "decisions", "shop", "--limit", "1"); strings.Contains(out, "released") || !strings.Contains(out, "imported") {
			t.Error(out)
		}
		var answer adminapi.DecisionList
		if err := json.Unmarshal([]byte(o.run(t, "decisions", "shop", "--json")), &answer); err != nil || len(answer.Decisions) < 9 {
			t.Errorf("%v %v", answer, err)
		}
		for _, query := range []string{"?limit=0", "?limit=x", "?x=1"} {
			if status, answer, _ := o.api(t, "GET", "sites/shop/decisions"+query, ""); status != 400 {
				t.Errorf("%s: %d %v", query, status, answer)
			}
		}
	})
	by := func() string {
		list := memoryOf(t, "shop").Decisions.List()
		return list[len(list)-1].By.Claimed
	}
	t.Run("a claim is bounded, and fit for a terminal", func(t *testing.T) {
		o.api(t, "POST", "sites/shop/deny", `{"paths":["/x.php"],"as":"`+strings.Repeat(`\u001b[31m`, 99)+`"}`)
		if got := by(); len(got) > 100 || !strings.HasPrefix(got, "%1B[31m") {
			t.Errorf("%q", got)
		}
	})
	t.Run("the user of sudo is a claim", func(t *testing.T) {
		t.Setenv("SUDO_USER", "bob")
		o.run(t, "deny", "shop", "/y.php")
		if by() != "bob" {
			t.Error(by())
		}
	})
	t.Run("a dry run decides nothing", func(t *testing.T) {
		o.run(t, "deny", "shop", "/z.php", "--dry-run", "--as", "nobody")
		if by() == "nobody" || strings.Contains(o.log(), `"claimed":"nobody"`) {
			t.Error("it is logged")
		}
	})
}

// Over TCP it is known from where, not who.
func TestDecisionsOverTCP(t *testing.T) {
	c := &instance{t: t, dir: t.TempDir(), admin: freeAddr(t)}
	seed(t, c.storage(), "shop")
	c.start(fmt.Sprintf(operatedSite, "log", "shop"))
	if out, err := command(t, "deny", "shop", "/about.php", "--as", "", "--address", c.admin); err != nil {
		t.Fatal(out, err)
	}
	list := memoryOf(t, "shop").Decisions.List()
	if by := list[len(list)-1].By; !strings.HasPrefix(by.Via, "127.0.0.1:") || by.UID != nil {
		t.Errorf("%+v", by)
	}
}
