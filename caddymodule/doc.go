// Package caddymodule puts the detector into Caddy's request path: the app
// `webshell_guard`, which owns what is known of each site, and the HTTP handler
// `http.handlers.webshell_guard`, which observes, tags or blocks.
//
// Caddyfile syntax:
//
//	webshell_guard [<matcher>] [log|tag|block] {
//	    site            <name>
//	    scripts         <suffix...>
//	    learn           <min duration> [<coverage>]
//	    root            <path>|off
//	    threshold       <suspicious> <malicious>
//	    max_scripts     <n>
//	    inspect_body    <size>|off
//	    block_status    <code>
//	    on_fault        pass|block
//	}
//
// The directive is ordered after `encode`, so that it sees bodies before they
// are compressed, and what `forward_auth` and `basic_auth` let through.
package caddymodule
