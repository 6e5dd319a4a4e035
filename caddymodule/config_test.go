package caddymodule

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
)

// jsonConfig is a configuration of handlers given in JSON, with its storage in
// the folder.
func jsonConfig(t *testing.T, dir string, handlers ...string) *caddy.Config {
	t.Helper()
	routes := make([]string, len(handlers))
	for i, h := range handlers {
		routes[i] = `{"handle":[` + h + `]}`
	}
	config := fmt.Sprintf(`{
		"admin": {"disabled": true, "config": {"persist": false}},
		"storage": {"module": "file_system", "root": %q},
		"apps": {"http": {"servers": {"s": {"listen": ["127.0.0.1:0"], "routes": [%s]}}}}
	}`, dir, strings.Join(routes, ","))
	cfg := new(caddy.Config)
	if err := caddy.StrictUnmarshalJSON([]byte(config), cfg); err != nil {
		t.Fatal(err)
	}
	return cfg
}

func guard(options string) string {
	if options != "" {
		options = "," + options
	}
	return `{"handler":"webshell_guard"` + options + `}`
}

func TestJSONNamesWhatIsWrong(t *testing.T) {
	for options, token := range map[string]string{
		`"mode":"watch"`: `"watch"`,
		`"site":"a\nb"`:  `"a\nb"`,
		`"site":"` + strings.Repeat("x", 129) + `"`: "128 characters",
		`"scripts":["php"]`:                         `"php"`,
		`"scripts":[]`:                              "at least one",
		`"learn":{"min":-1}`:                        "learning time",
		`"learn":{"coverage":1}`:                    "coverage 1",
		`"learn":{"minimum":1}`:                     "minimum",
		`"root":"srv"`:                              `"srv"`,
		`"threshold":{"suspicious":20}`:             "20 16",
		`"threshold":{"suspicious":-1}`:             "-1",
		`"max_scripts":-1`:                          "max_scripts",
		`"inspect_body":"2MiB"`:                     `"2MiB"`,
		`"block_status":200`:                        "200",
		`"on_fault":"panic"`:                        `"panic"`,
		`"signatures":[]`:                           "signatures",
	} {
		err := caddy.Validate(jsonConfig(t, t.TempDir(), guard(options)))
		if err == nil || !strings.Contains(err.Error(), token) {
			t.Errorf("%s: %v, want %s", options, err, token)
		}
	}
	if err := caddy.Validate(jsonConfig(t, t.TempDir(), guard(`"mode":"block","learn":{"min":1000000000,"coverage":0},"inspect_body":"off"`))); err != nil {
		t.Error(err)
	}
}

func TestSitesAreShared(t *testing.T) {
	for _, tt := range []struct {
		name     string
		handlers []string
		token    string
	}{
		{"one name, equal settings", []string{guard(`"site":"a"`), guard(`"site":"a","mode":"block"`)}, ""},
		{"two names", []string{guard(`"site":"a"`), guard(`"site":"b","max_scripts":5`)}, ""},
		{"no name, and default", []string{guard(""), guard(`"site":"default"`)}, ""},
		{"suffixes in another order", []string{guard(`"site":"a","scripts":[".php",".JSP"]`), guard(`"site":"a","scripts":[".jsp",".php"]`)}, ""},
		{"two without a name", []string{guard(""), guard("")}, "name them"},
		{"other suffixes", []string{guard(`"site":"a"`), guard(`"site":"a","scripts":[".php"]`)}, "scripts"},
		{"another time to learn", []string{guard(`"site":"a"`), guard(`"site":"a","learn":{"min":1}`)}, "learn"},
		{"another coverage", []string{guard(`"site":"a"`), guard(`"site":"a","learn":{"coverage":0.5}`)}, "learn"},
		{"another bound", []string{guard(`"site":"a"`), guard(`"site":"a","max_scripts":5`)}, "max_scripts"},
	} {
		err := caddy.Validate(jsonConfig(t, t.TempDir(), tt.handlers...))
		if tt.token == "" && err != nil || tt.token != "" && (err == nil || !strings.Contains(err.Error(), tt.token)) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.token)
		}
		for _, name := range []string{"a", "b", "default"} {
			if n, used := sites.References(name); used {
				t.Errorf("%s: %d references to %s are left", tt.name, n, name)
			}
		}
	}
}

func TestValidateChangesNothing(t *testing.T) {
	c := newRunning(t)
	c.learnedSite(fmt.Sprintf(reportSite, "log", upstream(t, shellApplication)))
	if err := caddy.Stop(); err != nil {
		t.Fatal(err)
	}
	before := tree(t, filepath.Join(c.dir, "storage", "webshell_guard"))
	if len(before) == 0 {
		t.Fatal("nothing was saved")
	}
	if err := caddy.Validate(jsonConfig(t, filepath.Join(c.dir, "storage"), guard(`"site":"report"`), guard(`"site":"new"`))); err != nil {
		t.Fatal(err)
	}
	after := tree(t, filepath.Join(c.dir, "storage", "webshell_guard"))
	if fmt.Sprint(before) != fmt.Sprint(after) {
		t.Errorf("was %v\nis %v", before, after)
	}
}

// tree maps files to what they hold.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		files[path] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestStoragePrefixStaysInside(t *testing.T) {
	for site, want := range map[string]string{
		"shop":         "webshell_guard/shop/",
		"..":           "webshell_guard/%2E./",
		"../../x":      "webshell_guard/%2E.%2F..%2Fx/",
		"a b/c:80":     "webshell_guard/a+b%2Fc%3A80/",
		`back\slash`:   "webshell_guard/back%5Cslash/",
		"example.com.": "webshell_guard/example.com./",
	} {
		if got := storagePrefix(site); got != want {
			t.Errorf("%q: %q, want %q", site, got, want)
		}
	}
}
