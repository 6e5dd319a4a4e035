package cli

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/caddyserver/caddy/v2/caddyconfig"
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
)

// defaultConfig is the configuration file that `caddy reload` takes, too.
const defaultConfig = "Caddyfile"

// adminAddress is where the admin API listens, and where that is from.
type adminAddress struct{ address, source string }

func (a adminAddress) String() string { return a.address + " (" + a.source + ")" }

// findAdmin finds the admin API as `caddy reload` does.
func (f *apiFlags) findAdmin() (a adminAddress, err error) {
	a.address = f.address
	if a.address != "" {
		a.source = "from --address"
		return a, nil
	}
	file := f.config
	a.source = "from --config"
	if file == "" {
		if _, err := os.Stat(defaultConfig); err == nil {
			file = defaultConfig
			a.source = "from ./Caddyfile"
		}
	}
	var config []byte
	if file != "" {
		if config, err = readConfig(file, f.adapter); err != nil {
			return a, fmt.Errorf("finding the admin API: %w", err)
		}
	}
	if a.address, err = caddycmd.DetermineAdminAPIAddress("", config, file, f.adapter); err != nil {
		return a, fmt.Errorf("finding the admin API: %w", err)
	}
	switch {
	case config != nil:
	case os.Getenv("CADDY_ADMIN") != "":
		a.source = "from CADDY_ADMIN"
	default:
		a.source = "Caddy's default"
	}
	return a, nil
}

// readConfig reads a configuration file as JSON. [caddycmd.LoadConfig] would log each
// step of it.
func readConfig(file, adapter string) ([]byte, error) {
	var text []byte
	var err error
	if file == "-" {
		text, err = io.ReadAll(os.Stdin)
	} else {
		text, err = os.ReadFile(file) //nolint:gosec // the operator names it
	}
	if err != nil {
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
	if name := strings.ToLower(filepath.Base(file)); filepath.Ext(name) == ".caddyfile" ||
		strings.HasPrefix(name, "caddyfile") && filepath.Ext(name) != ".json" {
		adapter = cmp.Or(adapter, "caddyfile")
	}
	if adapter == "" {
		return text, nil
	}
	a := caddyconfig.GetAdapter(adapter)
	if a == nil {
		return nil, fmt.Errorf("reading the configuration: unknown adapter %q", adapter)
	}
	text, _, err = a.Adapt(text, map[string]any{"filename": file}) // warnings are for who loads it
	if err != nil {
		return nil, fmt.Errorf("adapting %s: %w", file, err)
	}
	return text, nil
}
