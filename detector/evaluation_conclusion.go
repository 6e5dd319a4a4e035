package detector

import (
	"path"
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

// wantsAnswer decides AnswerWanted.
func (e *Evaluation) wantsAnswer() bool {
	s := &e.subject
	switch {
	case e.method == baseline.MethodHead:
		return false
	case e.phase == baseline.Learning && e.x.namesNoFile():
		return true
	case !s.named():
		return false
	case s.unknown():
		return true
	case e.enforcing():
		return e.alteredUse() || e.x.CarriesPayload() && e.strangeUse()
	}
	_, kept := s.profile.Answer(e.method)
	return !kept
}

// conclude judges the exchange by its whole answer. It takes a judgement back if the site
// answers so to names that are not there, and judges a script that answered with an error
// of its own.
func (e *Evaluation) conclude() {
	wantsEnd := e.AnswerEndWanted()
	e.ended = true
	e.findExistence()
	s, j := &e.subject, &e.judgement
	switch {
	case (s.asset || s.route || s.guessed) && e.answeredAsRead():
		e.subject = subject{spelling: s.spelling}
		e.take(signal.AtResponse)
	case s.exists && s.habits != nil && s.habits.Route() && e.answeredAsRead():
		e.take(signal.AtResponse)
	case s.exists && (s.named() || s.habits != nil) && (e.x.CarriesPayload() || j.Verdict != Clean || e.described && j.features.Script.Novel):
		e.history = wantsEnd
		e.judge()
		j.Refusal = NotRefused
	default:
		e.described, e.complete = false, false // more is known of it than was weighed
	}
}

// answerTaken reports whether the beginning of the answer is known, and was wanted.
func (e *Evaluation) answerTaken() bool { return e.ended && e.answer && e.x.AnswerTaken }

// namesNoFile reports whether a path that was answered with success means a
// directory or a page of a front controller.
func (x *Exchange) namesNoFile() bool {
	base := path.Base(x.EffectivePath)
	return x.Status == 200 && baseline.MethodOf(x.Method) == baseline.MethodGet && (strings.HasSuffix(x.EffectivePath, "/") || !strings.Contains(base, ".") ||
		strings.HasPrefix(base, "index.") || strings.HasPrefix(base, "default."))
}
