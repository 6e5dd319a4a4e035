package caddymodule

import (
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

const (
	// outcomeVar is the variable that holds a request's outcome.
	outcomeVar = "webshell_guard.outcome"
	// placeholderPrefix is what the names of placeholders begin with.
	placeholderPrefix = "http.webshell_guard."
)

// outcome is what the guards of one request have to say of it: the last word counts.
// It belongs to the request, not to a transaction, because access logs are written
// when that is over.
type outcome struct {
	said   atomic.Pointer[placeholders]
	tagged bool // a guard has written the tag header
}

// placeholders are the values of those that other directives may use.
type placeholders struct{ verdict, score, script, signals string }

// saidClean is said of nearly every request.
var saidClean = &placeholders{verdict: detector.Clean.String()}

// outcomeOf returns the request's outcome, which a guard before this one may have made.
func outcomeOf(r *http.Request, vars map[string]any) *outcome {
	if o, ok := vars[outcomeVar].(*outcome); ok {
		return o
	}
	o := new(outcome)
	if vars != nil {
		vars[outcomeVar] = o
	}
	// To ask for a placeholder is rare: one function costs less than four values do.
	if repl, ok := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer); ok {
		repl.Map(o.placeholder)
	}
	return o
}

// placeholder replaces each there is, if need be with nothing, because some directives
// leave one that nobody knows as it stands.
func (o *outcome) placeholder(key string) (value any, known bool) {
	name, ours := strings.CutPrefix(key, placeholderPrefix)
	if !ours {
		return nil, false
	}
	said := o.said.Load()
	if said == nil {
		said = new(placeholders)
	}
	switch name {
	case "verdict":
		return said.verdict, true
	case "score":
		return said.score, true
	case "script":
		return said.script, true
	case "signals":
		return said.signals, true
	}
	return nil, false
}

// publish sets the placeholders to the judgement at hand.
func (t *transaction) publish() {
	j := t.evaluation.Judgement()
	switch {
	case t.fault:
		t.outcome.said.Store(&placeholders{verdict: unjudged})
	case j.Verdict == detector.Clean:
		t.outcome.said.Store(saidClean)
	default:
		t.outcome.said.Store(&placeholders{
			verdict: j.Verdict.String(), score: strconv.FormatFloat(j.Score, 'f', 1, 64),
			script: escapePath(j.Script.Path), signals: signalNames(j),
		})
	}
}

// varsOf returns the request's variables.
func varsOf(r *http.Request) map[string]any {
	vars, _ := r.Context().Value(caddyhttp.VarsCtxKey).(map[string]any)
	return vars
}
