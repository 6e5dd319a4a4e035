package detector

import (
	"net/http"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

// pageVisits is how many visits to static files, itself among them, show of a page that it
// takes no payloads. For a path that nobody read it takes more (baseline.Directory).
const pageVisits = 10

// servesFilesOnly reports whether what was asked for lies where only static files were
// served.
func (e *Evaluation) servesFilesOnly(directory *baseline.Directory) bool {
	if directory.StaticOnly() {
		return true
	}
	static, dynamic := directory.Visits()
	return dynamic == 0 && static >= pageVisits && e.x.CarriesPayload() && e.m.pages.Seen(e.pageHash())
}

func (e *Evaluation) pageHash() uint64 { return e.m.Hash.FileName(e.x.EffectivePath) }

// redirectsPayload reports whether a page that is read with success answers a payload by
// redirecting it elsewhere, which a server of files never does. One that redirects reads
// too, such as to HTTPS, says nothing.
func (e *Evaluation) redirectsPayload() bool {
	switch e.x.Status {
	case http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect:
		return e.x.CarriesPayload() && e.m.pages.Seen(e.pageHash()) && !e.m.redirects.Seen(e.pageHash())
	}
	return false
}

// learnPage learns which pages that name no script are read with success, and which
// redirect who reads them.
func (e *Evaluation) learnPage() {
	x := e.x
	switch {
	case x.namesNoFile():
		e.m.pages.Add(e.pageHash())
	case x.Status/100 == 3 && x.Status != http.StatusNotModified && e.method.Reads():
		e.m.redirects.Add(e.pageHash())
	}
}

// pageAsUsual reports whether a static file was read and sent as a page on a site that says
// so of all its files of that kind.
func (e *Evaluation) pageAsUsual() bool {
	x := e.x
	return !x.CarriesPayload() && scriptpath.StaticSuffix(x.EffectivePath) && e.m.Directories.SentAsPages(x.EffectivePath)
}

// learnFileType learns which static files the site sends as pages.
func (e *Evaluation) learnFileType() {
	x := e.x
	if e.enforcing() || x.ContentType == "" || x.Status/100 != 2 || x.CarriesPayload() || !scriptpath.StaticSuffix(x.EffectivePath) {
		return
	}
	e.m.Directories.LearnFileType(x.EffectivePath, isPage(x.ContentType))
}
