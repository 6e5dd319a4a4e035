package caddymodule

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

const openAdminFault = "the admin endpoint is on TCP, where a script on this machine can reach it and reconfigure Caddy: give it a Unix socket, `admin unix//…` in a directory that only Caddy may enter"

// adminOnTCP reports whether the configuration's admin endpoint is neither off nor
// a Unix socket. Caddy gives modules no way to ask; should its types change, the
// answer is no.
func adminOnTCP(ctx caddy.Context) bool {
	cfg := reflect.ValueOf(ctx).FieldByName("cfg")
	if cfg.Kind() != reflect.Pointer || cfg.IsNil() {
		return false
	}
	admin := cfg.Elem().FieldByName("Admin")
	if admin.Kind() != reflect.Pointer {
		return false
	}
	listen := caddy.DefaultAdminListen
	if !admin.IsNil() {
		disabled, address := admin.Elem().FieldByName("Disabled"), admin.Elem().FieldByName("Listen")
		if disabled.Kind() != reflect.Bool || disabled.Bool() || address.Kind() != reflect.String {
			return false
		}
		if address.String() != "" {
			listen = caddy.NewReplacer().ReplaceAll(address.String(), "")
		}
	}
	return !strings.HasPrefix(listen, "unix") && !strings.HasPrefix(listen, "fd")
}

// faults lists what is wrong, in words.
func (a *App) faults(g *guarded, m *baseline.Site, now time.Time) []string {
	list := []string{}
	if a.openAdmin {
		list = append(list, openAdminFault)
	}
	for _, root := range g.roots {
		if problem := rootProblem(root); problem != "" {
			list = append(list, problem)
		}
	}
	for _, f := range g.files {
		list = append(list, f.closed.faults()...)
	}
	if g.state.unread.Load() {
		list = append(list, "the stored baseline could not be read, and nothing is stored until it can be")
	}
	if c := g.state.conflict.Load(); c != nil {
		list = append(list, c.fault())
	}
	if problem := g.state.unsaved.Load(); problem != nil {
		list = append(list, "the last snapshot could not be written: "+*problem)
	}
	for kind := range baseline.OverflowCount {
		if n := m.Scripts.Overflows(kind); n > 0 {
			list = append(list, fmt.Sprintf("scripts found no room in the baseline %d times (%s): see max_scripts", n, kind))
		}
	}
	if c, on := m.Containment.Active(now); on && !c.Rehearse && m.Scripts.Count(baseline.Trusted) == 0 {
		list = append(list, "the site is contained and no script is trusted: none is served")
	}
	return list
}
