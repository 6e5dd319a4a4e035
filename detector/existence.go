package detector

import (
	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

// Some applications answer with success whatever is asked for, and some shells answer
// 404. Where no file tells, only what the answer says shows whether a script is there.

// scriptExists reports whether the script exists: its file is there, or it answered with
// success. A known script that answers anything exists, but may be gone since if it
// answers that nothing is there: its file tells. Where no root is known it still counts
// when it is sent a payload, because a backdoor in it can answer as it likes.
func (e *Evaluation) scriptExists() bool {
	x, s := e.x, &e.subject
	known := !s.unknown()
	gone := x.gone()
	if known && gone && s.key.Root != "" {
		s.file = e.d.options.Files.Stat(s.key)
	}
	switch {
	case s.file.State == FileThere:
		return true
	case gone:
		return known && s.key.Root == "" && x.CarriesPayload()
	case known:
		return true
	}
	return x.succeeded()
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
	endpoint := e.newEndpoint()
	if !s.named() || !endpoint && (!s.unknown() || s.file.State == FileThere) {
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
	case absent && s.exists && endpoint:
		e.take(signal.AtResponse)
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
	if !s.guessed && (x.Status/100 != 2 || (e.enforcing() || page.Sized) && x.Unreferred()) {
		e.notFound.learn = true
	}
}

// payloadSpeaks reports whether what the script was sent looks like what shells are
// sent. Where nothing is known of the answers to missing names, it must do: whoever
// sends such a payload knows that somebody is there.
func (e *Evaluation) payloadSpeaks() bool {
	return e.x.CarriesPayload() && (e.body.notAForm(e.x) || e.opaque().Where != "")
}
