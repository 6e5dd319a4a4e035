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
	e.learnProven()
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
		path := e.x.EffectivePath
		if s.endpoint.Path != "" {
			path = e.x.Path
		}
		e.m.NotFound.Learn(e.notFound.page, e.d.namer.Name(path).Path)
	}
	if e.history {
		e.m.histories.record(e)
	}
	e.learnClient()
	e.learnReferer()
	e.learnUploads()
	switch {
	case j.Verdict != Clean:
		if s.exists {
			e.note()
		}
	case j.Stage == signal.AtResponse:
		e.learnClean()
	}
	e.learnChange()
}

// learnClean teaches the baseline an exchange that was judged clean.
func (e *Evaluation) learnClean() {
	x, s, m := e.x, &e.subject, e.m
	if s.guessed {
		*s = subject{spelling: s.spelling} // it is a route
		e.findRoute(x.EffectiveRoot, e.d.namer.Name(x.EffectivePath).Full)
	}
	visit := e.visit()
	fresh := x.Has(KnownClient) && x.Status < 400 && m.served.Add(e.network)
	if !s.named() || s.asset {
		e.learnFileType()
	}
	if fresh || x.CarriesPayload() {
		e.learnSessions()
	}
	if !s.named() {
		e.learnAnswer(nil)
		e.learnPage()
		e.learnNameless(visit)
	}
	if e.learnCandidate(visit) || !s.exists {
		return
	}
	e.learnRates(fresh)
	if !s.named() || s.fellThrough {
		return // it was meant for another script
	}
	e.learnSpelling()
	if s.endpoint.Path != "" {
		visit.Endpoint = m.LearnRoute(e.learnTemplate(), visit, e.d.options.Limits)
	}
	if p := m.Learn(s.key, visit, e.d.options.Limits); p != nil {
		e.learnAnswer(p)
	}
	e.learnMapping()
}

// note keeps that a visit was made which is held against somebody.
func (e *Evaluation) note() {
	s, visit := &e.subject, e.visit()
	if s.endpoint.Path != "" {
		e.m.NoteRoute(s.endpoint, visit, e.d.options.Limits)
		visit.Endpoint = true
	}
	if s.named() {
		e.m.Note(s.key, visit, e.d.options.Limits)
	}
}

// visit is the exchange as the baseline learns it.
func (e *Evaluation) visit() baseline.Visit {
	x, s := e.x, &e.subject
	return baseline.Visit{
		Time: x.Time, Method: e.method, Status: x.Status, Network: e.network, RanBy: s.key.Path,
		WithoutPathInfo: s.spelling&scriptpath.SpelledPathInfo == 0, Deployed: s.deployed,
		Payload: x.CarriesPayload(), Referer: x.refererStatus(), Features: e.requestFeatures(),
		Media: e.media, Upgraded: e.upgraded(), Opaque: e.opaqueHashes(),
		Sending: e.sending(), Choices: e.choicesToLearn(),
	}
}

// requestFeatures is what the exchange looked like, as the baseline knows it.
func (e *Evaluation) requestFeatures() baseline.RequestFeatures {
	x := e.x
	return baseline.RequestFeatures{
		Referrer: x.page(), Params: e.paramNames(), Header: x.Header, Answered: x.Length, Type: x.ContentType,
	}
}

// learnRates counts the habits of the site's honest traffic. Where payloads come from
// counts once for each client network and day, and only while the site learns: nobody's
// thousand requests make a habit.
func (e *Evaluation) learnRates(fresh bool) {
	x, s, m := e.x, &e.subject, e.m
	switch {
	case s.profile != nil && !e.novel():
		e.learnChannels()
		if x.Has(KnownClient) {
			m.Rates.FreshClients.Count(fresh)
		}
		if !e.enforcing() && x.CarriesPayload() && x.Has(KnownReferer) && m.payers.Add(m.Hash.Sample(e.network, x.Time)^unreferredMark(x)) {
			m.Rates.UnreferredPosts.Count(x.Unreferred())
		}
	case !e.enforcing() && s.profile == nil && s.file.State != FileUnknown:
		m.Rates.MissingFiles.Count(s.file.State == FileMissing)
	}
}

// unreferredMark tells payloads from no page from others.
func unreferredMark(x *Exchange) uint64 {
	if x.Unreferred() {
		return 0x9e3779b97f4a7c15
	}
	return 0
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
