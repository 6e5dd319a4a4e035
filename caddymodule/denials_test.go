package caddymodule

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/caddymodule/internal/adminapi"
)

// A denied pattern is a standing rule, which is stored and listed, and ends when the same
// pattern is approved or forgotten.
func TestDenialRules(t *testing.T) {
	o := operate(t, "shop")
	decide := func(t *testing.T, action, body string) (answer adminapi.DecisionResult) {
		t.Helper()
		status, text, _ := o.api(t, "POST", "sites/shop/"+action, body)
		if status != 200 {
			t.Fatalf("%s: %d %v", body, status, text)
		}
		b, _ := json.Marshal(text)
		json.Unmarshal(b, &answer)
		return answer
	}
	rules := func() int { return len(memoryOf(t, "shop").Denials.Rules()) }
	t.Run("a dry run", func(t *testing.T) {
		answer := decide(t, "deny", `{"paths":["/a*.php"],"dry_run":true}`)
		if len(answer.Rules) != 1 || answer.Rules[0].Scripts != 1 || rules() != 0 || o.get("/about.php") != 200 {
			t.Errorf("%+v", answer)
		}
	})
	t.Run("it covers what comes tomorrow", func(t *testing.T) {
		answer := decide(t, "deny", `{"paths":["/wp-content/uploads/**"]}`)
		if len(answer.Rules) != 1 || answer.Rules[0].Pattern != "/wp-content/uploads/**" || answer.Rules[0].Scripts != 0 || len(answer.Unmatched) != 0 {
			t.Errorf("%+v", answer)
		}
		for path, want := range map[string]int{"/wp-content/uploads/2027/x.php": 403, "/wp-content/uploads/y/": 403, "/wp-content/uploads/x.jpg": 200, "/index.php": 200} {
			if got := o.get(path); got != want {
				t.Errorf("%s: %d", path, got)
			}
		}
		line := o.access("/wp-content/uploads/2027/x.php")
		if text := fmt.Sprint(line.Guard); !strings.Contains(text, "an operator denied '/wp-content/uploads/**'") || !strings.Contains(text, "1090") {
			t.Error(text)
		}
		if list := o.stored(t).Denials.Rules(); len(list) != 1 || list[0].By.UID == nil || list[0].Time.IsZero() {
			t.Errorf("stored: %+v", list)
		}
	})
	t.Run("a known script, too", func(t *testing.T) {
		answer := decide(t, "deny", `{"paths":["/a*.php"]}`)
		if len(answer.Scripts) != 1 || answer.Rules[0].Scripts != 1 || o.get("/about.php") != 403 {
			t.Errorf("%+v", answer)
		}
	})
	t.Run("it is listed", func(t *testing.T) {
		list := o.must(t, "GET", "sites/shop/denials", "")["rules"].([]any)
		if len(list) != 2 || list[0].(map[string]any)["pattern"] != "/wp-content/uploads/**" || o.must(t, "GET", "sites/shop", "")["denials"] != 2.0 {
			t.Errorf("%v", list)
		}
		out := o.run(t, "denials", "shop") + o.run(t, "status", "shop") + o.run(t, "decisions", "shop")
		for _, want := range []string{"/wp-content/uploads/**", "/a*.php", "uid ", "by 2 rules", "standing denial"} {
			if !strings.Contains(out, want) {
				t.Errorf("%q is not in\n%s", want, out)
			}
		}
	})
	t.Run("what is forgotten may be denied all the same", func(t *testing.T) {
		answer := decide(t, "forget", `{"paths":["/about.php"]}`)
		if answer.Scripts[0].DeniedBy != "/a*.php" || o.get("/about.php") != 403 {
			t.Errorf("%+v", answer)
		}
	})
	t.Run("what is approved later is served", func(t *testing.T) {
		decide(t, "approve", `{"paths":["/about.php","/wp-content/uploads/mine.php"]}`)
		if o.get("/about.php") != 200 || o.get("/wp-content/uploads/mine.php") != 200 || o.get("/wp-content/uploads/x.php") != 403 {
			t.Error("the approval does not count, or for others too")
		}
	})
	t.Run("an import keeps it", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "shop.zip")
		o.run(t, "export", "shop", file)
		decide(t, "deny", `{"paths":["/later*.php"]}`)
		o.run(t, "import", "shop", file)
		if rules() != 3 || o.get("/later1.php") != 403 || o.get("/about.php") != 200 {
			t.Error(rules())
		}
	})
	t.Run("the same pattern ends it", func(t *testing.T) {
		for _, c := range [][2]string{{"forget", "/wp-content/uploads/**"}, {"approve", "/a*.php"}, {"forget", "/later*.php"}} {
			if answer := decide(t, c[0], `{"paths":["`+c[1]+`"]}`); len(answer.Rules) != 1 || len(answer.Unmatched) != 0 {
				t.Errorf("%+v", answer)
			}
		}
		if rules() != 0 || len(o.stored(t).Denials.Rules()) != 0 || o.get("/wp-content/uploads/x.php") != 200 {
			t.Error(rules())
		}
	})
	t.Run("of one host", func(t *testing.T) {
		answer := decide(t, "deny", `{"paths":["/index.php"],"host":"127.0.0.1:80"}`)
		if len(answer.Rules) != 1 || answer.Rules[0].Host != "127.0.0.1" || len(answer.Scripts) != 0 {
			t.Errorf("%+v", answer)
		}
		if o.get("/index.php") != 403 || o.get("/") != 403 {
			t.Error("it is served")
		}
		decide(t, "forget", `{"paths":["/index.php"],"host":"localhost"}`)
		if rules() != 1 || o.get("/index.php") != 403 {
			t.Error("another host's decision counts")
		}
		out := o.run(t, "forget", "shop", "/index.php", "--host", "127.0.0.1")
		if rules() != 0 || o.get("/index.php") != 200 || !strings.Contains(out, "No longer denied") {
			t.Error(out)
		}
	})
	t.Run("of one root", func(t *testing.T) {
		decide(t, "deny", `{"paths":["/r.php","/r/**"],"root":"/srv/one"}`)
		s := &memoryOf(t, "shop").Scripts
		if p := s.Lookup(baseline.Key{Root: "/srv/one", Path: "/r.php"}); p == nil || p.Trust() != baseline.Denied || s.Lookup(baseline.Key{Path: "/r.php"}) != nil {
			t.Error("not denied, or under another root")
		}
		if o.get("/r.php") != 200 || o.get("/r/x.php") != 200 {
			t.Error("refused where no root is known")
		}
	})
	t.Run("is refused if it makes no sense", func(t *testing.T) {
		var many []string
		for n := range 1001 {
			many = append(many, fmt.Sprintf(`"/%d/**"`, n))
		}
		for body, want := range map[string]int{
			`{"paths":["/x"],"root":"srv"}`: 400, `{"paths":["/x"],"host":"*.example.com"}`: 400, `{"paths":["/[x"]}`: 400,
			`{"paths":[` + strings.Join(many, ",") + `]}`: 507,
		} {
			if status, answer, _ := o.api(t, "POST", "sites/shop/deny", body); status != want {
				t.Errorf("%.60s: %d %v", body, status, answer)
			}
		}
		if rules() != 1 {
			t.Error(rules())
		}
	})
	t.Run("the whole site", func(t *testing.T) {
		out := o.run(t, "deny", "shop", "/**", "--host", "127.0.0.1")
		if o.get("/index.php") != 403 || o.get("/") != 403 || o.get("/style.css") != 200 || !strings.Contains(out, "Denied from now on") {
			t.Error(out)
		}
	})
}
