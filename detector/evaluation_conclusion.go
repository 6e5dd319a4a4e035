package detector

import (
	"path"
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

// Some applications answer with success whatever is asked for, and some shells answer
// 404. Where no file tells, only what the answer says shows whether a script is there.

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
		return e.x.CarriesPayload() && e.strangeUse()
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
	case (s.asset || s.route) && e.answeredAsRead():
		e.subject = subject{spelling: s.spelling}
		e.take(signal.AtResponse)
	case s.exists && s.named() && (e.x.CarriesPayload() || j.Verdict != Clean):
		e.history = wantsEnd
		e.judge()
		j.Refusal = NotRefused
	default:
		e.described, e.complete = false, false // more is known of it than was weighed
	}
}

// notFoundAnswer is an answer that may be what the site gives to names that are not there.
type notFoundAnswer struct {
	page   baseline.Page
	known  bool // the page is
	absent bool // the site answers so to such names
	learn  bool
}

// findExistence decides by its answer whether an unknown script exists.
func (e *Evaluation) findExistence() {
	x, s, m := e.x, &e.subject, e.m
	if !s.named() || !s.unknown() || s.file.State == FileThere {
		return
	}
	var page baseline.Page
	switch {
	case e.answerTaken():
		page = m.NotFound.Page(x.Status, x.ContentType, x.Answer, x.Path)
	case x.Length > 0 && x.Status/100 == 2:
		page = baseline.SizedPage(x.Status, x.Length) // as applications have it that answer every probe
	default:
		return
	}
	absent, known := m.NotFound.Means(page)
	e.notFound = notFoundAnswer{page: page, known: true, absent: absent}
	switch {
	case absent && s.exists:
		s.exists = false
		e.take(signal.AtResponse)
	case !absent && !s.exists && (s.file.State != FileMissing || !m.filesTell()) && (known || e.payloadSpeaks()):
		s.exists = true
		e.judge()
		e.judgement.Refusal = NotRefused
	}
	// What was answered with success may be a new script, and while learning
	// they all are; probes come from no page.
	if x.Status/100 != 2 || (e.enforcing() || page.Sized) && x.Unreferred() {
		e.notFound.learn = true
	}
}

// answerTaken reports whether the beginning of the answer is known, and was wanted.
func (e *Evaluation) answerTaken() bool { return e.ended && e.answer && e.x.AnswerTaken }

// payloadSpeaks reports whether what the script was sent looks like what shells are
// sent. Where nothing is known of the answers to missing names, it must do: whoever
// sends such a payload knows that somebody is there.
func (e *Evaluation) payloadSpeaks() bool {
	return e.x.CarriesPayload() && (e.body.notAForm(e.x) || e.opaque().Where != "")
}

// namesNoFile reports whether a path that was answered with success means a
// directory or a page of a front controller.
func (x *Exchange) namesNoFile() bool {
	base := path.Base(x.EffectivePath)
	return x.Status == 200 && baseline.MethodOf(x.Method) == baseline.MethodGet && (strings.HasSuffix(x.EffectivePath, "/") || !strings.Contains(base, ".") ||
		strings.HasPrefix(base, "index.") || strings.HasPrefix(base, "default."))
}
