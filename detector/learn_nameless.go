package detector

import (
	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

// learnNameless learns where routes vary, and what directories serve.
func (e *Evaluation) learnNameless(visit baseline.Visit) {
	x, m := e.x, e.m
	if x.Status/100 != 2 && x.Status != 304 && !e.upgraded() {
		if e.isForm() {
			m.LearnRoute(e.learnTemplate(), visit, e.d.options.Limits)
		}
		return
	}
	full := e.d.namer.Name(x.EffectivePath).Full
	if !x.CarriesPayload() && x.Status == 200 && x.Length > 0 {
		m.files.Add(e.fileHash())
	}
	if !e.enforcing() {
		m.Coverage.LearnOther(e.network, x.Time)
		m.Directories.Learn(x.EffectiveRoot, full, x.isRoute(full))
		e.learnExtension(full)
	}
	if e.subject.endpoint.Path != "" {
		m.LearnRoute(e.learnTemplate(), visit, e.d.options.Limits)
	}
}

// isForm reports whether a route that did not answer with success is one all the same: it
// is known, and not gone, or it redirected a payload that came from a page, as forms do.
func (e *Evaluation) isForm() bool {
	x, s := e.x, &e.subject
	switch {
	case s.endpoint.Path == "" || x.gone():
		return false
	case s.known():
		return true
	}
	return x.Status/100 == 3 && x.CarriesPayload() && x.Has(KnownReferer) && !x.Unreferred()
}

// learnTemplate learns where the route's path varies, and returns its key.
func (e *Evaluation) learnTemplate() baseline.Key {
	key := e.subject.endpoint
	if e.enforcing() {
		return key
	}
	path := e.x.EffectivePath
	if e.subject.named() {
		path = e.x.Path
	}
	key.Path = e.m.Routes.Learn(key.Root, e.d.namer.Name(path).Full, e.network)
	return key
}

// learnExtension learns whether files or programs answer to an extension. That they
// answer with a page says so of all but the extensions of pages.
func (e *Evaluation) learnExtension(full string) {
	program := e.x.CarriesPayload() && !e.answeredAsRead()
	if usual := scriptpath.UsuallyStatic(full); !usual && !program {
		if e.x.ContentType == "" {
			return // of a log, which does not tell
		}
		program = isPage(e.x.ContentType)
	}
	e.m.Directories.LearnExtension(full, program)
}
