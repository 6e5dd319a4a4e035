package caddymodule

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyevents"
	"go.uber.org/zap"

	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

func init() {
	caddy.RegisterModule(new(App))
}

const (
	appID = "webshell_guard"

	tickInterval = time.Second
	// saveInterval is how much of what was learned a crash may lose.
	saveInterval = time.Minute
)

// App owns what is known of every guarded site: it loads it when Caddy starts,
// saves it every minute and when Caddy stops, and ends the sites' learning. It
// needs no configuration; the handlers create it.
type App struct {
	ctx     caddy.Context
	logger  *zap.Logger
	metrics *metrics
	events  *events
	// openAdmin is true if Caddy's admin endpoint is not a Unix socket.
	openAdmin bool

	every time.Duration // saveInterval, but in tests

	mu    sync.Mutex
	sites map[string]*guarded

	cancel  context.CancelFunc
	done    chan struct{}
	emitted chan struct{}
}

// guarded is a site as this configuration guards it.
type guarded struct {
	state    *siteState
	settings learnSettings
	unnamed  bool
	mode     mode     // the strictest of its handlers'
	roots    []string // that do not depend on the request
	files    []*files // its handlers' looks at files
	// saved is true once this configuration's storage holds the baseline.
	saved atomic.Bool
}

// CaddyModule returns the Caddy module information.
func (*App) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: appID, New: func() caddy.Module { return new(App) }}
}

// Provision sets up the app. It reads and writes no stored state: `caddy
// validate` runs it too.
func (a *App) Provision(ctx caddy.Context) error {
	a.ctx = ctx
	a.logger = ctx.Logger()
	a.sites = make(map[string]*guarded)
	a.metrics = newMetrics()
	a.every = saveInterval
	v, err := ctx.App("events")
	if err != nil {
		return err
	}
	a.events = newEvents(v.(*caddyevents.App))
	if a.openAdmin = adminOnTCP(ctx); a.openAdmin {
		a.logger.Warn(openAdminFault)
	}
	return a.metrics.register(ctx.GetMetricsRegistry(), a)
}

// join adds a handler to its site. Its state comes from the pool, where it
// outlives this configuration; the caller must leave the site in the end.
func (a *App) join(name string, m mode, s learnSettings) (*siteState, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	unnamed := name == ""
	if unnamed {
		name = defaultSite
	}
	if g := a.sites[name]; g != nil {
		if unnamed && g.unnamed {
			return nil, errors.New("a second webshell_guard without a site name would share its baseline with the first: name them, with `site <name>` (a site block with several addresses, or a named route, makes one for each server)")
		}
		if diff := g.settings.differs(s); diff != "" {
			return nil, fmt.Errorf("site %q is guarded twice with different settings: %s", name, diff)
		}
	}
	state, err := poolSite(name)
	if err != nil {
		return nil, err
	}
	g := a.sites[name]
	if g == nil {
		g = &guarded{state: state, settings: s}
		a.sites[name] = g
	}
	g.unnamed = g.unnamed || unnamed
	g.mode = max(g.mode, m)
	return state, nil
}

// noteRoot keeps a document root that is the same for every request to the site.
func (a *App) noteRoot(site, root string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if g := a.sites[site]; g != nil && !slices.Contains(g.roots, root) {
		g.roots = append(g.roots, root)
	}
}

// Start loads the sites' baselines and begins to look after them.
func (a *App) Start() error {
	for _, g := range a.guarded() {
		memory, loaded := a.open(g.state)
		g.saved.Store(loaded)
		if before := memory.UseSuffixes(g.settings.suffixes); before != "" && before != g.settings.suffixes {
			a.logger.Warn("the baseline was learned with other scripts: those of suffixes that were added are new to it, see relearn and approve",
				zap.String("site", g.state.name), zap.String("before", before), zap.String("now", g.settings.suffixes))
		}
		if g.mode != modeLog && memory.Phases.Closed().IsZero() {
			a.logger.Info("while the site is learning, this mode does what log does",
				zap.String("site", g.state.name), zap.Stringer("mode", g.mode))
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	a.cancel, a.done = cancel, make(chan struct{})
	a.emitted = make(chan struct{})
	go func() {
		defer close(a.emitted)
		a.events.run(ctx, a.ctx, a.logger)
	}()
	go a.run(ctx)
	return nil
}

// Stop ends the timers and saves what has not been saved.
func (a *App) Stop() error {
	a.cancel()
	<-a.done
	<-a.emitted
	for _, g := range a.guarded() {
		a.save(g)
	}
	return nil
}

// open returns what is remembered of a site, and whether this call loaded it
// from storage.
func (a *App) open(s *siteState) (memory *detector.Memory, loaded bool) {
	return s.open(a.ctx.Storage(), a.logger)
}

// run looks after the sites until ctx ends.
func (a *App) run(ctx context.Context) {
	defer close(a.done)
	tick := time.NewTicker(tickInterval)
	defer tick.Stop()
	saved := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			for _, g := range a.guarded() {
				g.state.finishLearning(now, g.settings.Limits, a.logger, a.emit)
				g.state.lapse(now, a.logger, a.emit)
				g.state.lapseDeploy(now, a.logger)
				g.state.summarise(now, a.logger)
				g.state.reportChanges(now, a.logger, a.emit)
			}
			if now.Sub(saved) < a.every {
				continue
			}
			saved = now
			for _, g := range a.guarded() {
				g.state.expireEvidence(now)
				a.save(g)
			}
		}
	}
}

// emit hands on an event, without waiting for those who handle it.
func (a *App) emit(name string, data map[string]any) { a.events.emit(name, data) }

func (a *App) save(g *guarded) {
	if err := a.write(g, !g.saved.Load()); err != nil && !isForeign(err) {
		a.logger.Error("saving the baseline failed; it is tried again in a minute",
			zap.String("site", g.state.name), zap.Error(err))
	}
}

// write stores a site's baseline if anything changed, or if it must. It counts an
// error, and reports where another process stores the site.
func (a *App) write(g *guarded, must bool) error {
	ctx, cancel := context.WithTimeout(context.Background(), storageTimeout)
	defer cancel()
	began := time.Now()
	wrote, err := g.state.save(ctx, a.ctx.Storage(), must, a.logger)
	if isForeign(err) {
		g.state.unsaved.Store(nil) // storage works
		return err
	}
	if err != nil {
		a.metrics.snapshotErrors.Inc()
		problem := err.Error()
		g.state.unsaved.Store(&problem)
		return err
	}
	if wrote {
		a.metrics.snapshot.Observe(time.Since(began).Seconds())
		g.state.unsaved.Store(nil)
	}
	g.saved.Store(true)
	return nil
}

// guarded lists the sites of this configuration, by name.
func (a *App) guarded() []*guarded {
	a.mu.Lock()
	defer a.mu.Unlock()
	list := make([]*guarded, 0, len(a.sites))
	for _, g := range a.sites {
		list = append(list, g)
	}
	slices.SortFunc(list, func(x, y *guarded) int { return strings.Compare(x.state.name, y.state.name) })
	return list
}

// Interface guards.
var (
	_ caddy.App         = (*App)(nil)
	_ caddy.Module      = (*App)(nil)
	_ caddy.Provisioner = (*App)(nil)
)
