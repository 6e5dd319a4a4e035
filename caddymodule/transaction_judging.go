package caddymodule

import (
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// judgeRequest judges the request and decides whether to refuse it.
func (t *transaction) judgeRequest() {
	defer t.catch()
	defer t.clock(t.exchange.Time)
	t.evaluation.Begin(t.h.detector, t.memory, &t.exchange)
	t.applyRequestJudgement()
}

// applyRequestJudgement keeps the request's verdict, and refuses the request if that is
// due.
func (t *transaction) applyRequestJudgement() {
	j := t.evaluation.Judgement()
	t.early, t.earlyKey = j.Verdict, j.Script
	t.applyRefusal()
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
	t.captureRead()
	x := &t.exchange
	x.Status = status
	x.EffectivePath, x.EffectiveRoot = t.r.URL.Path, t.h.root.of(t.r, t.vars)
	t.evaluation.Respond()
	t.applyRefusal()
}

// answerStartWanted reports whether the first bytes of the answer may have it refused.
func (t *transaction) answerStartWanted() bool {
	defer t.catch()
	return !t.fault && t.evaluation.AnswerStartWanted()
}

// judgeAnswerStart judges the exchange by the first bytes of its answer, before anything
// of it is sent, and decides whether to refuse it.
func (t *transaction) judgeAnswerStart(prefix []byte) {
	if t.fault {
		return
	}
	defer t.catch()
	defer t.clock(time.Now())
	t.evaluation.AnswerStart(prefix)
	t.applyRefusal()
}

// applyRefusal refuses the exchange if the judgement at hand says so and the mode does
// not forbid it.
func (t *transaction) applyRefusal() {
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

// mayBlock reports whether the response may yet be refused.
func (t *transaction) mayBlock() bool {
	return t.h.mode == modeBlock && t.evaluation.Judgement().Phase == baseline.Enforcing ||
		t.h.blockAll || t.evaluation.Contained() || t.memory.Denials.Any()
}

// holdHints reports whether informational answers must wait for the final one:
// they could carry what a refusal is to keep back.
func (t *transaction) holdHints() bool {
	return t.mayBlock() && !t.evaluation.Judgement().Trusted
}
