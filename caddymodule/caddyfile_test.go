package caddymodule

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/caddyconfig"
	_ "github.com/caddyserver/caddy/v2/modules/standard"
)

// adapt turns a Caddyfile into JSON.
func adapt(caddyfile string) (string, error) {
	adapted, _, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(caddyfile), map[string]any{"filename": "Caddyfile"})
	return string(adapted), err
}

// TestAdapt compares what each testdata/*.caddytest adapts to with what follows
// its line of dashes.
func TestAdapt(t *testing.T) {
	files, err := filepath.Glob("testdata/*.caddytest")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			caddyfile, want, ok := strings.Cut(string(content), "----------\n")
			if !ok {
				t.Fatal("no line of dashes")
			}
			got, err := adapt(caddyfile)
			if err != nil {
				t.Fatal(err)
			}
			if indent(t, got) != indent(t, want) {
				t.Errorf("adapts to\n%s", indent(t, got))
			}
		})
	}
}

func indent(t *testing.T, text string) string {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	b, err := json.MarshalIndent(v, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestAdaptNamesWhatIsWrong(t *testing.T) {
	for options, token := range map[string]string{
		"site":                     "wrong argument count",
		"site a b":                 "wrong argument count",
		`site ""`:                  "wrong argument count",
		"scripts":                  "wrong argument count",
		"scripts php":              `"php"`,
		"scripts .p/p":             `".p/p"`,
		"learn":                    "wrong argument count",
		"learn soon":               `"soon"`,
		"learn 0s":                 `"0s"`,
		"learn -1h":                `"-1h"`,
		"learn 1h 1":               `"1"`,
		"learn 1h -0.1":            `"-0.1"`,
		"learn 1h NaN":             `"NaN"`,
		"learn 1h 0.9 more":        "wrong argument count",
		"root":                     "wrong argument count",
		"root srv":                 `"srv"`,
		"threshold 10":             "wrong argument count",
		"threshold ten 16":         `"ten"`,
		"threshold 0 16":           `"0"`,
		"threshold 16 10":          "16 10",
		"threshold 10 1e9":         `"1e9"`,
		"threshold NaN 16":         `"NaN"`,
		"max_scripts 0":            `"0"`,
		"max_scripts many":         `"many"`,
		"inspect_body big":         `"big"`,
		"inspect_body 0":           `"0"`,
		"inspect_body 2MiB":        `"2MiB"`,
		"block_status 200":         `"200"`,
		"block_status teapot":      `"teapot"`,
		"on_fault panic":           `"panic"`,
		"on_fault":                 "wrong argument count",
		"onfault pass":             `"onfault"`,
		"site a\n\t\tsite b":       `duplicate option "site"`,
		"site a {\n\t\t\tx\n\t\t}": `"site" takes no block`,
	} {
		_, err := adapt("http://:8080 {\n\twebshell_guard {\n\t\t" + options + "\n\t}\n}\n")
		if err == nil || !strings.Contains(err.Error(), token) || !strings.Contains(err.Error(), "Caddyfile:") {
			t.Errorf("%s: %v, want %s and the line", options, err, token)
		}
	}
	for line, token := range map[string]string{
		"webshell_guard watch":     `"watch"`,
		"webshell_guard log tag":   "wrong argument count",
		"webshell_guard log block": "wrong argument count",
	} {
		if _, err := adapt("http://:8080 {\n\t" + line + "\n}\n"); err == nil || !strings.Contains(err.Error(), token) {
			t.Errorf("%s: %v, want %s", line, err, token)
		}
	}
}
