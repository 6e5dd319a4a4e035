// Command caddy is Caddy with its standard modules and webshell_guard.
//
//	go run ./examples/caddy run --config Caddyfile.example
package main

import (
	caddycmd "github.com/caddyserver/caddy/v2/cmd"

	_ "github.com/caddyserver/caddy/v2/modules/standard"

	_ "github.com/webshell-guard/caddy-webshell-guard/caddymodule"
)

func main() { caddycmd.Main() }
