package detector

import (
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// What answers to an extension is learned from types and payloads.
func TestExtensionsAreLearned(t *testing.T) {
	for _, tt := range []struct {
		method, path, query, kind string
		file                      bool
	}{
		{"GET", "/a.html", "utm=1", "text/html", true},
		{"GET", "/a.action", "", "text/html; charset=utf-8", false},
		{"POST", "/a.json", "", "application/json", false},
		{"GET", "/a.bin", "", "application/octet-stream", true},
		{"GET", "/a.bin", "", "", false},
		{"GET", "/a.css", "", "", true},
	} {
		d, err := New(DefaultOptions())
		if err != nil {
			t.Fatal(err)
		}
		m := NewMemory(baseline.NewSite("a", start))
		x := &Exchange{Time: start, Method: tt.method, Path: tt.path, EffectivePath: tt.path, Query: tt.query, Status: 200, ContentType: tt.kind, Length: 7}
		var e Evaluation
		e.Begin(d, m, x)
		e.Respond()
		e.Learn()
		if got := m.Directories.ServesAsFile(tt.path); got != tt.file {
			t.Errorf("%s %s %s: %v", tt.method, tt.path, tt.kind, got)
		}
	}
}
