package detector

import (
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

// judgeResponse finds out what ran, and judges it.
func (e *Evaluation) judgeResponse() {
	x := e.x
	e.subject = subject{spelling: e.requested.spelling}
	s := &e.subject
	found, ok := e.d.locateEffective(e.m, x, &e.requested)
	if e.m.Denials.Any() {
		if denied, rule, is := e.findDenial(x.EffectiveRoot, x.EffectivePath, "", found); is {
			found, ok, s.deniedBy = denied, true, rule
		} else if e.denyEndpoint(e.d.namer.Name(x.Path), found, ok, e.ran(found, ok)) {
			return
		}
	}
	if s.guessed = ok && e.requested.guessed && found.key == e.requested.key; !ok {
		found, s.guessed, ok = e.locateShort(x.EffectiveRoot, x.EffectivePath)
	}
	s.key, s.profile, s.file = found.key, found.profile, found.file
	if s.habits = s.profile; !ok {
		e.judgeNameless()
		return
	}
	e.findFrontRoute()
	s.exists = e.scriptExists()
	s.fellThrough = e.requested.file.State == FileMissing && e.requested.key.Root == s.key.Root && e.requested.key != s.key
	if !s.exists && !s.denied() {
		e.take(signal.AtResponse)
		return
	}
	e.judge()
}

// gone reports whether the status says that nothing is there, and succeeded whether it
// says that a program answered.
func (x *Exchange) gone() bool { return x.Status == 404 || x.Status == 410 }
func (x *Exchange) succeeded() bool {
	return x.Status == 101 || x.Status/100 == 2 || x.Status == 304
}

// What names no script is a static file, a directory or a route. Of these only what
// behaves dynamically where static files live is held against anybody.

// judgeNameless judges an exchange that reached no script. It costs little for a file
// that was served, which is nearly all.
func (e *Evaluation) judgeNameless() {
	x, nameless := e.x, e.subject
	redirects := e.redirectsPayload()
	if redirects || x.dynamic() && !e.answeredAsRead() && !e.pageAsUsual() {
		full := e.d.namer.Name(x.EffectivePath).Full
		asset, directory := scriptpath.StaticSuffix(full) && !redirects, e.m.Directories.Of(x.EffectiveRoot, full)
		unlisted := !asset && e.unlistedProgram(full)
		if asset || unlisted || e.servesFilesOnly(directory) {
			s := &e.subject
			s.key = baseline.Key{Root: x.EffectiveRoot, Path: full}
			s.asset, s.route, s.unlisted, s.directory = asset, !asset, unlisted, directory
			if s.exists = true; !e.readOnly(s.key) {
				s.profile = e.m.Scripts.Lookup(s.key)
			}
			s.habits = s.profile
			if e.judge(); asset || e.judgement.Verdict != Clean {
				return
			}
		}
	}
	e.subject = nameless
	if e.keepRoute(); e.subject.habits == nil || e.answeredAsRead() || !e.routeExists() {
		e.take(signal.AtResponse)
		return
	}
	e.subject.exists = true
	e.judge()
}

// readOnly reports whether a path is a route that was never sent a payload as now: that a
// directory was read says nothing for a program in it.
func (e *Evaluation) readOnly(key baseline.Key) bool {
	p := e.m.routeOf(key)
	return p != nil && !p.KnowsMethod(e.method)
}

// isRoute reports whether a path that names no script, and was answered with success,
// means a program all the same: it has no suffix, or was sent a payload.
func (x *Exchange) isRoute(full string) bool {
	last := full[strings.LastIndexByte(full, '/')+1:]
	return x.CarriesPayload() || last != "" && !strings.Contains(last, ".") || last == "" && x.Query != ""
}

// dynamic reports whether an answer with success is one that a program gives: to
// a payload, or a page to a path with a query or of a static file.
func (x *Exchange) dynamic() bool {
	if x.Status/100 != 2 {
		return false
	}
	return x.CarriesPayload() || isPage(x.ContentType) && (x.Query != "" || scriptpath.StaticSuffix(x.EffectivePath))
}

func isPage(contentType string) bool {
	media, _, _ := strings.Cut(contentType, ";")
	return strings.EqualFold(strings.TrimSpace(media), "text/html")
}

// length is how long the answer is, in bytes, or −1 while that is unknown. Before the
// answer is over it counts only where the header says it of the answer to a payload.
func (e *Evaluation) length() int64 {
	if e.ended || e.progress == atResponse && e.x.CarriesPayload() {
		return e.x.Length
	}
	return -1
}

// answeredAsRead reports whether a payload was answered with as many bytes, of the same
// type, as reading the same path lately was: servers of files pay no attention to what
// they are sent. A script can know how long the file is, but not print as much each time.
func (e *Evaluation) answeredAsRead() bool {
	return e.x.CarriesPayload() && e.length() > 0 && e.m.files.Seen(e.fileHash())
}

// fileHash hashes what was asked for, with type and length of what was answered.
func (e *Evaluation) fileHash() uint64 {
	x := e.x
	return e.m.Hash.FileName(x.EffectivePath) ^ e.m.Hash.FileName(x.ContentType) + uint64(x.Length)*0x9e3779b97f4a7c15
}
