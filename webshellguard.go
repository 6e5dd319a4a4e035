// Package webshellguard adds webshell_guard to Caddy when it is imported, as
// xcaddy does. See package caddymodule for the directive, and packages detector
// and baseline for how it works.
package webshellguard

import _ "github.com/webshell-guard/caddy-webshell-guard/caddymodule"
