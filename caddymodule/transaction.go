package caddymodule

import (
	"net/http"
	"net/netip"
	"strconv"
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
	encodings []string                 // of the answer, if it is taken down compressed
	encoded   []byte
	ending    [detector.AnswerEndLen]byte // backs exchange.AnswerEnd

	// early is the request's verdict, about the script earlyKey.
	early    detector.Verdict
	earlyKey baseline.Key
	action   action
	refused  bool          // by us, at either stage
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

// begin takes down the facts of a request.
func (h *Handler) begin(r *http.Request) *transaction {
	t := transactions.Get().(*transaction)
	t.h, t.r, t.vars = h, r, varsOf(r)
	if t.outcome = outcomeOf(r, t.vars); !t.outcome.tagged { // by a guard before this one
		stripTag(r)
	}
	h.warnOfForgery(r, t.vars)
	if t.memory = h.site.memory.Load(); t.memory == nil {
		t.memory, _ = h.app.open(h.site)
	}
	x := &t.exchange
	x.Known = detector.KnownReferer | detector.KnownOrigin
	x.Time = time.Now()
	x.Method = r.Method
	x.Path, x.RawPath = r.URL.Path, r.URL.RawPath
	x.Root = h.root.of(r, t.vars)
	x.Host = r.Host
	x.Referer = first(r.Header, "Referer")
	x.Origin = first(r.Header, "Origin")
	x.Agent = first(r.Header, "User-Agent")
	x.Query, x.Header = r.URL.RawQuery, r.Header
	x.Sent, x.Length = r.ContentLength, -1
	t.noteBody()
	if ip, ok := t.vars[caddyhttp.ClientIPVarKey].(string); ok {
		if addr, err := netip.ParseAddr(ip); err == nil {
			x.Client = addr
			x.Known |= detector.KnownClient
		}
	}
	return t
}

// first returns the first value of a field by its canonical name, or "".
func first(h http.Header, name string) string {
	if values := h[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// noteBody takes down whether the request has a body. HTTP/2 and HTTP/3 need not
// announce a length, and over HTTP/3 a request without a body looks like one of
// unknown length. A WebSocket's is the connection itself, which Caddy turns into
// the upgrade of a GET (RFC 8441, RFC 9220).
func (t *transaction) noteBody() {
	x, r := &t.exchange, t.r
	switch {
	case r.Method == http.MethodConnect && (r.ProtoMajor == 2 && r.Header.Get(":protocol") == "websocket" ||
		r.ProtoMajor == 3 && r.Proto == "websocket"):
		x.Method = http.MethodGet
		x.Known |= detector.KnownBody
	case r.ProtoMajor < 3 || r.ContentLength >= 0:
		x.HasBody = r.Body != nil && r.Body != http.NoBody && r.ContentLength != 0
		x.Known |= detector.KnownBody
	}
}

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
	t.action, t.refused, t.fault = actionNone, false, false
	t.spent = 0
	transactions.Put(t)
}

// judgeRequest judges the request and decides whether to refuse it.
func (t *transaction) judgeRequest() {
	defer t.catch()
	defer t.clock(t.exchange.Time)
	t.evaluation.Begin(t.h.detector, t.memory, &t.exchange)
	t.settleRequest()
}

// settleRequest settles what becomes of the request by the judgement at hand.
func (t *transaction) settleRequest() {
	j := t.evaluation.Judgement()
	t.early, t.earlyKey = j.Verdict, j.Script
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
	defer t.clock(time.Now())
	t.noteRead()
	x := &t.exchange
	x.Status = status
	x.EffectivePath, x.EffectiveRoot = t.r.URL.Path, t.h.root.of(t.r, t.vars)
	t.evaluation.Respond()
	t.decide()
}

// noteHeader takes down the type of the answer, and how long the answer to a payload
// is, if the header says so. The end of the answer tells in any case.
func (t *transaction) noteHeader(header http.Header) {
	t.exchange.ContentType = first(header, "Content-Type")
	if t.exchange.CarriesPayload() {
		if n, err := strconv.ParseInt(first(header, "Content-Length"), 10, 64); err == nil && n >= 0 {
			t.exchange.Length = n
		}
	}
}

// wantsAnswer returns how much of the body's beginning is of use.
func (t *transaction) wantsAnswer(header http.Header) (bytes int) {
	defer t.catch()
	if t.fault || !t.evaluation.AnswerWanted() {
		return 0
	}
	t.exchange.AnswerTaken = true
	if t.encodings = encodings(first(header, "Content-Encoding")); t.encodings != nil {
		t.encoded = make([]byte, 0, encodedLen)
		return encodedLen
	}
	return len(t.answer)
}

// take takes down a piece of the body, and returns how much of it there was
// room for.
func (t *transaction) take(b []byte) int {
	if t.encodings != nil {
		n := min(len(b), encodedLen-len(t.encoded))
		t.encoded = append(t.encoded, b[:n]...)
		return n
	}
	have := len(t.exchange.Answer)
	n := copy(t.answer[have:], b)
	t.exchange.Answer = t.answer[:have+n]
	return n
}

// wantsEnd reports whether the end of the body is of use. That of a compressed one
// is not.
func (t *transaction) wantsEnd() bool {
	defer t.catch()
	return !t.fault && t.exchange.AnswerTaken && t.encodings == nil && t.evaluation.AnswerEndWanted()
}

// takeEnd takes down the end of what was written so far.
func (t *transaction) takeEnd(b []byte) {
	b = b[max(0, len(b)-len(t.ending)):]
	have := t.exchange.AnswerEnd
	keep := min(len(have), len(t.ending)-len(b))
	copy(t.ending[:], have[len(have)-keep:])
	n := copy(t.ending[keep:], b)
	t.exchange.AnswerEnd = t.ending[:keep+n]
}

// decodeAnswer makes the answer legible when it is over.
func (t *transaction) decodeAnswer() {
	if t.encodings != nil {
		t.exchange.Answer, t.exchange.AnswerTaken = decode(t.encoded, t.encodings)
	}
}

// decide settles what is done about the judgement at hand.
func (t *transaction) decide() {
	r := t.evaluation.Judgement().Refusal
	if r == detector.NotRefused {
		return
	}
	if t.h.mode == modeBlock || r.InEveryMode() {
		t.action, t.refused = actionBlock, true
		if t.exchange.Status == 0 {
			t.exchange.Status = t.h.BlockStatus
		}
	}
}

// clock counts the time since then as spent on deciding.
func (t *transaction) clock(since time.Time) { t.spent += time.Since(since) }

// mayBlock reports whether the response may yet be refused.
func (t *transaction) mayBlock() bool {
	return t.h.mode == modeBlock && t.evaluation.Judgement().Phase == baseline.Enforcing ||
		t.h.blockAll || t.evaluation.Contained() || t.memory.Scripts.Count(baseline.Denied) > 0
}

// holdHints reports whether informational answers must wait for the final one:
// they could carry what a refusal is to keep back.
func (t *transaction) holdHints() bool {
	return t.mayBlock() && !t.evaluation.Judgement().Trusted
}

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

// finish reports the exchange and learns from it.
func (t *transaction) finish() {
	t.memory.Activity.CountRequest(t.exchange.Time)
	t.h.app.metrics.decision.Observe(t.spent.Seconds())
	if t.fault {
		t.h.counters.unjudged[t.action].Inc()
		return
	}
	defer t.catchLate()
	t.noteRead()
	if !t.refused {
		t.decodeAnswer()
		t.evaluation.Conclude()
	}
	t.report() // of what was known before
	t.evaluation.Learn()
}
