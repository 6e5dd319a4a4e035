package caddymodule

import (
	"fmt"
	"math"
	"net/http"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/webshell-guard/caddy-webshell-guard/caddymodule/internal/printable"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
	"github.com/webshell-guard/caddy-webshell-guard/detector/alert"
	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

// unjudged stands for the verdict on a request on which the guard failed.
const unjudged = "unjudged"

// report tells of the finished exchange: metrics always, and if it is not clean
// placeholders, the access log's field, and perhaps an alert.
func (t *transaction) report() {
	j := t.evaluation.Judgement()
	if t.evaluation.WouldBlock() {
		t.memory.Activity.CountWouldBlock(t.exchange.Time)
	}
	t.h.counters.requests[j.Verdict][t.action].Inc()
	if j.Verdict != detector.Clean || t.early != detector.Clean {
		t.publish()
	}
	if j.Verdict == detector.Clean {
		return
	}
	for _, f := range j.Findings() {
		t.h.counters.signals[f.ID].Inc()
	}
	entry := newLogEntry(t)
	if extra, ok := t.r.Context().Value(caddyhttp.ExtraLogFieldsCtxKey).(*caddyhttp.ExtraLogFields); ok {
		extra.Set(zap.Object("webshell_guard", entry))
	}
	notice := t.h.site.alerts.Load().Notify(alert.EventOf(j, t.exchange.Client, t.memory.Hash.Network(t.exchange.Client)))
	if !notice.Notify {
		return
	}
	t.memory.Activity.CountAlert(t.exchange.Time)
	t.emit(entry)
	if c := t.h.logger.Check(zapcore.WarnLevel, "alert"); c != nil {
		burst := zap.Skip()
		if notice.Burst != "" {
			burst = zap.String("burst", fmt.Sprintf("deploy or mass drop? %d new scripts under %s", notice.Scripts, printable.Escape(notice.Burst)))
		}
		c.Write(
			zap.String("site", t.h.site.name),
			zap.Stringer("client", t.exchange.Client),
			zap.String("method", t.exchange.Method),
			zap.String("uri", printable.Escape(requestedURI(t.r))),
			zap.Int("status", t.exchange.Status),
			zap.String("sentence", printable.Escape(j.Sentence())),
			burst,
			zap.Inline(entry))
	}
}

// emit hands on the alert as an event.
func (t *transaction) emit(entry *logEntry) {
	signals := make([]string, len(entry.signals))
	for i, s := range entry.signals {
		signals[i] = s.name
	}
	t.h.app.emit("alert", map[string]any{
		"site": t.h.site.name, "client": t.exchange.Client.String(), "method": printable.Escape(t.exchange.Method), "uri": printable.Escape(requestedURI(t.r)),
		"status": t.exchange.Status, "verdict": entry.verdict, "score": entry.score, "script": entry.script, "endpoint": entry.endpoint,
		"action": entry.action, "stage": entry.stage, "signals": signals,
	})
}

// requestedURI is what the client asked for, before any rewriting.
func requestedURI(r *http.Request) string {
	if original, ok := r.Context().Value(caddyhttp.OriginalRequestCtxKey).(http.Request); ok {
		return original.RequestURI
	}
	return r.RequestURI
}

// logEntry is a judgement as the logs show it. It is a copy: access logs are
// written after the transaction has ended.
type logEntry struct {
	verdict, script, endpoint, mode, action, stage string

	score   float64
	signals signalEntries
}

type signalEntries []signalEntry

type signalEntry struct {
	id        int
	name, why string
	bits      float64
}

func newLogEntry(t *transaction) *logEntry {
	j := t.evaluation.Judgement()
	stage := j.Stage
	if t.action == actionTag || t.early != detector.Clean && t.earlyKey == j.Script && !t.refused {
		stage = signal.AtRequest
	}
	e := &logEntry{
		verdict: j.Verdict.String(), score: tenth(j.Score), script: printable.Escape(j.Script.Path), endpoint: printable.Escape(j.Endpoint()),
		mode: t.h.mode.String(), action: t.action.String(), stage: stage.String(),
	}
	for _, f := range j.Findings() {
		e.signals = append(e.signals, signalEntry{id: f.ID, name: f.Name, bits: tenth(f.Bits), why: printable.Escape(j.Why(f))})
	}
	return e
}

func tenth(bits float64) float64 { return math.Round(bits*10) / 10 }

// MarshalLogObject implements zapcore.ObjectMarshaler.
func (e *logEntry) MarshalLogObject(enc zapcore.ObjectEncoder) error {
	enc.AddString("verdict", e.verdict)
	enc.AddFloat64("score", e.score)
	enc.AddString("script", e.script)
	enc.AddString("endpoint", e.endpoint)
	enc.AddString("mode", e.mode)
	enc.AddString("action", e.action)
	enc.AddString("stage", e.stage)
	return enc.AddArray("signals", e.signals)
}

// MarshalLogArray implements zapcore.ArrayMarshaler.
func (s signalEntries) MarshalLogArray(enc zapcore.ArrayEncoder) error {
	for _, e := range s {
		if err := enc.AppendObject(e); err != nil {
			return err
		}
	}
	return nil
}

// MarshalLogObject implements zapcore.ObjectMarshaler.
func (e signalEntry) MarshalLogObject(enc zapcore.ObjectEncoder) error {
	enc.AddInt("id", e.id)
	enc.AddString("name", e.name)
	enc.AddFloat64("bits", e.bits)
	enc.AddString("why", e.why)
	return nil
}
