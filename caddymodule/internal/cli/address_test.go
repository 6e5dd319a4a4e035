package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	_ "github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile" // the Caddyfile adapter
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	logtest "go.uber.org/zap/zaptest/observer"
)

func TestUnreachableAdminAPI(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	file := func(name, text string) string {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	socket := func(name string) string { return "unix/" + filepath.Join(dir, name) }
	caddyfile := file("site.caddyfile", "{\nadmin "+socket("b")+"\n}\n")
	inJSON := file("c.json", `{"admin":{"listen":"`+socket("c")+`"}}`)
	refused := func(t *testing.T, want string, args ...string) {
		t.Helper()
		_, err := command(t, append([]string{"status"}, args...)...)
		if err == nil {
			t.Fatal("somebody answers")
		}
		for _, w := range []string{want, "asking the admin API", "--address", "--config", "CADDY_ADMIN"} {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%q is not in %q", w, err)
			}
		}
	}
	t.Run("at --address", func(t *testing.T) { refused(t, socket("a")+" (from --address)", "--address", socket("a")) })
	t.Run("of a Caddyfile", func(t *testing.T) { refused(t, socket("b")+" (from --config)", "--config", caddyfile) })
	t.Run("of a Caddyfile of another name", func(t *testing.T) {
		refused(t, socket("b")+" (from --config)", "--config", file("conf", "{\nadmin "+socket("b")+"\n}\n"), "--adapter", "caddyfile")
	})
	t.Run("of JSON", func(t *testing.T) { refused(t, socket("c")+" (from --config)", "--config", inJSON) })
	t.Run("that nobody names", func(t *testing.T) {
		before := caddy.DefaultAdminListen
		defer func() { caddy.DefaultAdminListen = before }()
		caddy.DefaultAdminListen = socket("d") // which Caddy sets by CADDY_ADMIN as it starts
		t.Setenv("CADDY_ADMIN", "")
		refused(t, socket("d")+" (Caddy's default)")
		t.Setenv("CADDY_ADMIN", socket("d"))
		refused(t, socket("d")+" (from CADDY_ADMIN)")
	})
	t.Run("of the Caddyfile that is there", func(t *testing.T) {
		file("Caddyfile", "{\nadmin "+socket("e")+"\n}\n")
		refused(t, socket("e")+" (from ./Caddyfile)")
	})
	for want, args := range map[string][]string{
		"no such file":            {"--config", "none.json"},
		`unknown adapter "x"`:     {"--config", inJSON, "--adapter", "x"},
		"adapting bad.caddyfile":  {"--config", file("bad.caddyfile", "{\n")},
		"invalid character":       {"--config", file("bad.json", "{,}")},
		"invalid admin address":   {"--address", "localhost:1-9"},
		"finding the admin API: ": {"--config", "none.json"},
	} {
		t.Run("or "+want, func(t *testing.T) {
			if _, err := command(t, append([]string{"status"}, args...)...); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v", err)
			}
		})
	}
}

// Caddy's own way to read a configuration logs two lines, in each command's output.
func TestReadingAConfigurationLogsNothing(t *testing.T) {
	_, _, buffer := caddy.BufferedLog()
	name := filepath.Join(t.TempDir(), "Caddyfile")
	if err := os.WriteFile(name, []byte("{\n\tadmin localhost:2000\n}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := apiFlags{config: name}
	if a, err := f.findAdmin(); err != nil || a.address != "localhost:2000" {
		t.Errorf("got %v %v", a, err)
	}
	core, logs := logtest.New(zapcore.DebugLevel)
	if buffer.FlushTo(zap.New(core)); logs.Len() > 0 {
		t.Errorf("logged: %v", logs.All())
	}
}
