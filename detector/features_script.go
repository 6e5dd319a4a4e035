package detector

import (
	"fmt"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

// describe fills in what gates look at: the judgement's features, but for the evidence.
func (e *Evaluation) describe() {
	x, s, f := e.x, &e.subject, &e.judgement.features
	*f = signal.Features{Now: x.Time, Stage: e.stage(), Enforcing: e.enforcing(), Ended: e.ended, Proven: e.provenFeature()}
	e.described = true
	f.Request = signal.Request{
		Method: e.method, MethodName: shownMethod(e.method, x.Method), Payload: x.CarriesPayload(), Unreferred: x.Unreferred(),
		OriginKnown: x.Has(KnownOrigin), Query: x.Query != "", OpaqueQuery: x.opaqueQuery() > 0, Spelling: e.disguise(),
	}
	f.Script = signal.Script{
		Path: s.about().Path, Novel: e.novel(), Profiled: s.habits != nil, Asset: s.asset, Route: s.route, Unlisted: s.unlisted, Upload: s.upload, FellThrough: s.fellThrough, Service: e.service(),
		Guessed: s.guessed, AmongRoutes: s.guessed && e.m.Routes.Any(),
		File: signal.File{There: s.file.State == FileThere, Changed: s.file.Changed},
	}
	if s.directory != nil && e.servesFilesOnly(s.directory) {
		f.Script.StaticVisits, _ = s.directory.Visits()
	}
	if e.stage() == signal.AtResponse {
		f.Answer = signal.Answer{Status: x.Status, Type: x.ContentType, Length: e.length()}
	}
	if s.habits != nil {
		f.Script.Trust = s.habits.Trust()
		f.Script.Known = !f.Script.Novel
	}
	if e.alteredUse() {
		a := s.alteration
		f.Script.FileAltered, f.Script.Configuration, f.Script.ConfiguredBy = a.File, a.Configuration, a.ConfiguredBy
		f.Script.AlteredShare = e.m.Scripts.AlteredShare()
	}
	switch {
	case f.Script.Novel:
		e.describeNovel(f)
	case e.newEndpoint():
		e.describeNewEndpoint(f)
	case f.Enforcing && s.known():
		e.describeKnown(f)
		if s.newOperation {
			e.describeOperation(f)
		}
	}
	if f.Script.Novel || f.Script.Upload || f.Script.StrangeMethod {
		e.describeSite(f)
	}
}

// describeNovel fills in what is known of a script that is new.
func (e *Evaluation) describeNovel(f *signal.Features) {
	s, m := &e.subject, e.m
	if s.profile != nil {
		f.Script.FirstSeen, f.Script.Networks = s.profile.FirstSeen(), s.profile.Networks()
	}
	f.Script.FileHidden = s.file.Hidden
	if !f.Script.File.There || s.file.Changed.IsZero() {
		return
	}
	f.Script.FileChanged = !s.file.Changed.Before(m.Phases.Closed().Add(-clockTick))
	f.Script.FileOld = s.file.unchangedSince().Before(m.Phases.Started()) && !e.x.Time.Before(m.Phases.Closed())
}

// describeNewEndpoint fills in what is known of a route of a front controller that is new.
func (e *Evaluation) describeNewEndpoint(f *signal.Features) {
	s := &e.subject
	f.Script.Endpoint = s.endpoint.Path
	f.Script.Trust, f.Script.Known = s.profile.Trust(), true
	f.Script.NewEndpoint = f.Stage == signal.AtResponse && (e.x.succeeded() || e.notFound.known) && !e.notFound.absent
	if s.habits != nil {
		f.Script.Networks = s.habits.Networks()
	}
}

// describeKnown fills in how the exchange differs from what a known script is used to.
func (e *Evaluation) describeKnown(f *signal.Features) {
	x, p, out := e.x, e.subject.habits, &f.Script
	out.Visits, out.MethodsOnce = p.MethodCounts()
	if out.NewChannel = e.strangeField(); out.NewChannel.Name != "" {
		out.KnownNames = p.HeaderNames() + p.CookieNames()
	}
	e.describePayload(f)
	if !f.Request.Payload && !f.Request.OpaqueQuery {
		return
	}
	out.Params = len(e.paramNames().All())
	out.NewParams, out.ParamsSince = p.StrangeParams(e.paramNames(), e.network)
	out.ParamsCut = !e.paramNames().Complete()
	out.KnownParams = p.Params()
	out.NovelNetworks, out.LearnedNetworks = p.ParamNovelty()
	if f.Stage == signal.AtResponse && !out.FellThrough {
		f.Answer.Shape = e.shapeShift(p)
		if f.Request.Payload {
			f.Answer.Shift = e.answerShift(p)
		}
	}
	if !f.Request.Payload {
		return
	}
	if !e.method.Reads() && !p.KnowsMethod(e.method) {
		out.StrangeMethod, out.StrangeNetworks, out.TakesPayloads = true, p.StrangeNetworks(), p.TakesPayloads()
		if out.TakesPayloads {
			f.Answer.Shift, f.Answer.Shape = signal.AnswerShift{}, signal.ShapeShift{} // all answers were to other methods
		}
	}
	if p.Dormant(x.Time) {
		out.Dormant = x.Time.Sub(p.LastSeen())
	}
	if f.Request.Unreferred {
		out.Payloads, out.PayloadSamples, out.Unreferred = p.ReferredPayloads()
	}
}

// describeSite fills in the site's own rates.
func (e *Evaluation) describeSite(f *signal.Features) {
	m, out := e.m, &f.Site
	out.Started, out.Closed, out.Visits = m.Phases.Started(), m.Phases.Closed(), m.Scripts.Visits()
	_, out.Samples = m.Coverage.Value()
	out.UnseenRate = m.Coverage.UnseenRate()
	if f.Script.Novel {
		out.CreationRate, _ = m.Coverage.CreationRate(e.subject.key)
	}
	out.PayloadShare, out.PayloadScripts = m.Scripts.PayloadShare()
	out.DataShare, _ = m.Scripts.DataShare()
	out.FreshClients = m.Rates.FreshClients.Share(0.3, 1)
	out.UnreferredPosts = m.Rates.UnreferredPosts.Share(0.1, 10)
}

// answerShift compares the answer to a payload with all that the script gave.
func (e *Evaluation) answerShift(p *baseline.Profile) (shift signal.AnswerShift) {
	if n := p.Visits(e.method); n >= signal.AnswersNeeded && p.StatusVisits(e.method, e.x.Status) == 0 {
		return signal.AnswerShift{Status: true, Kinds: 1, Answers: int(min(n, 1<<31-1))}
	}
	if !e.ended || e.length() < 0 {
		return shift
	}
	if alike, answers, kinds := p.Answers(e.method, e.length()); alike == 0 {
		return signal.AnswerShift{Answers: answers, Kinds: kinds}
	}
	return shift
}

// shapeShift compares the answer with those to the same parameters. How long it is
// counts when it is over.
func (e *Evaluation) shapeShift(p *baseline.Profile) (shift signal.ShapeShift) {
	seen := baseline.RequestFeatures{Params: e.paramNames(), Type: e.x.ContentType, Answered: -1}
	if e.ended {
		seen.Answered = e.length()
	}
	shift.In, shift.Answers, shift.Kinds = p.UnlikeAnswer(e.m.Hash, &seen, e.method, e.x.Status)
	return shift
}

// strangeUse reports whether a known script is used in a way that it was not.
func (e *Evaluation) strangeUse() bool {
	if !e.described {
		e.describe()
	}
	return e.judgement.features.StrangeUse()
}

// shownMethod is the method as it may be shown: methods are the client's words.
func shownMethod(method baseline.Method, sent string) string {
	if method == baseline.MethodOther {
		return fmt.Sprintf("%.20q", sent)
	}
	return sent
}
