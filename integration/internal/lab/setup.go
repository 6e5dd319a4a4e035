package lab

import (
	"fmt"
	"testing"
)

// Setup is a way in which Caddy and PHP are put together.
type Setup struct {
	Name string
	// Rooted is true if the guard knows the document root, and so can tell a
	// script that is missing, and refuse one that was read before it runs.
	Rooted bool
	// Sites returns the Caddyfile of a site that runs the guard in a mode.
	Sites func(t *testing.T, mode string, port int, s *Site, socket string) string
}

// Setups are all of them.
func Setups() []Setup { return []Setup{FastCGI(), Proxied()} }

// FastCGI has the Caddy of the guard pass requests to PHP itself.
func FastCGI() Setup {
	return Setup{"php_fastcgi", true, func(_ *testing.T, mode string, port int, s *Site, socket string) string {
		return fmt.Sprintf(`http://:%d {
	log
	root * %s
	webshell_guard %s {
		site php
		learn 2s 0.95
	}
	php_fastcgi unix/%s
	file_server
}
`, port, s.Root, mode, socket)
	}}
}

// Proxied has the guard stand before a proxy, and so know no document root.
func Proxied() Setup {
	return Setup{"reverse_proxy", false, func(t *testing.T, mode string, port int, s *Site, socket string) string {
		return fmt.Sprintf(`http://:%d {
	log
	webshell_guard %s {
		site proxied
		learn 2s 0.95
	}
	reverse_proxy 127.0.0.1:%[3]d
}
http://:%[3]d {
	root * %[4]s
	php_fastcgi unix/%[5]s
	file_server
}
`, port, mode, FreePort(t), s.Root, socket)
	}}
}

// Guarded starts Caddy in a mode and has it learn the site.
func (u Setup) Guarded(t *testing.T, mode, socket string) (*Caddy, *Site, Visitor) {
	t.Helper()
	s := NewSite(t)
	v := NewVisitor(t)
	c := StartCaddy(t, u.Sites(t, mode, v.Port, s, socket))
	v.Teach("")
	c.Enforcing(1)
	return c, s, v
}
