package caddymodule

import (
	caddycmd "github.com/caddyserver/caddy/v2/cmd"

	"github.com/webshell-guard/caddy-webshell-guard/caddymodule/internal/cli"
)

func init() {
	caddycmd.RegisterCommand(cli.Command())
}
