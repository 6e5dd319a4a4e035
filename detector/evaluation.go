package detector

import (
	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector/client"
	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

// Evaluation carries one exchange through its stages:
//
//	Begin → Body (if wanted) → Respond → AnswerStart (if wanted) → Conclude → Learn
//
// Begin judges the request, Body judges it again when the beginning of its body has
// become known, Respond judges the exchange when the response's headers have, AnswerStart
// when the first bytes of its body have, Conclude when the answer is over, and Learn
// remembers it. An exchange that was refused goes
// from the refusal straight to Learn. A call out of this order, or a second one, has no
// effect. Up to Learn nothing is remembered, but that learning ends when it is due.
//
// The exchange may be known as a whole from the beginning, as in a log, or have its
// facts filled in before the call that looks at them, as in line: each stage looks at
// the facts only that are known in line by then.
//
// The zero value is ready. An Evaluation may be begun again for another exchange. It is
// not safe for concurrent use, and keeps what it was given until [Evaluation.Reset].
type Evaluation struct {
	d *Detector
	m *Memory
	x *Exchange

	progress progress
	method   baseline.Method
	phase    baseline.Phase
	network  uint64           // of the client
	client   *client.Activity // of it; nil if there is none yet
	body     requestBody
	media    baseline.MediaType // of the body of the request

	contained bool // the site was contained when the request came
	rehearsed bool // and that is only rehearsed

	requested subject // what the request named
	subject   subject // what the exchange is about, as far as that is known

	described  bool // the judgement's features are those of the subject, but for the evidence
	complete   bool // and the evidence is
	started    bool // the answer's first bytes are known
	ended      bool // the answer is over
	answer     bool // its beginning was wanted
	channels   channelScan
	choices    baseline.Choices              // by which the client may pick an operation
	opaqueSeen [baseline.OpaqueFields]uint64 // fields with unreadable values

	// What judging leaves for Learn to remember.
	refused  refusedSubject
	blocked  *blockedRequest // nil unless block mode refuses the exchange
	notFound notFoundAnswer
	history  bool // the payload belongs to the script's history

	// shortDir is the directory of which is known whether anything was put into it.
	shortDir       baseline.Key
	shortUnchanged bool
	proven         baseline.FoundProof // of the client at the endpoint; its Proof is nil if none is known
	proof          bool                // the exchange proves the client malicious
	proofScore     float64             // by so many bits

	denials   denialSearch
	judgement Judgement
}

// progress is how far an evaluation is.
type progress uint8

const (
	idle progress = iota
	atRequest
	atResponse
	concluded
	learned
)

// Judgement returns the judgement at hand. It is valid until the next call.
func (e *Evaluation) Judgement() *Judgement { return &e.judgement }

// Contained reports whether the site was contained when the request came.
func (e *Evaluation) Contained() bool { return e.contained }

// Reset forgets the exchange and everything that belongs to it.
func (e *Evaluation) Reset() {
	e.d, e.m, e.x, e.client, e.progress = nil, nil, nil, nil, idle
	e.body.reset()
	e.choices.Reset(nil)
	e.media = baseline.MediaUnknown
	e.contained, e.rehearsed = false, false
	e.requested, e.subject = subject{}, subject{}
	e.described, e.complete, e.started, e.ended, e.answer, e.channels = false, false, false, false, false, channelsUnknown
	e.refused, e.blocked, e.notFound, e.history = refusedSubject{}, nil, notFoundAnswer{}, false
	if e.shortUnchanged = false; e.shortDir.Path != "" {
		e.shortDir = baseline.Key{}
	}
	if e.proof, e.proofScore = false, 0; e.proven.Proof != nil {
		e.proven = baseline.FoundProof{}
	}
	e.denials.reset()
	e.judgement.clear()
	e.judgement.Method, e.judgement.Script, e.judgement.Page = "", baseline.Key{}, nil
}

// Features returns what signals look at by now, complete, whether a gate opened or not.
func (e *Evaluation) Features() *signal.Features {
	if !e.described {
		e.describe()
	}
	if !e.complete {
		e.findEvidence()
	}
	return &e.judgement.features
}

// Begin judges what is known before the upstream runs.
func (e *Evaluation) Begin(d *Detector, m *Memory, x *Exchange) {
	e.Reset()
	e.d, e.m, e.x, e.progress = d, m, x, atRequest
	e.method = baseline.MethodOf(x.Method)
	e.phase = m.Phases.Advance(x.Time, d.options.Limits)
	e.network = m.Hash.Network(x.Client)
	e.media = x.media(m.Hash)
	if x.Has(KnownClient) {
		e.client = m.clients.Get(e.network)
	}
	e.judgement.Time, e.judgement.Method, e.judgement.Phase = x.Time, x.Method, e.phase
	c, on := m.Containment.Active(x.Time)
	e.contained, e.rehearsed = on && !c.Rehearse, on && c.Rehearse
	e.judgeRequest()
	e.findProven()
	e.applyProven()
	e.noteBlocked()
	e.containRequest()
}

// BodyWanted reports whether the beginning of the request's body is worth waiting for
// before the upstream runs: the script is not trusted, or the request is suspicious, and the
// payload may be what has it refused; or it may say which operation is asked for, where that
// has it refused: in containment, or where an operator denied one. A client that sends Expect waits for an answer itself.
func (e *Evaluation) BodyWanted() bool {
	doubted := !e.subject.guessed && (e.subject.named() && !e.subject.trusted() || e.judgement.Verdict == Suspicious)
	return e.progress == atRequest && e.phase == baseline.Enforcing && e.x.CarriesPayload() && (doubted || e.operationDecides()) &&
		e.judgement.Refusal == NotRefused && !e.missing() && e.x.header("Expect") == ""
}

// PrefetchLen is how much of a request's body may be read before the upstream runs, in
// bytes.
const PrefetchLen = 8 << 10

// Body judges the request again, by the beginning of its body too.
func (e *Evaluation) Body(prefix []byte) {
	if e.progress != atRequest {
		return
	}
	e.body.set(e.x, prefix)
	e.judge()
	e.applyProven()
	e.noteBlocked()
	e.containRequest()
}

// Respond judges the exchange once the status and what ran are known. The facts of the
// response must have been filled in, but for its body.
func (e *Evaluation) Respond() {
	if e.progress != atRequest {
		return
	}
	e.progress = atResponse
	e.requested = e.subject
	e.body.set(e.x, e.x.Body)
	e.judgeResponse()
	e.noteProof()
	e.applyProven()
	e.noteBlocked()
	e.containResponse()
}

// AnswerWanted reports, after Respond, whether the first [baseline.PrefixLen] bytes of
// the answer's body are worth having: to learn what the site answers to names that are
// not there, to compare an unknown script's answer with that, or to keep what a known
// script answers.
func (e *Evaluation) AnswerWanted() bool {
	e.answer = e.progress == atResponse && e.wantsAnswer()
	return e.answer
}

// AnswerEndWanted reports, after Respond, whether the last [AnswerEndLen] bytes of the
// body are worth having as well: of answers to payloads, by scripts that are not known or
// that are used as they never were. It asks for the whole body to pass by.
func (e *Evaluation) AnswerEndWanted() bool {
	return e.progress == atResponse && e.phase == baseline.Enforcing && e.subject.named() && e.x.CarriesPayload() &&
		e.method != baseline.MethodHead && (e.subject.unknown() || e.strangeUse())
}

// Conclude judges the exchange anew when the answer is over: by what it said, and how
// long it was. Nothing can be refused any more. It must not be called if the exchange was
// refused.
func (e *Evaluation) Conclude() {
	if e.progress != atResponse {
		return
	}
	e.body.set(e.x, e.x.Body)
	if e.answer && e.x.AnswerTaken && e.AnswerStartWanted() {
		e.AnswerStart(e.x.Answer[:min(len(e.x.Answer), AnswerStartLen)]) // for what block would have done
	}
	e.conclude()
	e.noteProof()
	e.progress = concluded
	e.applyProven()
}

// Learn remembers the exchange: in the baseline if it was judged clean at the response,
// otherwise that a new script exists; and what it shows of its client.
func (e *Evaluation) Learn() {
	if e.progress == idle || e.progress == learned {
		return
	}
	e.learn()
	e.progress = learned
}
