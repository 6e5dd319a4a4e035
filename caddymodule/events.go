package caddymodule

import (
	"context"
	"sync/atomic"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyevents"
	"go.uber.org/zap"
)

// maxEvents is how many events may wait for those who handle them.
const maxEvents = 256

// events hands on what happens to Caddy's events app. That runs its handlers one
// after another, and a request must not wait for them.
type events struct {
	app     *caddyevents.App
	waiting chan event
	dropped atomic.Uint64
}

type event struct {
	name string
	data map[string]any
}

func newEvents(app *caddyevents.App) *events {
	return &events{app: app, waiting: make(chan event, maxEvents)}
}

// emit hands on a copy of what happened, unless too much is waiting.
func (e *events) emit(name string, data map[string]any) {
	name = appID + "." + name
	if !e.app.ShouldEmit(name) {
		return
	}
	select {
	case e.waiting <- event{name, data}:
	default:
		e.dropped.Add(1)
	}
}

// run hands on until ctx ends, and then what is waiting.
func (e *events) run(ctx context.Context, of caddy.Context, logger *zap.Logger) {
	for {
		select {
		case v := <-e.waiting:
			e.app.Emit(of, v.name, v.data)
			continue
		case <-ctx.Done():
		}
		break
	}
	for len(e.waiting) > 0 {
		v := <-e.waiting
		e.app.Emit(of, v.name, v.data)
	}
	if n := e.dropped.Load(); n > 0 {
		logger.Warn("events were dropped: their handlers were too slow", zap.Uint64("events", n))
	}
}
