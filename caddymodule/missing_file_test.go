package caddymodule

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// operateRooted is operate of the shop, whose handler knows its document root, in which
// the files named are.
func operateRooted(t *testing.T, names ...string) (o operated, root string) {
	t.Helper()
	o, root = operate(t, "shop"), t.TempDir()
	for _, name := range names {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	config := strings.Replace(fmt.Sprintf(operatedSite, "log", "shop"), "learn 9h 0.5", "learn 9h 0.5\nroot "+root, 1)
	if err := o.load(config); err != nil {
		t.Fatal(err)
	}
	o.run(t, "forget", "shop", "/**") // which was learned without a root
	return o, root
}

func TestApproveSaysThatAFileIsMissing(t *testing.T) {
	o, root := operateRooted(t, "there.php", "Capitals.PHP")
	answer := o.must(t, "POST", "sites/shop/approve", `{"paths":["/there.php","/Capitals.PHP","/gone.php"]}`)
	if got, want := fmt.Sprint(answer["missing"]), fmt.Sprintf("[map[path:/gone.php roots:[%s]]]", root); got != want {
		t.Errorf("missing: %s, want %s", got, want)
	}
	// It is trusted when it comes, as README says.
	if p := memoryOf(t, "shop").Scripts.Lookup(baseline.Key{Root: root, Path: "/gone.php"}); p == nil || p.Trust() != baseline.Trusted {
		t.Errorf("%+v", p)
	}
	if out := o.run(t, "approve", "shop", "--dry-run", "/gone-too.php"); !strings.Contains(out, "/gone-too.php: no such file under "+root) {
		t.Error(out)
	}
	if answer := o.must(t, "POST", "sites/shop/deny", `{"paths":["/gone-also.php"]}`); fmt.Sprint(answer["missing"]) != "[]" {
		t.Errorf("a denial is said to miss a file: %v", answer)
	}
}

func TestManifestTrustsNoMissingFile(t *testing.T) {
	o, root := operateRooted(t, "there.php", "uploads/there.php")
	trust := func(path string) string {
		if p := memoryOf(t, "shop").Scripts.Lookup(baseline.Key{Root: root, Path: path}); p != nil {
			return p.Trust().String()
		}
		return "unknown"
	}
	order := `{"manifest":["/there.php","/gone.php","/uploads/there.php","/uploads/gone.php"]%s}`
	answer := o.must(t, "POST", "sites/shop/deploy", fmt.Sprintf(order, ""))
	if answer["trusted"] != 1.0 || answer["listed"] != 1.0 || len(answer["missing"].([]any)) != 2 || trust("/there.php") != "trusted" || trust("/gone.php") != "unknown" {
		t.Errorf("%v, /gone.php %s", answer, trust("/gone.php"))
	}
	list := writeFile(t, "/there.php\n/gone.php\n")
	if out := o.run(t, "deploy", "shop", "--manifest", list); !strings.Contains(out, "/gone.php: no such file under "+root+"; it is left out") || trust("/gone.php") != "unknown" {
		t.Errorf("%s: %s", trust("/gone.php"), out)
	}
	if out := o.run(t, "deploy", "shop", "--manifest", list, "--allow-missing"); !strings.Contains(out, "it is trusted when it comes") || trust("/gone.php") != "trusted" {
		t.Errorf("%s: %s", trust("/gone.php"), out)
	}
	// What is deployed is announced before it is copied.
	release := t.TempDir()
	os.WriteFile(filepath.Join(release, "coming.php"), nil, 0o600)
	if out := o.run(t, "deploy", "shop", "--manifest", release, "--prefix", "/shop"); !strings.Contains(out, "1 scripts are trusted") || trust("/shop/coming.php") != "trusted" {
		t.Errorf("%s: %s", trust("/shop/coming.php"), out)
	}
}

func TestNothingIsSaidOfFilesWithoutARoot(t *testing.T) {
	o := operate(t, "shop")
	if answer := o.must(t, "POST", "sites/shop/approve", `{"paths":["/gone.php"]}`); fmt.Sprint(answer["missing"]) != "[]" {
		t.Errorf("%v", answer)
	}
	if answer := o.must(t, "POST", "sites/shop/deploy", `{"manifest":["/gone.php"]}`); answer["trusted"] != 1.0 || fmt.Sprint(answer["missing"]) != "[]" {
		t.Errorf("%v", answer)
	}
}
