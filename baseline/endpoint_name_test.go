package baseline

import (
	"strings"
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

func TestEndpointNames(t *testing.T) {
	for text, want := range map[string]EndpointName{
		"/index.php":                              {Script: "/index.php"},
		"/about":                                  {Script: "/about"},
		"/user/{n}/edit":                          {Route: "/user/{n}/edit"},
		"/wp-json/{*}/run":                        {Route: "/wp-json/{*}/run"},
		"/index.php · /about":                     {Script: "/index.php", Route: "/about"},
		"/index.php·/about":                       {Script: "/index.php", Route: "/about"},
		"  /index.php  ·/wp-json/{*}/run ":        {Script: "/index.php", Route: "/wp-json/{*}/run"},
		"/index.php · /":                          {Script: "/index.php", Route: "/"},
		"/ajax.php · action=save":                 {Script: "/ajax.php", Operation: "action=save"},
		"/ajax.php·a=":                            {Script: "/ajax.php", Operation: "a="},
		"/api/{n} · rest_route=/wp/v2/posts":      {Route: "/api/{n}", Operation: "rest_route=/wp/v2/posts"},
		"/index.php · /blog/{slug} · action=a=b":  {Script: "/index.php", Route: "/blog/{slug}", Operation: "action=a=b"},
		`/a\·b.php · /c\·d`:                       {Script: "/a·b.php", Route: "/c·d"},
		`/a\b.php · /c d`:                         {Script: `/a\b.php`, Route: "/c d"},
		`/index.php · /blog/last\ `:               {Script: "/index.php", Route: "/blog/last "},
		`/index.php · /{*}/x\\\·y · \/odd=\·\ · `: {Script: "/index.php", Route: `/{*}/x\·y`, Operation: "/odd=· "},
	} {
		if strings.HasSuffix(text, `\ · `) {
			text = strings.TrimSuffix(text, "· ")
		}
		got, err := ParseEndpointName(text)
		if err != nil || got != want {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
		if again, err := ParseEndpointName(got.String()); err != nil || again != got {
			t.Errorf("%q is written %q, which is %+v, %v", text, got, again, err)
		}
	}
}

func TestEndpointNamesThatAreNone(t *testing.T) {
	for text, want := range map[string]string{
		"":                                     "nothing",
		"·":                                    "nothing",
		"/index.php ·":                         "nothing",
		"· /about":                             "nothing",
		"index.php · /about":                   "slash",
		"about":                                "slash",
		"/index.php · about":                   "neither a path nor NAME=VALUE",
		"/index.php · =about":                  "neither a path nor NAME=VALUE",
		"/a.php · a=b · /about":                "slash",
		"/a.php · /b · /c":                     "or less",
		"/a.php · /b · /c · d=e":               "or less",
		"/b/{n} · /c":                          "no script",
		"/" + strings.Repeat("a", 4096):        "longer",
		strings.Repeat("/a", 50000):            "too long",
		"/a · a=" + strings.Repeat("a", 1<<11): "neither",
		"/a · /" + strings.Repeat("a", 4096):   "longer",
		"a=b":                                  "slash",
		"/index.php · /about · action=x · mode": "neither",
	} {
		if got, err := ParseEndpointName(text); err == nil || !strings.Contains(err.Error(), want) || len(err.Error()) > 500 {
			t.Errorf("%.80q: %+v, %v, want %q", text, got, err, want)
		}
	}
}

// A script is written as its path is, with nothing around it that a log did not have before.
func TestScriptsAreNamedByTheirPaths(t *testing.T) {
	for _, path := range []string{"/index.php", `/a\b.php`, "/a b.php", "/ä.php", "/%41.php"} {
		if got := (EndpointName{Script: path}).String(); got != path {
			t.Errorf("%q: %q", path, got)
		}
	}
	if got := (EndpointName{}).String(); got != "" {
		t.Errorf("nothing: %q", got)
	}
}

// FuzzEndpointName holds that what is listed can be typed back, and means the same.
func FuzzEndpointName(f *testing.F) {
	for _, text := range []string{"/index.php · /wp-json/{*}/run · action=x", `/a\·b\ · /c\\`, `/a·/b·\/c=d`, "/", "·", `/x\\\·y ·/z\  `, "/a.php·\\ \\\\\\/=", "/[x · /**"} {
		f.Add(text)
	}
	n := namer(f)
	f.Fuzz(func(t *testing.T, text string) {
		name, err := ParseEndpointName(text)
		if err != nil {
			return
		}
		if len(name.Script) > scriptpath.MaxPathLen || len(name.Route) > scriptpath.MaxPathLen || len(name.Operation) > maxOperationLen {
			t.Errorf("%q: longer than the bounds", text)
		}
		again, err := ParseEndpointName(name.String())
		if err != nil || again != name {
			t.Fatalf("%q: %+v is written %q, which is %+v, %v", text, name, name, again, err)
		}
		if name.Route == "" {
			name.Script, name.Route = "", name.Script
		}
		pattern, err := NewEndpointPattern(name, n)
		if err != nil {
			return
		}
		var back EndpointPattern
		if err := back.UnmarshalText([]byte(pattern.String())); err != nil || back.String() != pattern.String() || back.template != pattern.template {
			t.Errorf("%q: the pattern %q (%q) comes back as %q (%q), %v", text, pattern, pattern.template, back, back.template, err)
		}
	})
}
