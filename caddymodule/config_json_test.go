package caddymodule

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
)

// withHandlers is a configuration with the handlers given, one behind another,
// that listens nowhere.
func withHandlers(storage string, handlers ...string) string {
	handlers = slices.Clone(handlers)
	for i, h := range handlers {
		handlers[i] = fmt.Sprintf(`{"handler":"webshell_guard",%s}`, h)
		handlers[i] = strings.Replace(handlers[i], ",}", "}", 1)
	}
	return fmt.Sprintf(`{
		"admin": {"disabled": true, "config": {"persist": false}},
		"logging": {"logs": {"default": {"writer": {"output": "discard"}}}},
		"storage": {"module": "file_system", "root": %q},
		"apps": {"http": {"servers": {"s": {"listen": [], "routes": [{"handle": [%s]}]}}}}
	}`, storage, strings.Join(handlers, ","))
}

// validate does what `caddy validate` does.
func validate(config string) error {
	var c caddy.Config
	if err := caddy.StrictUnmarshalJSON([]byte(config), &c); err != nil {
		return err
	}
	return caddy.Validate(&c)
}

func TestGoodConfig(t *testing.T) {
	for name, handlers := range map[string][]string{
		"nothing set":                                   {``},
		"every option":                                  {`"mode":"block","site":"shop","scripts":[".php"],"learn":{"min":"3d","coverage":0.9},"root":"/srv","threshold":{"suspicious":9,"malicious":12},"max_scripts":10,"inspect_body":"1KiB","block_status":404,"on_fault":"block"`},
		"zero values are defaults":                      {`"mode":"","site":"","learn":{"min":0},"threshold":{"suspicious":0},"max_scripts":0,"block_status":0,"on_fault":"","inspect_body":""`},
		"coverage 0":                                    {`"learn":{"coverage":0}`},
		"the longest name":                              {`"site":"` + strings.Repeat("x", 128) + `"`},
		"the smallest body prefix":                      {`"inspect_body":"64B"`},
		"the largest body prefix":                       {`"inspect_body":"1MiB"`},
		"two sites":                                     {`"site":"a"`, `"site":"b","learn":{"min":"1s"},"scripts":[".x"]`},
		"a named site beside the unnamed":               {``, `"site":"a"`},
		"the same site, the same options":               {`"site":"a","scripts":[".php",".JSP"],"max_scripts":7`, `"site":"a","scripts":[".jsp",".php",".php"],"max_scripts":7`},
		"the same site, other modes and thresholds":     {`"site":"a","mode":"block","threshold":{"malicious":11}`, `"site":"a","root":"off","block_status":500,"on_fault":"block"`},
		"the same site, a default spelled out":          {`"site":"a"`, `"site":"a","learn":{"min":"72h","coverage":0.95},"max_scripts":100000`},
		"the unnamed site and one called default as it": {``, `"site":"default"`},
	} {
		t.Run(name, func(t *testing.T) {
			if err := validate(withHandlers(t.TempDir(), handlers...)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestBadConfig(t *testing.T) {
	for _, tt := range []struct {
		name     string
		handlers []string
		want     []string // words of the error
	}{
		{"unknown field", []string{`"colour":"red"`}, []string{`"colour"`}},
		{"unknown field of learn", []string{`"learn":{"minimum":"1s"}`}, []string{`"minimum"`}},
		{"unknown field of threshold", []string{`"threshold":{"clean":1}`}, []string{`"clean"`}},
		{"unknown mode", []string{`"mode":"detect"`}, []string{"mode", `"detect"`}},
		{"unknown on_fault", []string{`"on_fault":"x"`}, []string{"on_fault", `"x"`}},
		{"site's name too long", []string{`"site":"` + strings.Repeat("x", 129) + `"`}, []string{"site", `"xxx`}},
		{"site's name with a line feed", []string{`"site":"a\nb"`}, []string{"site", `"a\nb"`}},
		{"site's name with a placeholder", []string{`"site":"{http.request.host}"`}, []string{"site", `"{http.request.host}"`, "placeholder"}},
		{"no scripts", []string{`"scripts":[]`}, []string{"scripts"}},
		{"bad suffix", []string{`"scripts":[".php","jsp"]`}, []string{`"jsp"`}},
		{"duration that is a word", []string{`"learn":{"min":"soon"}`}, []string{`"soon"`}},
		{"negative duration", []string{`"learn":{"min":"-72h"}`}, []string{"learn", "-72h"}},
		{"coverage of 1", []string{`"learn":{"coverage":1}`}, []string{"coverage", "1"}},
		{"negative coverage", []string{`"learn":{"coverage":-0.5}`}, []string{"coverage", "-0.5"}},
		{"relative root", []string{`"root":"html"`}, []string{"root", `"html"`}},
		{"thresholds reversed", []string{`"threshold":{"suspicious":16,"malicious":10}`}, []string{"threshold", "16", "10"}},
		{"suspicious above the default malicious", []string{`"threshold":{"suspicious":17}`}, []string{"threshold", "17", "16"}},
		{"negative threshold", []string{`"threshold":{"suspicious":-3}`}, []string{"threshold", "-3"}},
		{"threshold too large", []string{`"threshold":{"malicious":1000}`}, []string{"threshold", "1000"}},
		{"negative max_scripts", []string{`"max_scripts":-5`}, []string{"max_scripts", "-5"}},
		{"max_scripts that is a word", []string{`"max_scripts":"many"`}, []string{"max_scripts"}},
		{"body size too large", []string{`"inspect_body":"2MiB"`}, []string{"inspect_body", `"2MiB"`}},
		{"body size of zero", []string{`"inspect_body":"0"`}, []string{"inspect_body", `"0"`}},
		{"body size without its unit", []string{`"inspect_body":"8"`}, []string{"inspect_body", `"8"`, "unit"}},
		{"a success as block_status", []string{`"block_status":200`}, []string{"block_status", "200"}},
		{"block_status too large", []string{`"block_status":600`}, []string{"block_status", "600"}},
		{"a second handler without a name", []string{``, ``}, []string{"without a site name"}},
		{"a third handler without a name", []string{``, `"site":"a"`, `"mode":"tag"`}, []string{"without a site name"}},
		{"the same site, other scripts", []string{`"site":"a"`, `"site":"a","scripts":[".php"]`}, []string{`"a"`, "scripts", ".php"}},
		{"the same site, another duration", []string{`"site":"a"`, `"site":"a","learn":{"min":"1s"}`}, []string{`"a"`, "learn", "72h", "1s"}},
		{"the same site, another coverage", []string{`"site":"a"`, `"site":"a","learn":{"coverage":0.5}`}, []string{`"a"`, "learn", "0.95", "0.5"}},
		{"the same site, another max_scripts", []string{`"site":"a"`, `"site":"a","max_scripts":7`}, []string{`"a"`, "max_scripts", "100000", "7"}},
		{"the unnamed site and one called default unlike it", []string{`"max_scripts":7`, `"site":"default"`}, []string{`"default"`, "max_scripts", "7"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := validate(withHandlers(t.TempDir(), tt.handlers...))
			if err == nil {
				t.Fatal("it is accepted")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not name %s", err, want)
				}
			}
			noReferences(t)
		})
	}
}

// noReferences reports sites that nobody uses and the pool still holds.
func noReferences(t *testing.T) {
	t.Helper()
	sites.Range(func(key, _ any) bool {
		references, _ := sites.References(key)
		t.Errorf("site %v has %d references", key, references)
		return true
	})
}

func TestAppTakesNoOptions(t *testing.T) {
	config := `{"admin":{"disabled":true},"apps":{"webshell_guard":{"sites":{}}}}`
	if err := validate(config); err == nil || !strings.Contains(err.Error(), `"sites"`) {
		t.Errorf("error %v", err)
	}
}

func TestDefaults(t *testing.T) {
	h := new(Handler)
	o, err := h.applyDefaults()
	if err != nil {
		t.Fatal(err)
	}
	if h.Mode != "log" || h.OnFault != "pass" || h.BlockStatus != 403 || h.root != (rootOption{}) {
		t.Errorf("%+v", h)
	}
	if o.Limits.LearnMin != 72*time.Hour || o.Limits.Coverage != 0.95 || o.Limits.MaxScripts != 100_000 || o.Suspicious != 10 || o.Malicious != 16 {
		t.Errorf("%+v", o)
	}
	for _, suffix := range []string{".php", ".phtml", ".phar", ".jsp", ".jspx", ".asp", ".aspx", ".ashx", ".asmx", ".cfm", ".cgi", ".pl"} {
		if !strings.Contains(strings.Join(o.Suffixes, " ")+" ", suffix+" ") {
			t.Errorf("%s is no script", suffix)
		}
	}
}

func TestConfigSurvivesJSON(t *testing.T) {
	text := `{"mode":"block","site":"a","scripts":[".php"],"learn":{"min":1000000000,"coverage":0},"root":"off","threshold":{"suspicious":10,"malicious":10},"max_scripts":1,"inspect_body":"off","block_status":418,"on_fault":"block"}`
	var h Handler
	if err := caddy.StrictUnmarshalJSON([]byte(text), &h); err != nil {
		t.Fatal(err)
	}
	if got, err := json.Marshal(&h); err != nil || string(got) != text {
		t.Errorf("%s %v", got, err)
	}
}
