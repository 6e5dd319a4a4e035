//go:build caddytest

// Package caddytest: this file is compiled as part of Caddy's own package of
// that name. See run.sh.
package caddytest

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/caddyserver/caddy/v2/caddyconfig"

	_ "github.com/webshell-guard/caddy-webshell-guard/caddymodule"
)

// guarded puts a guard of the mode that WEBSHELL_GUARD_MODE names in front of
// everything that each server of a configuration does, and another in front of
// what it does about errors. A configuration that cannot be read stays as it
// is: a test may want to see how Caddy refuses it.
func guarded(raw, configType string) (string, string) {
	mode := os.Getenv("WEBSHELL_GUARD_MODE")
	if mode == "" {
		return raw, configType
	}
	config := []byte(raw)
	if configType != "json" {
		adapter := caddyconfig.GetAdapter(configType)
		if adapter == nil {
			return raw, configType
		}
		var err error
		if config, _, err = adapter.Adapt(config, nil); err != nil {
			return raw, configType
		}
	}
	var root map[string]any
	if json.Unmarshal(config, &root) != nil {
		return raw, configType
	}
	servers, _ := at(root, "apps", "http", "servers").(map[string]any)
	for name, server := range servers {
		for _, of := range [][]string{{"routes"}, {"errors", "routes"}} {
			parent, _ := at(server, of[:len(of)-1]...).(map[string]any)
			routes, ok := parent["routes"].([]any)
			if !ok {
				continue
			}
			site := fmt.Sprint(name, " ", of)
			// Learning ends at once: what is tested is a guard that enforces, and to
			// which every script is new.
			parent["routes"] = append([]any{map[string]any{"handle": []any{map[string]any{
				"handler": "webshell_guard", "mode": mode, "site": site,
				"learn": map[string]any{"min": "1ms", "coverage": 0},
			}}}}, routes...)
			fmt.Fprintf(os.Stderr, "GUARDED %s in mode %s\n", site, mode)
		}
	}
	if config, err := json.Marshal(root); err == nil {
		return string(config), "json"
	}
	return raw, configType
}

// at is the value below the keys, or nil.
func at(value any, keys ...string) any {
	for _, key := range keys {
		m, _ := value.(map[string]any)
		value = m[key]
	}
	return value
}
