package caddymodule

import (
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/caddymodule/internal/adminapi"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

func init() {
	caddy.RegisterModule(new(adminModule))
}

// adminModule gives Caddy the admin API. Caddy makes it anew for each configuration,
// before the sites are there.
type adminModule struct{}

// CaddyModule returns the Caddy module information.
func (*adminModule) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "admin.api.webshell_guard", New: func() caddy.Module { return new(adminModule) }}
}

// Routes returns the API's routes.
func (*adminModule) Routes() []caddy.AdminRoute { return adminapi.Routes(runningSites) }

// runningSites are the sites of the configuration that runs.
func runningSites() (list []adminapi.Site) {
	v, err := caddy.ActiveContext().AppIfConfigured(appID)
	app, ok := v.(*App)
	if err != nil || !ok {
		return nil
	}
	for _, g := range app.guarded() {
		list = append(list, adminSite{app, g})
	}
	return list
}

// adminSite is a site as the admin API sees it.
type adminSite struct {
	app *App
	g   *guarded
}

// Lock and Unlock are held by an operator's change until it is stored.
func (s adminSite) Lock()   { s.g.state.deciding.Lock() }
func (s adminSite) Unlock() { s.g.state.deciding.Unlock() }

// Settings returns the site's options.
func (s adminSite) Settings() adminapi.Settings {
	return adminapi.Settings{
		Name: s.g.state.name, Mode: s.g.mode.String(), Suffixes: strings.Fields(s.g.settings.suffixes), Limits: s.g.settings.Limits, Roots: s.g.roots,
	}
}

// Memory returns what is known of the site, which a request may be the first to load.
func (s adminSite) Memory() *detector.Memory {
	m, _ := s.app.open(s.g.state)
	return m
}

// Stat looks at a script's file.
func (adminSite) Stat(key baseline.Key) detector.File { return statKey(key) }

// Activity counts what happened in the last hours.
func (s adminSite) Activity(hours int, now time.Time) adminapi.Activity {
	return s.g.state.activity.last(hours, now)
}

// Faults are sentences about what is wrong.
func (s adminSite) Faults(now time.Time) []string {
	return s.app.faults(s.g, s.Memory().Site, now)
}

// Save stores the site, whether or not anything has changed.
func (s adminSite) Save() error { return s.app.write(s.g, true) }

// Replace puts another baseline in the place of the site's.
func (s adminSite) Replace(fresh *baseline.Site) { s.g.state.replace(fresh, s.app.logger) }

// Decided logs what an operator decided in one call.
func (s adminSite) Decided(list []baseline.Decision) { s.g.state.reportDecisions(list, s.app.logger) }

// Deploying tells that an operator opened a deploy window, or gave it a new end.
func (s adminSite) Deploying(w baseline.DeployWindow) { s.g.state.reportDeploying(w, s.app.logger) }

// Deployed tells that an operator ended a deploy window.
func (s adminSite) Deployed(w baseline.DeployWindow, scripts int) {
	s.g.state.reportDeployed(w, scripts, s.app.logger)
}

// Contained tells that an operator contained the site, or rehearses it.
func (s adminSite) Contained(c baseline.Containment) {
	s.g.state.reportContained(c, s.app.logger, s.app.emit)
}

// EndChanged tells that an operator gave a containment another end.
func (s adminSite) EndChanged(from, to baseline.Containment) {
	s.g.state.reportEndChanged(from, to, s.app.logger, s.app.emit)
}

// Released tells that an operator ended the containment.
func (s adminSite) Released() { s.g.state.reportReleased(s.app.logger, s.app.emit) }

// Relearned tells that an operator had the site learn anew.
func (s adminSite) Relearned() { s.g.state.reportLearning(s.app.emit) }

// Interface guards.
var (
	_ caddy.Module      = (*adminModule)(nil)
	_ caddy.AdminRouter = (*adminModule)(nil)
	_ adminapi.Site     = adminSite{}
)
