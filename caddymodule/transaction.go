package caddymodule

import (
	"net/http"
	"sync"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// transaction is one request on its way through the handler. Transactions are
// pooled: nothing may keep one, or what it points to, after end.
type transaction struct {
	h          *Handler
	r          *http.Request
	vars       map[string]any // of the request
	outcome    *outcome
	memory     *detector.Memory
	exchange   detector.Exchange
	evaluation detector.Evaluation
	headers    headerSnapshot
	body       *bodyTee // nil if the request's body is not looked at

	answer    [baseline.PrefixLen]byte // backs exchange.Answer
	encodings []string                 // of the answer, if it is captured compressed
	encoded   []byte
	ending    [detector.AnswerEndLen]byte // backs exchange.AnswerEnd

	// early is the request's verdict, about the script earlyKey.
	early    detector.Verdict
	earlyKey baseline.Key
	action   action
	refused  bool          // by us, at either stage
	blocks   bool          // block mode refuses it
	fault    bool          // the guard failed; what it found counts for nothing
	spent    time.Duration // on deciding
}

// action is what was done about a request.
type action uint8

const (
	actionNone action = iota
	actionTag
	actionBlock
	actionCount
)

func (a action) String() string { return [...]string{"none", "tag", "block"}[a] }

var transactions = sync.Pool{New: func() any { return new(transaction) }}

// end gives the transaction back.
func (t *transaction) end() {
	t.leaveBody()
	t.h, t.r, t.memory = nil, nil, nil
	t.vars, t.outcome = nil, nil
	t.encodings, t.encoded = nil, nil
	t.exchange = detector.Exchange{}
	t.evaluation.Reset()
	t.headers.empty()
	t.early, t.earlyKey = detector.Clean, baseline.Key{}
	t.action, t.refused, t.blocks, t.fault = actionNone, false, false, false
	t.spent = 0
	transactions.Put(t)
}

// clock counts the time since then as spent on deciding.
func (t *transaction) clock(since time.Time) { t.spent += time.Since(since) }

// finish reports the exchange and learns from it.
func (t *transaction) finish() {
	t.h.site.activity.at(t.exchange.Time).requests.Add(1)
	t.h.app.metrics.decision.Observe(t.spent.Seconds())
	if t.fault {
		t.h.counters.unjudged[t.action].Inc()
		return
	}
	defer t.catchLate()
	t.captureRead()
	if !t.refused {
		t.decodeAnswer()
		t.evaluation.Conclude()
	}
	t.report() // of what was known before
	t.evaluation.Learn()
}
