package detector

import (
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

// In containment what nobody vouches for is refused: before it runs where the
// request names it, otherwise at its answer.

// noteContainment takes down whether the site is contained. The answer is judged
// by what held at the request.
func (f *Facts) noteContainment(m *Memory) {
	c, on := m.Containment.Active(f.Time)
	f.Contained, f.rehearsed = on && !c.Rehearse, on && c.Rehearse
}

// containRequest refuses a request that names what is not trusted.
func (d *Detector) containRequest(m *Memory, j *Judgement) {
	f := &j.Facts
	if !f.Contained && !f.rehearsed || f.Denied() || f.Trusted() {
		return
	}
	if f.Key.Path != "" {
		if f.File.State != FileMissing || !m.filesTell() {
			d.forbid(m, j)
		}
		return
	}
	// Of what names no script a suffix says enough. Routes wait for what they run.
	full := d.namer.Name(f.Path).Full
	if !strings.Contains(full[strings.LastIndexByte(full, '/')+1:], ".") || d.maySee(m, f, f.Root, full) {
		return
	}
	key := baseline.Key{Root: f.Root, Path: full}
	if f.Root != "" && m.filesTell() && d.options.Files.Stat(key).State == FileMissing {
		return
	}
	f.Key, f.Profile = key, m.Scripts.Lookup(key)
	d.forbid(m, j)
}

// containResponse refuses the answer of what is not trusted.
func (d *Detector) containResponse(m *Memory, j *Judgement) {
	f := &j.Facts
	if !f.Contained && !f.rehearsed || f.Denied() || f.Rendered {
		return
	}
	gone := f.Status == 404 || f.Status == 410
	if f.Key.Path != "" && !f.Asset && !f.Route {
		missing := gone && f.File.State == FileMissing && m.filesTell()
		if !f.Trusted() && !missing {
			d.forbid(m, j)
		}
		return
	}
	full := d.namer.Name(f.EffectivePath).Full
	if d.maySee(m, f, f.EffectiveRoot, full) || f.toDirectory(m, full) {
		return
	}
	if gone {
		// A shell can answer 404 as well: the status stays, what it says does not.
		j.Refuse, j.Missing = f.Contained, f.Contained
		return
	}
	if f.Key.Path == "" {
		f.Key = baseline.Key{Root: f.EffectiveRoot, Path: full}
		f.Profile, f.Route = m.Scripts.Lookup(f.Key), true
	}
	d.forbid(m, j)
}

// toDirectory reports whether a redirection is that to the slash which a directory's
// name lacks, as servers give it.
func (f *Facts) toDirectory(m *Memory, full string) bool {
	if f.CarriesPayload() || f.Status != 301 && f.Status != 302 && f.Status != 307 && f.Status != 308 {
		return false
	}
	index := m.Scripts.Lookup(baseline.Key{Root: f.EffectiveRoot, Path: full + "/index.php"})
	return index != nil && index.Trust() == baseline.Trusted || m.Directories.Known(f.EffectiveRoot, full+"/")
}

// forbid refuses what is asked for, or in a rehearsal only lists it. It is held
// against the request no more than a suspicion is: honest visitors do not know.
func (d *Detector) forbid(m *Memory, j *Judgement) {
	f := &j.Facts
	if !f.listed {
		m.Containment.Refused(f.Key, f.Method, f.Profile != nil, f.Time)
		f.listed = true
	}
	if !f.Contained {
		return
	}
	j.add(&contained, 0)
	j.Score, j.Verdict = max(j.Score, d.options.Suspicious), max(j.Verdict, Suspicious)
	j.Refuse, j.Contained = true, true
}

// maySee reports whether containment serves a path that names no script: a route
// that was learned or that an operator approved, or a static file.
func (d *Detector) maySee(m *Memory, f *Facts, root, full string) bool {
	if p := m.Scripts.Lookup(baseline.Key{Root: root, Path: full}); p != nil && p.Trust() == baseline.Trusted {
		return true
	}
	if p := m.Scripts.Lookup(baseline.Key{Root: root, Path: m.Routes.Template(root, full)}); p != nil && p.Route() && p.Trust() != baseline.Denied {
		return true
	}
	if f.CarriesPayload() || f.Method != baseline.MethodGet && f.Method != baseline.MethodHead {
		return false
	}
	if strings.HasSuffix(full, "/") {
		// Where no root is known, an index could be a script that was dropped there.
		return full == "/" || scriptpath.DataDirectory(full) == "" && m.Directories.Known(root, full)
	}
	program := scriptpath.StaticSuffix(full) && f.dynamic()
	return m.Directories.ServesAsFile(full) && !program
}
