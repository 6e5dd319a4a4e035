package caddymodule

import "go.uber.org/zap"

// catch keeps a fault of the guard from becoming one of the site: it is logged,
// the request is counted as unjudged, and on_fault decides. It is deferred only
// before the first byte of a response, and never while another handler runs,
// whose faults it would hide.
func (t *transaction) catch() {
	if p := recover(); p != nil {
		t.failed(p)
		if c, on := t.memory.Containment.Active(t.exchange.Time); t.h.blockAll || on && !c.Rehearse {
			t.action, t.refused = actionBlock, true
		}
	}
}

// catchLate is catch for when the response has been sent: nothing can be
// refused any more.
func (t *transaction) catchLate() {
	if p := recover(); p != nil {
		t.failed(p)
		t.h.counters.unjudged[t.action].Inc()
	}
}

func (t *transaction) failed(p any) {
	t.fault = true
	t.publish()
	// A client that finds a fault must not be able to fill the log with it.
	n := t.h.faults.Add(1)
	if n&(n-1) != 0 {
		return
	}
	t.h.logger.Error("the guard failed on a request",
		zap.Any("panic", p), zap.Uint64("times", n), zap.String("on_fault", t.h.OnFault), zap.StackSkip("stack", 3))
}
