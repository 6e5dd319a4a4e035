package detector

import (
	"slices"
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

// Some verdicts come with the answer, or after it: what was sent has run by then. What
// the same client sends to the same endpoint next is refused before it runs.

var provenSignal = decision(signal.ProvenClientID)

// endpoint is what the client addressed: the script that it named, otherwise the route.
// It is the same before the answer and after it, whatever ran.
func (e *Evaluation) endpoint() baseline.Key {
	s := &e.subject
	if e.progress != atRequest {
		s = &e.requested
	}
	if s.named() {
		return s.key
	}
	full := e.d.namer.Name(e.x.Path).Full
	if !scriptpath.StaticSuffix(full) {
		full = e.m.Routes.Template(e.x.Root, full)
	}
	if len(full) > 1 {
		full = strings.TrimSuffix(full, "/")
	}
	return baseline.Key{Root: e.x.Root, Path: full}
}

// findProven finds out whether the client was proven malicious at the endpoint within the
// last hour, and sends what can be the next command.
func (e *Evaluation) findProven() {
	x, m, network := e.x, e.m, e.clientNetwork()
	if !e.enforcing() || !m.Proven.Any(x.CarriesPayload(), network, x.Time) || e.subject.denied() {
		return
	}
	endpoint := e.endpoint()
	found, ok := m.Proven.Find(endpoint, network, x.Time)
	if !ok && m.Proven.AnySessions() {
		found, ok = m.Proven.FindSession(endpoint, e.sessions, x.Time)
	}
	if ok && e.carries(&found.Carriers) {
		e.proven = found
	}
}

// clientNetwork is the client's network, or 0 if that is unknown.
func (e *Evaluation) clientNetwork() uint64 {
	if !e.x.Has(KnownClient) {
		return 0
	}
	return e.network
}

// applyProven makes what was found out of the client part of the judgement at hand.
func (e *Evaluation) applyProven() {
	j := &e.judgement
	if e.proven.Proof == nil || j.Fired(signal.ProvenClientID) {
		return
	}
	if !e.described {
		j.features = signal.Features{}
	}
	j.features.Proven = e.provenFeature()
	if j.Script.Path == "" {
		j.Script = e.endpoint()
	}
	malicious := e.d.options.Malicious
	j.add(provenSignal, malicious)
	j.Score, j.Verdict = max(j.Score, malicious), Malicious
	if j.Refusal == NotRefused && e.progress < concluded {
		j.Refusal = RefusedMalicious
	}
}

// provenFeature tells of the proof.
func (e *Evaluation) provenFeature() (p signal.Proven) {
	if e.proven.Proof == nil {
		return p
	}
	p = signal.Proven{By: "network", Ago: e.x.Time.Sub(e.proven.Last), Score: e.proven.Score}
	if e.proven.BySession {
		p.By = "session"
	}
	return p
}

// maxSessionCookies bounds the cookies of a request that are looked at.
const maxSessionCookies = 16

// sessions lists what of the request's cookies identifies its client, hashed. What
// several networks bring is no session.
func (e *Evaluation) sessions(yield func(uint64) bool) {
	for value := range e.x.sessionValues {
		if hash := e.m.Hash.Session(value); !e.m.Sessions.Shared(hash) && !yield(hash) {
			return
		}
	}
}

// sessionValues lists the values of cookies that look like sessions.
func (x *Exchange) sessionValues(yield func(string) bool) {
	n := 0
	for _, field := range x.Header["Cookie"] {
		for cookie := range strings.SplitSeq(field, ";") {
			if n++; n > maxSessionCookies {
				return
			}
			_, value, _ := strings.Cut(strings.TrimSpace(cookie), "=")
			if baseline.SessionValue(value) && !yield(value) {
				return
			}
		}
	}
}

// carries reports whether the request can carry the next command: a payload can, and what
// comes as that did which proved the client malicious.
func (e *Evaluation) carries(by *baseline.Carriers) bool {
	if e.x.CarriesPayload() {
		return true
	}
	if e.x.Query != "" && len(by.Params)+int(min(by.ParamSet, 1)) > 0 {
		names := e.paramNames()
		if by.ParamSet != 0 && names.Set() == by.ParamSet {
			return true
		}
		for _, name := range names.All() {
			if slices.Contains(by.Params, name) {
				return true
			}
		}
	}
	if len(by.Channels) > 0 {
		for c := range e.opaqueChannels(channelLength) {
			if slices.Contains(by.Channels, e.channelName(c)) {
				return true
			}
		}
	}
	return false
}

// channelName hashes the name of a channel.
func (e *Evaluation) channelName(c channel) uint64 {
	return e.m.Hash.FileName(c.kind) ^ e.m.Hash.FileName(c.name)
}
