package detector

import (
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

// What names no script is a static file, a directory or a route. Of these only
// what behaves dynamically where static files live is held against anybody.

// judgeNameless judges an exchange that reached no script, at its response. It
// costs little for a file that was served, which is nearly all.
func (d *Detector) judgeNameless(m *Memory, f *Facts, j *Judgement) {
	if !f.dynamic() || m.answeredAsRead(f) {
		j.reset(f)
		return
	}
	full := d.namer.Name(f.EffectivePath).Full
	asset, place := scriptpath.StaticSuffix(full), m.Directories.Of(f.EffectiveRoot, full)
	if asset || place.StaticOnly() {
		there := *f
		there.Key = baseline.Key{Root: f.EffectiveRoot, Path: full}
		there.Asset, there.Route, there.Place = asset, !asset, place
		there.Profile, there.Answered = m.Scripts.Lookup(there.Key), true
		if d.judge(m, &there, j); asset || j.Verdict != Clean {
			return
		}
	}
	j.reset(f) // a route is learned by its template
}

// learnNameless learns where routes vary, and what directories serve.
func (d *Detector) learnNameless(m *Memory, f *Facts, visit baseline.Visit) {
	if f.Status/100 != 2 && f.Status != 304 {
		return
	}
	full := d.namer.Name(f.EffectivePath).Full
	if !f.CarriesPayload() && f.Status == 200 && f.Length > 0 {
		m.files.Add(m.fileHash(f))
	}
	route := f.isRoute(full)
	if f.Phase == baseline.Learning {
		m.Directories.Learn(f.EffectiveRoot, full, route)
		d.learnExtension(m, f, full)
	}
	if !route {
		return
	}
	key := baseline.Key{Root: f.EffectiveRoot}
	if f.Phase == baseline.Learning {
		key.Path = m.Routes.Learn(key.Root, full, visit.Network)
	} else {
		key.Path = m.Routes.Template(key.Root, full)
	}
	m.LearnRoute(key, visit, d.options.Limits)
}

// learnExtension learns whether files or programs answer to an extension. That they
// answer with a page says so of all but the extensions of pages.
func (*Detector) learnExtension(m *Memory, f *Facts, full string) {
	program := f.CarriesPayload() && !m.answeredAsRead(f)
	if usual := scriptpath.UsuallyStatic(full); !usual && !program {
		if f.ContentType == "" {
			return // of a log, which does not tell
		}
		program = isPage(f.ContentType)
	}
	m.Directories.LearnExtension(full, program)
}

// isRoute reports whether a path that names no script, and was answered with
// success, means a program all the same: it has no suffix, or was sent a payload.
func (f *Facts) isRoute(full string) bool {
	last := full[strings.LastIndexByte(full, '/')+1:]
	return f.CarriesPayload() || last != "" && !strings.Contains(last, ".") || last == "" && f.Query != ""
}

// dynamic reports whether an answer with success is one that a program gives: to
// a payload, or a page to a path with a query or of a static file.
func (f *Facts) dynamic() bool {
	if f.Status/100 != 2 {
		return false
	}
	return f.CarriesPayload() || isPage(f.ContentType) && (f.Query != "" || scriptpath.StaticSuffix(f.EffectivePath))
}

func isPage(contentType string) bool {
	media, _, _ := strings.Cut(contentType, ";")
	return strings.EqualFold(strings.TrimSpace(media), "text/html")
}

// answeredAsRead reports whether a payload was answered with as many bytes, of the
// same type, as reading the same path lately was: servers of files pay no attention to what they are sent.
// A script can know how long the file is, but not print as much each time.
func (m *Memory) answeredAsRead(f *Facts) bool {
	return f.CarriesPayload() && f.Length > 0 && m.files.Seen(m.fileHash(f))
}

// fileHash hashes what was asked for, with type and length of what was answered.
func (m *Memory) fileHash(f *Facts) uint64 {
	return m.Hash.FileName(f.EffectivePath) ^ m.Hash.FileName(f.ContentType) + uint64(f.Length)*0x9e3779b97f4a7c15
}
