package detector

import (
	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

// AnswerStartLen is how much of an answer's beginning decides whether it is a page, in
// bytes.
const AnswerStartLen = bareStart

// AnswerStartWanted reports, after Respond, whether the first bytes of the answer may
// have the exchange refused: the script's file speaks against it, and what says that it
// is a page may be none. Only then is it worth holding the headers back for a moment.
func (e *Evaluation) AnswerStartWanted() bool {
	j := &e.judgement
	return e.progress == atResponse && !e.started && e.enforcing() && j.Refusal == NotRefused && j.Verdict == Suspicious &&
		e.method != baseline.MethodHead && e.x.Status/100 == 2 && isPage(e.x.ContentType) && j.firedIn(signal.Host)
}

// AnswerStart judges the exchange again by the beginning of its answer: the first
// [AnswerStartLen] bytes, or fewer if the answer is shorter or nothing more is there yet.
func (e *Evaluation) AnswerStart(prefix []byte) {
	if !e.AnswerStartWanted() {
		return
	}
	taken, answer := e.x.AnswerTaken, e.x.Answer
	e.x.AnswerTaken, e.x.Answer, e.started = true, prefix, true
	e.judge()
	e.noteBlocked()
	e.containResponse()
	e.x.AnswerTaken, e.x.Answer = taken, answer
}

// firedIn reports whether a signal of the family speaks against the script.
func (j *Judgement) firedIn(family signal.Family) bool {
	for _, f := range j.Findings() {
		if f.Family == family && f.Bits > 0 {
			return true
		}
	}
	return false
}
