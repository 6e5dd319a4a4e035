package caddymodule

import (
	"fmt"
	"strings"
	"testing"
)

// badCaddyfiles are directives, each with the line of the Caddyfile and the
// words that the error must name. The directive begins on line 2.
var badCaddyfiles = []struct {
	name, directive string
	line            int
	token           string
}{
	{"unknown mode", "webshell_guard detect", 2, `"detect"`},
	{"mode with other letters", "webshell_guard Block", 2, `"Block"`},
	{"mode twice", "webshell_guard tag block", 2, "block"},
	{"unknown mode after a matcher", "webshell_guard /a/* detect {\n}", 2, `"detect"`},
	{"unknown option", "webshell_guard {\n colour red\n}", 3, `"colour"`},
	{"option with other letters", "webshell_guard {\n Site a\n}", 3, `"Site"`},
	{"mode as an option", "webshell_guard {\n mode block\n}", 3, `"mode"`},
	{"duplicate option", "webshell_guard {\n site a\n learn 1s\n site b\n}", 5, `"site"`},
	{"duplicate option, the same value", "webshell_guard {\n root off\n root off\n}", 4, `"root"`},
	{"block below an option", "webshell_guard {\n site a {\n  b\n }\n}", 4, `"site"`},

	{"site without a name", "webshell_guard {\n site\n}", 3, "'site'"},
	{"site with an empty name", "webshell_guard {\n site \"\"\n}", 3, "''"},
	{"site with two names", "webshell_guard {\n site a b\n}", 3, "'b'"},
	{"site with a placeholder", "webshell_guard {\n site {http.request.host}\n}", 3, `"{http.request.host}"`},
	{"site with a placeholder in its name", "webshell_guard {\n site shop-{env.NODE}\n}", 3, `"shop-{env.NODE}"`},

	{"scripts without a suffix", "webshell_guard {\n scripts\n}", 3, "'scripts'"},
	{"suffix without a dot", "webshell_guard {\n scripts .php jsp\n}", 3, `"jsp"`},
	{"suffix that is a dot", "webshell_guard {\n scripts .\n}", 3, `"."`},
	{"suffix with two dots", "webshell_guard {\n scripts .php .a.b\n}", 3, `".a.b"`},
	{"suffix with a wildcard", "webshell_guard {\n scripts *.php\n}", 3, `"*.php"`},
	{"suffix too long", "webshell_guard {\n scripts .abcdefghijklmnop\n}", 3, `".abcdefghijklmnop"`},
	{"empty suffix", "webshell_guard {\n scripts .php \"\"\n}", 3, `""`},

	{"learn without a duration", "webshell_guard {\n learn\n}", 3, "'learn'"},
	{"learn with three values", "webshell_guard {\n learn 1s 0.5 x\n}", 3, "'x'"},
	{"duration without a unit", "webshell_guard {\n learn 72\n}", 3, `"72"`},
	{"duration that is a word", "webshell_guard {\n learn soon\n}", 3, `"soon"`},
	{"duration of zero", "webshell_guard {\n learn 0s\n}", 3, `"0s"`},
	{"negative duration", "webshell_guard {\n learn -72h\n}", 3, `"-72h"`},
	{"coverage of 1", "webshell_guard {\n learn 1s 1\n}", 3, `"1"`},
	{"coverage in percent", "webshell_guard {\n learn 1s 95%\n}", 3, `"95%"`},
	{"negative coverage", "webshell_guard {\n learn 1s -0.1\n}", 3, `"-0.1"`},
	{"coverage that is not a number", "webshell_guard {\n learn 1s NaN\n}", 3, `"NaN"`},

	{"root without a path", "webshell_guard {\n root\n}", 3, "'root'"},
	{"empty root", "webshell_guard {\n root \"\"\n}", 3, "''"},
	{"root with two paths", "webshell_guard {\n root /a /b\n}", 3, "'/b'"},
	{"relative root", "webshell_guard {\n root html\n}", 3, `"html"`},
	{"root that is the working directory", "webshell_guard {\n root .\n}", 3, `"."`},

	{"one threshold", "webshell_guard {\n threshold 10\n}", 3, "'10'"},
	{"three thresholds", "webshell_guard {\n threshold 10 16 20\n}", 3, "'20'"},
	{"thresholds reversed", "webshell_guard {\n threshold 16 10\n}", 3, "16 10"},
	{"threshold that is not a number", "webshell_guard {\n threshold NaN 16\n}", 3, `"NaN"`},
	{"threshold that is a word", "webshell_guard {\n threshold 10 high\n}", 3, `"high"`},
	{"infinite threshold", "webshell_guard {\n threshold 10 Inf\n}", 3, `"Inf"`},
	{"negative threshold", "webshell_guard {\n threshold -1 16\n}", 3, `"-1"`},
	{"threshold of zero", "webshell_guard {\n threshold 0 16\n}", 3, `"0"`},
	{"threshold of a thousand bits", "webshell_guard {\n threshold 10 1000\n}", 3, `"1000"`},

	{"max_scripts without a number", "webshell_guard {\n max_scripts\n}", 3, "'max_scripts'"},
	{"max_scripts twice the value", "webshell_guard {\n max_scripts 1 2\n}", 3, "'2'"},
	{"no scripts", "webshell_guard {\n max_scripts 0\n}", 3, `"0"`},
	{"fewer than no scripts", "webshell_guard {\n max_scripts -5\n}", 3, `"-5"`},
	{"half a script", "webshell_guard {\n max_scripts 1.5\n}", 3, `"1.5"`},
	{"more scripts than a number holds", "webshell_guard {\n max_scripts 99999999999999999999\n}", 3, `"99999999999999999999"`},

	{"inspect_body without a size", "webshell_guard {\n inspect_body\n}", 3, "'inspect_body'"},
	{"inspect_body with two sizes", "webshell_guard {\n inspect_body 1KiB 2KiB\n}", 3, "'2KiB'"},
	{"body size too large", "webshell_guard {\n inspect_body 2MiB\n}", 3, `"2MiB"`},
	{"body size just too large", "webshell_guard {\n inspect_body 1048577\n}", 3, `"1048577"`},
	{"body size of zero", "webshell_guard {\n inspect_body 0\n}", 3, `"0"`},
	{"body size without its unit", "webshell_guard {\n inspect_body 8\n}", 3, `"8": want a size with its unit`},
	{"body size of a few bytes", "webshell_guard {\n inspect_body 63B\n}", 3, `"63B"`},
	{"negative body size", "webshell_guard {\n inspect_body -1KiB\n}", 3, `"-1KiB"`},
	{"body size that is a word", "webshell_guard {\n inspect_body on\n}", 3, `"on"`},

	{"block_status without a code", "webshell_guard {\n block_status\n}", 3, "'block_status'"},
	{"block_status twice the value", "webshell_guard {\n block_status 403 404\n}", 3, "'404'"},
	{"a success as block_status", "webshell_guard {\n block_status 200\n}", 3, `"200"`},
	{"block_status too large", "webshell_guard {\n block_status 600\n}", 3, `"600"`},
	{"block_status that is a word", "webshell_guard {\n block_status forbidden\n}", 3, `"forbidden"`},

	{"on_fault without a value", "webshell_guard {\n on_fault\n}", 3, "'on_fault'"},
	{"on_fault twice the value", "webshell_guard {\n on_fault pass block\n}", 3, "'block'"},
	{"on_fault x", "webshell_guard {\n on_fault x\n}", 3, `"x"`},
}

