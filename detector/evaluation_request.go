package detector

import (
	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

// judgeRequest finds the script that the request names, and judges it.
func (e *Evaluation) judgeRequest() {
	x, s := e.x, &e.subject
	name := e.d.namer.Name(x.Path)
	s.spelling = name.Spelling
	if x.RawPath != "" && scriptpath.EncodedWithoutNeed(x.RawPath) {
		s.spelling |= scriptpath.SpelledEncoded
	}
	found, ok := e.d.locate(e.m, x, name)
	if e.m.Denials.Any() {
		if denied, rule, is := e.findDenial(x.Root, x.Path, x.RawPath, found); is {
			found, ok, s.deniedBy = denied, true, rule
		} else if e.denyEndpoint(name, found, ok, "") {
			return
		}
	}
	if !ok {
		found, s.guessed, ok = e.locateShort(x.Root, x.Path)
	}
	s.key, s.profile, s.file = found.key, found.profile, found.file
	if s.habits = s.profile; !ok {
		e.findRoute(x.Root, name.Full)
	}
	if !ok && s.habits == nil || e.missing() && !s.denied() {
		// Of a missing file its 404 is the answer. If something answers all the same,
		// the response is judged.
		e.take(signal.AtRequest)
		return
	}
	s.exists = s.file.State == FileThere
	e.judge()
}

// judge judges the subject by all that is known of the exchange.
func (e *Evaluation) judge() {
	x, s, m := e.x, &e.subject, e.m
	s.upload = !s.trusted() && !s.asset && !s.route && !s.guessed && scriptpath.DataDirectory(s.key.Path) != "" && !e.servesSources()
	if s.file.State == FileThere && !s.file.Changed.IsZero() {
		s.deployed = m.Decisions.Deployed(s.key, s.file.Changed)
	} else {
		s.deployed = s.profile == nil && m.Decisions.Deployed(s.key, x.Time)
	}
	if s.file.State == FileThere && !s.asset && !s.route && e.novel() {
		s.directory = m.Directories.StaticPlace(s.key.Root, s.key.Path)
	}
	s.alteration = e.findAlteration()
	e.findOperation()
	j := e.take(e.stage())
	switch {
	case s.denied():
		j.features = signal.Features{Script: signal.Script{DeniedBy: s.deniedBy}}
		j.add(deniedSignal, 0)
		j.Score, j.Verdict, j.Refusal = e.d.options.Malicious, Malicious, RefusedDenied
		return
	case e.ordinary():
		return
	}
	if e.describe(); !e.d.gateOpens(&j.features) {
		return
	}
	e.findEvidence()
	e.d.weigh(j)
	if e.novel() {
		e.excuseChange()
	}
	if j.Verdict == Malicious && e.phase == baseline.Enforcing && e.mayRefuse() {
		j.Refusal = RefusedMalicious
	}
}

// mayRefuse holds back where a refusal would be premature: the request to a new
// script that may not exist, and brings nothing, waits for its answer.
func (e *Evaluation) mayRefuse() bool {
	return e.subject.exists || e.x.CarriesPayload() || !e.novel()
}

// ordinary reports whether no gate can open: a known script is read in the way that it
// always is. That is true for nearly every request, and costs little then.
func (e *Evaluation) ordinary() bool {
	s := &e.subject
	if s.upload || s.asset || e.enforcing() && s.directory.StaticOnly() {
		return false
	}
	return !e.enforcing() || !e.novel() && !e.newEndpoint() && !s.newOperation && !e.alteredUse() && !e.x.CarriesPayload() && e.x.opaqueQuery() == 0 && e.media == baseline.MediaUnknown && !e.upgraded() &&
		(s.habits == nil || !e.strangeChannel())
}

func (e *Evaluation) enforcing() bool { return e.phase == baseline.Enforcing }

// stage is the one at which the exchange is judged now.
func (e *Evaluation) stage() signal.Stage {
	if e.progress == atRequest {
		return signal.AtRequest
	}
	return signal.AtResponse
}

// take makes the judgement one of the subject, of which nothing is held against anybody
// yet.
func (e *Evaluation) take(stage signal.Stage) *Judgement {
	j, s := &e.judgement, &e.subject
	j.clear()
	j.Stage, j.Script, j.Exists, j.Trusted = stage, s.about(), s.exists, s.trusted()
	if j.Route, j.front = s.endpoint.Path, ""; s.habits != nil && !s.named() {
		j.front = s.habits.FrontController()
	}
	j.Selector, j.Selected = s.operation.Selected()
	if j.Page = nil; e.notFound.known && s.unknown() {
		page := e.notFound.page
		j.Page = &page
	}
	e.described, e.complete = false, false
	return j
}

// servesSources reports whether a request reads a script among data on a site where
// that is usual: of three such scripts and more, one in ten of the site's or more.
func (e *Evaluation) servesSources() bool {
	share, scripts := e.m.Scripts.DataShare()
	return scripts >= 3 && share >= 0.1 && !e.x.CarriesPayload()
}
