package caddymodule

import (
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// transaction is one request on its way through the handler. Transactions are
// pooled: nothing may keep one, or what it points to, after end.
type transaction struct {
	h         *Handler
	r         *http.Request
	uri       string // as requested: rewriting changes r's
	memory    *detector.Memory
	exchange  detector.Exchange
	judgement detector.Judgement
	headers   headerSnapshot

	answer [baseline.PrefixLen]byte // backs exchange.Answer

	// early is the request's verdict, about the script earlyKey.
	early    detector.Verdict
	earlyKey baseline.Key
	action   action
	refused  bool // by us, at either stage
	fault    bool // the guard failed; what it found counts for nothing
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

// begin takes down the facts of a request.
func (h *Handler) begin(r *http.Request) *transaction {
	t := transactions.Get().(*transaction)
	t.h, t.r, t.uri = h, r, r.RequestURI
	if t.memory = h.site.memory.Load(); t.memory == nil {
		t.memory = h.site.open(h.storage, h.logger)
	}
	x := &t.exchange
	x.Known = detector.KnownReferer | detector.KnownOrigin | detector.KnownBody
	x.Time = time.Now()
	x.Method = r.Method
	x.Path, x.RawPath = r.URL.Path, r.URL.RawPath
	x.Root = h.root.of(r)
	x.Host = r.Host
	x.Referer = r.Header.Get("Referer")
	x.Origin = r.Header.Get("Origin")
	// HTTP/2 and HTTP/3 need not announce a length.
	x.HasBody = r.Body != nil && r.Body != http.NoBody && r.ContentLength != 0
	if ip, ok := caddyhttp.GetVar(r.Context(), caddyhttp.ClientIPVarKey).(string); ok {
		if addr, err := netip.ParseAddr(ip); err == nil {
			x.Client = addr
			x.Known |= detector.KnownClient
		}
	}
	return t
}

// end gives the transaction back.
func (t *transaction) end() {
	t.h, t.r, t.uri, t.memory = nil, nil, "", nil
	t.exchange, t.judgement = detector.Exchange{}, detector.Judgement{}
	t.headers.empty()
	t.early, t.earlyKey = detector.Clean, baseline.Key{}
	t.action, t.refused, t.fault = actionNone, false, false
	transactions.Put(t)
}

// judgeRequest judges the request and decides whether to refuse it.
func (t *transaction) judgeRequest() {
	defer t.catch()
	t.h.detector.JudgeRequest(t.memory, &t.exchange, &t.judgement)
	t.early, t.earlyKey = t.judgement.Verdict, t.judgement.Facts.Key
	t.decide()
	if !t.refused {
		t.publish()
	}
}

// judgeResponse judges the exchange as its status becomes known, before
// anything is sent, and decides whether to refuse it.
func (t *transaction) judgeResponse(status int) {
	if t.fault {
		return
	}
	defer t.catch()
	x := &t.exchange
	x.Status = status
	x.EffectivePath, x.EffectiveRoot = t.r.URL.Path, t.h.root.of(t.r)
	t.h.detector.JudgeResponse(t.memory, x, &t.judgement)
	t.decide()
}

// wantsAnswer returns how much of the body's beginning is of use. A compressed
// one is not legible.
func (t *transaction) wantsAnswer(header http.Header) (bytes int) {
	defer t.catch()
	if t.fault || header.Get("Content-Encoding") != "" || !t.h.detector.WantsAnswer(&t.judgement) {
		return 0
	}
	return len(t.answer)
}

// take takes down a piece of the body, and returns how much of it there was
// room for.
func (t *transaction) take(b []byte) int {
	have := len(t.exchange.Answer)
	n := copy(t.answer[have:], b)
	t.exchange.Answer = t.answer[:have+n]
	return n
}

// decide settles what is done about the judgement at hand.
func (t *transaction) decide() {
	j := &t.judgement
	if j.Refuse && (t.h.mode == modeBlock || j.Facts.Denied()) {
		t.action, t.refused = actionBlock, true
		if t.exchange.Status == 0 {
			t.exchange.Status = t.h.BlockStatus
		}
	}
}

// mayBlock reports whether the response may yet be refused.
func (t *transaction) mayBlock() bool {
	return t.h.mode == modeBlock && t.judgement.Facts.Phase == baseline.Enforcing ||
		t.h.blockAll || t.memory.Scripts(baseline.Denied) > 0
}

// catch keeps a fault of the guard from becoming one of the site: it is logged,
// the request is counted as unjudged, and on_fault decides. It is deferred only
// before the first byte of a response, and never while another handler runs,
// whose faults it would hide.
func (t *transaction) catch() {
	if p := recover(); p != nil {
		t.failed(p)
		if t.h.blockAll {
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
	t.h.logger.Error("the guard failed on a request",
		zap.Any("panic", p), zap.String("on_fault", t.h.OnFault), zap.StackSkip("stack", 3))
}

// finish learns from the exchange and reports it.
func (t *transaction) finish() {
	if t.fault {
		t.h.counters.unjudged[t.action].Inc()
		return
	}
	defer t.catchLate()
	if !t.refused {
		t.h.detector.Conclude(t.memory, &t.judgement)
	}
	t.h.detector.Learn(t.memory, &t.judgement)
	t.report()
}