func TestBadCaddyfile(t *testing.T) {
	for _, tt := range badCaddyfiles {
		t.Run(tt.name, func(t *testing.T) {
			_, err := adapt("http://example.com {\n" + tt.directive + "\n}\n")
			if err == nil {
				t.Fatal("it is accepted")
			}
			for _, want := range []string{tt.token, fmt.Sprintf("Caddyfile:%d", tt.line)} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not name %s", err, want)
				}
			}
		})
	}
}

func TestImportedCaddyfileIsNamedInErrors(t *testing.T) {
	_, err := adapt("(guard) {\n webshell_guard {\n  site a\n  threshold {args[0]} 16\n }\n}\nhttp://example.com {\n import guard many\n}\n")
	if err == nil {
		t.Fatal("it is accepted")
	}
	for _, want := range []string{`"many"`, "Caddyfile:4", "import"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q does not name %s", err, want)
		}
	}
}

// An empty block was taken for no block, because NextBlock reports neither.
func TestEmptyBlockBelowAnOptionIsRefused(t *testing.T) {
	_, err := adapt("http://example.com {\nwebshell_guard {\n learn 1s {\n }\n}\n}\n")
	if err == nil || !strings.Contains(err.Error(), `"learn"`) {
		t.Errorf("error %v", err)
	}
}
