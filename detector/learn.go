package detector

import (
	"path"
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

// Everything that is remembered of an exchange is written here and in the other
// learn_*.go, once it has been judged.

func (e *Evaluation) learn() {
	if e.refused.key.Path != "" {
		e.m.Containment.Refused(e.refused.key, e.method, e.refused.known, e.x.Time)
	}
	if !e.contained {
		e.learnExchange()
	}
	if e.judgement.Verdict != Clean || e.blocked != nil {
		e.learnEvidence()
	}
}

// learnExchange teaches the baseline, and what is known of clients, all but evidence.
func (e *Evaluation) learnExchange() {
	j, s := &e.judgement, &e.subject
	if e.notFound.learn {
		// By the shortest name: a script with PATH_INFO is one name, not many.
		e.m.NotFound.Learn(e.notFound.page, e.d.namer.Name(e.x.EffectivePath).Path)
	}
	if e.history {
		e.m.histories.record(e)
	}
	e.learnClient()
	e.learnUploads()
	switch {
	case j.Verdict != Clean:
		if s.exists {
			visit := e.visit()
			e.m.Note(s.key, visit, e.d.options.Limits)
		}
	case j.Stage == signal.AtResponse:
		e.learnClean()
	}
	e.learnChange()
}

// learnClean teaches the baseline an exchange that was judged clean.
func (e *Evaluation) learnClean() {
	x, s, m := e.x, &e.subject, e.m
	visit := e.visit()
	fresh := x.Has(KnownClient) && x.Status < 400 && m.served.Add(e.network)
	if !s.named() {
		e.learnAnswer(nil)
		e.learnNameless(visit)
	}
	if e.learnCandidate(visit) || !s.exists {
		return
	}
	e.learnRates(fresh)
	if !s.named() || s.fellThrough {
		return // it was meant for another script
	}
	if p := m.Learn(s.key, visit, e.d.options.Limits); p != nil {
		e.learnAnswer(p)
	}
	e.learnMapping()
}

// visit is the exchange as the baseline learns it.
func (e *Evaluation) visit() baseline.Visit {
	x, s := e.x, &e.subject
	return baseline.Visit{
		Time: x.Time, Method: e.method, Status: x.Status, Network: e.network,
		WithoutPathInfo: s.spelling&scriptpath.SpelledPathInfo == 0, Deployed: s.deployed,
		Payload: x.CarriesPayload(), Referer: x.refererStatus(), Features: e.requestFeatures(),
		Sending: e.sending(),
	}
}

// requestFeatures is what the exchange looked like, as the baseline knows it.
func (e *Evaluation) requestFeatures() baseline.RequestFeatures {
	x := e.x
	return baseline.RequestFeatures{
		Referrer: x.Referer, Params: e.paramNames(), Header: x.Header, Answered: x.Length, Type: x.ContentType,
	}
}

// learnRates counts the habits of the site's honest traffic.
func (e *Evaluation) learnRates(fresh bool) {
	x, s, m := e.x, &e.subject, e.m
	switch {
	case s.profile != nil && !e.novel():
		e.learnChannels()
		if x.Has(KnownClient) {
			m.Rates.FreshClients.Count(fresh)
		}
		if x.CarriesPayload() && x.Has(KnownReferer) {
			m.Rates.UnreferredPosts.Count(x.Unreferred())
		}
	case !e.enforcing() && s.profile == nil && s.file.State != FileUnknown:
		m.Rates.MissingFiles.Count(s.file.State == FileMissing)
	}
}

// learnMapping learns how a request was resolved under another root than it came under.
func (e *Evaluation) learnMapping() {
	x, key := e.x, e.subject.key
	if x.Root == key.Root {
		return
	}
	requested := e.d.namer.Name(x.Path).Path
	if strings.HasSuffix(requested, "/") {
		requested += path.Base(key.Path)
	}
	e.m.Mappings.Learn(x.Root, requested, key)
}

// learnChannels remembers which opaque values the scripts that are known are sent, by
// name and order of length.
func (e *Evaluation) learnChannels() {
	for c := range e.opaqueChannels(opaqueLength) {
		e.m.channels.Add(e.m.channelHash(c))
	}
}

// learnAnswer keeps an answer: to a path that names no file, or of a script.
func (e *Evaluation) learnAnswer(p *baseline.Profile) {
	x, m := e.x, e.m
	if e.enforcing() || !e.answerTaken() {
		return
	}
	if x.namesNoFile() {
		m.NotFound.LearnFront(m.NotFound.Page(x.Status, x.ContentType, x.Answer, x.Path))
	}
	if p == nil {
		return
	}
	if _, kept := p.Answer(e.method); kept {
		return
	}
	if answer, ok := m.Hash.Fingerprint(x.Answer, x.Path); ok {
		p.LearnAnswer(e.method, answer)
	}
}
