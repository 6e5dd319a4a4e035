package detector

import (
	"slices"
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

// noteProof takes note that the judgement at hand proves the client malicious: it is one
// by the answer, on evidence. That the client was proven before is none.
func (e *Evaluation) noteProof() {
	j := &e.judgement
	if j.Fired(signal.ProvenClientID) {
		return // it was not judged anew
	}
	e.proof = e.enforcing() && j.Verdict == Malicious && !e.subject.denied()
	if e.proof {
		e.proofScore = j.Score
	}
}

// learnProven remembers who was proven malicious at what, and what that cost it.
func (e *Evaluation) learnProven() {
	if e.proven.Proof != nil {
		e.m.Proven.Refused(e.proven)
	}
	if !e.proof {
		return
	}
	x, j := e.x, &e.judgement
	proof := baseline.Proof{
		ProvenClient: baseline.ProvenClient{
			Endpoint: e.endpoint(), Script: j.Script, Method: strings.Clone(x.Method[:min(len(x.Method), maxKeptMethod)]), Score: e.proofScore,
			Signals: slices.DeleteFunc(j.evidence(), func(id int) bool { return id == signal.ProvenClientID }), Last: x.Time,
		},
		Network: e.clientNetwork(), Carriers: e.carriers(),
	}
	if x.Has(KnownClient) {
		proof.Client = x.Client
	}
	for session := range e.sessions {
		proof.SessionIDs = append(proof.SessionIDs, session)
	}
	e.m.Proven.Prove(proof)
}

// maxKeptCarriers bounds the names that are kept of one request, of each kind.
const maxKeptCarriers = 8

// carriers says by what the command came, if it came with no payload: by parameters and
// fields that the script does not know, otherwise by the query's set of parameters.
func (e *Evaluation) carriers() (by baseline.Carriers) {
	if e.x.CarriesPayload() {
		return by
	}
	p := e.subject.habits
	names := e.paramNames()
	for _, name := range names.All() {
		if len(by.Params) < maxKeptCarriers && (e.novel() || p == nil || !p.KnowsParam(name, e.network)) && !slices.Contains(by.Params, name) {
			by.Params = append(by.Params, name)
		}
	}
	if len(by.Params) == 0 {
		by.ParamSet = names.Set()
	}
	for c := range e.opaqueChannels(channelLength) {
		if len(by.Channels) < maxKeptCarriers && c.strangeTo(e) {
			by.Channels = append(by.Channels, e.channelName(c))
		}
	}
	return by
}

// learnSessions remembers which long values of cookies the site's visitors bring: one that
// several networks do identifies nobody.
func (e *Evaluation) learnSessions() {
	if !e.x.Has(KnownClient) {
		return
	}
	for value := range e.x.sessionValues {
		e.m.Sessions.Learn(e.m.Hash.Session(value), e.network)
	}
}
