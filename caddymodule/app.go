package caddymodule

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/caddyserver/caddy/v2"
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
	// storageTimeout bounds loading and saving a site: Caddy waits for Start and
	// for Stop.
	storageTimeout = 10 * time.Second
)

// App owns what is known of every guarded site: it loads it when Caddy starts,
// saves it every minute and when Caddy stops, and ends the sites' learning. It
// needs no configuration; the handlers create it.
type App struct {
	ctx     caddy.Context
	logger  *zap.Logger
	metrics *metrics

	mu    sync.Mutex
	sites map[string]*guarded

	cancel context.CancelFunc
	done   chan struct{}
}

// guarded is a site as this configuration guards it.
type guarded struct {
	state   *siteState
	shape   shape
	unnamed bool
	mode    mode // the strictest of its handlers'
	// saved is true once this configuration's storage holds the baseline.
	saved bool
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
	return a.metrics.register(ctx.GetMetricsRegistry(), a)
}

// join adds a handler to its site. Its state comes from the pool, where it
// outlives this configuration; the caller must leave the site in the end.
func (a *App) join(name string, m mode, s shape) (*siteState, error) {
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
		if diff := g.shape.differs(s); diff != "" {
			return nil, fmt.Errorf("site %q is guarded twice with different settings: %s", name, diff)
		}
	}
	state, err := poolSite(name)
	if err != nil {
		return nil, err
	}
	g := a.sites[name]
	if g == nil {
		g = &guarded{state: state, shape: s}
		a.sites[name] = g
	}
	g.unnamed = g.unnamed || unnamed
	g.mode = max(g.mode, m)
	return state, nil
}

// Start loads the sites' baselines and begins to look after them.
func (a *App) Start() error {
	for _, g := range a.guarded() {
		memory, loaded := a.open(g.state)
		g.saved = loaded
		if g.mode != modeLog && memory.Closed().IsZero() {
			a.logger.Info("while the site is learning, this mode does what log does",
				zap.String("site", g.state.name), zap.Stringer("mode", g.mode))
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	a.cancel, a.done = cancel, make(chan struct{})
	go a.run(ctx)
	return nil
}

// Stop ends the timers and saves what has not been saved.
func (a *App) Stop() error {
	a.cancel()
	<-a.done
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
				g.state.settle(now, g.shape.Limits, a.logger)
				g.state.summarise(now, a.logger)
			}
			if now.Sub(saved) < saveInterval {
				continue
			}
			saved = now
			for _, g := range a.guarded() {
				a.save(g)
			}
		}
	}
}

func (a *App) save(g *guarded) {
	ctx, cancel := context.WithTimeout(context.Background(), storageTimeout)
	defer cancel()
	err := g.state.save(ctx, a.ctx.Storage(), !g.saved, a.logger)
	g.saved = g.saved || err == nil
	if err != nil {
		a.metrics.snapshotErrors.Inc()
		a.logger.Error("saving the baseline failed; it is tried again in a minute",
			zap.String("site", g.state.name), zap.Error(err))
	}
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
