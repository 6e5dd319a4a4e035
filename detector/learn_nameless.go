package detector

import (
	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

// learnNameless learns where routes vary, and what directories serve.
func (e *Evaluation) learnNameless(visit baseline.Visit) {
	x, m := e.x, e.m
	if x.Status/100 != 2 && x.Status != 304 && !e.upgraded() {
		return
	}
	full := e.d.namer.Name(x.EffectivePath).Full
	if !x.CarriesPayload() && x.Status == 200 && x.Length > 0 {
		m.files.Add(e.fileHash())
	}
	route := x.isRoute(full)
	if !e.enforcing() {
		m.Directories.Learn(x.EffectiveRoot, full, route)
		e.learnExtension(full)
	}
	if !route {
		return
	}
	key := baseline.Key{Root: x.EffectiveRoot}
	if e.enforcing() {
		key.Path = m.Routes.Template(key.Root, full)
	} else {
		key.Path = m.Routes.Learn(key.Root, full, e.network)
	}
	m.LearnRoute(key, visit, e.d.options.Limits)
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
