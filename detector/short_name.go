package detector

import (
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

// Servers run a script by shorter names than its own: an index by its directory's, others
// without their suffix. Such a path names no script. Where files tell, the script is the
// one whose file is there; otherwise a name that nobody knows may be one if it takes a
// payload, and is judged so under its own name.

// locateShort finds the script for which a path that names none stands, once learning has
// ended. guessed is true if no file says so. Names that were learned, or that an operator
// decided about, stand for themselves.
func (e *Evaluation) locateShort(root, path string) (c candidate, guessed, ok bool) {
	if !e.enforcing() {
		return candidate{}, false, false
	}
	full := e.d.namer.Name(path).Full
	if len(full) > scriptpath.MaxPathLen || e.knownName(root, full) {
		return candidate{}, false, false
	}
	if root != "" && e.m.filesTell() {
		c, ok = e.longFile(root, full)
		return c, false, ok
	}
	if !e.mayStandForScript(root, full) {
		return candidate{}, false, false
	}
	key := baseline.Key{Root: root, Path: full}
	return candidate{key: key, profile: e.m.Scripts.Lookup(key)}, true, true
}

// knownName reports whether a path is that of a route that was learned as it is, or was
// approved.
func (e *Evaluation) knownName(root, full string) bool {
	p := e.m.Scripts.Lookup(baseline.Key{Root: root, Path: full})
	return p != nil && !p.Novel()
}

// longFile finds a script by its file: one that is known, or that was changed after
// learning had ended. Older ones that nobody asked for by their own names say nothing.
func (e *Evaluation) longFile(root, full string) (candidate, bool) {
	payload, files := e.x.CarriesPayload(), e.d.options.Files
	if !payload && scriptpath.UsuallyStatic(full) {
		return candidate{}, false
	}
	own := files.Stat(directoryKey(root, full))
	if own.State == FileThere {
		return candidate{}, false // it is that file
	}
	for dir, base := range e.d.namer.LongNames(full) {
		if len(dir) > len(full) || strings.HasSuffix(full, "/") {
			if own.State != FileOther {
				break // no directory
			}
		} else if !payload && e.unchanged(directoryKey(root, dir)) {
			continue
		}
		c := candidate{key: baseline.Key{Root: root, Path: dir + base}}
		c.file = files.Stat(c.key)
		if c.file.Hidden && payload {
			c.profile = e.m.Scripts.Lookup(c.key)
			return c, true
		}
		if c.file.State != FileThere {
			continue
		}
		c.profile = e.m.Scripts.Lookup(c.key)
		if c.profile != nil || !c.file.Changed.Before(e.m.Phases.Closed().Add(-clockTick)) {
			return c, true
		}
	}
	return candidate{}, false
}

// directoryKey is a path as files are looked up by, without a slash at its end.
func directoryKey(root, path string) baseline.Key {
	if len(path) > 1 {
		path = strings.TrimSuffix(path, "/")
	}
	return baseline.Key{Root: root, Path: path}
}

// unchanged reports whether nothing was put into a directory since learning ended. It
// spares requests that only read the look at each suffix.
func (e *Evaluation) unchanged(dir baseline.Key) bool {
	if e.shortDir != dir {
		e.shortDir, e.shortUnchanged = dir, false
		file := e.d.options.Files.Stat(dir)
		e.shortUnchanged = file.State == FileMissing && dir.Path != "/" || file.State == FileOther && !file.Changed.IsZero() && file.Changed.Before(e.m.Phases.Closed().Add(-clockTick))
	}
	return e.shortUnchanged
}

// mayStandForScript reports whether a path may be a script's shorter name, as far as that
// can be told without files: it has no extension, takes a payload, and lies under no
// template and in no directory that was learned. A site without a trusted script says nothing
// of that. At the request it counts only on sites that know no routes: others may rewrite it
// to one that they know.
func (e *Evaluation) mayStandForScript(root, full string) bool {
	m := e.m
	if !e.x.CarriesPayload() || full == "/" || m.Scripts.Count(baseline.Trusted) == 0 || e.progress == atRequest && m.Routes.Any() {
		return false
	}
	dir := full
	if !strings.HasSuffix(full, "/") {
		if strings.Contains(full[strings.LastIndexByte(full, '/')+1:], ".") {
			return false
		}
		dir += "/"
	}
	return !e.knownName(root, m.Routes.Template(root, full)) && !m.Directories.Known(root, dir) && !m.Directories.Of(root, full).StaticOnly()
}
