package detector

import (
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

// maxNameLen is the longest name of a file on common file systems, in bytes
// (NAME_MAX of Linux, 255).
const maxNameLen = 255

// maxNamed bounds the look-ups of scripts that one path may name: the client
// writes the path. One beyond them is as unknown as they are.
const maxNamed = 8

// candidate is a script that a path may mean.
type candidate struct {
	key     baseline.Key
	profile *baseline.Profile
	file    File
}

// real reports whether the script is known or its file is there.
func (c candidate) real() bool { return c.profile != nil || c.file.State == FileThere }

// locate finds the script that a request names. It reports false if it names none.
func (d *Detector) locate(m *Memory, x *Exchange, name scriptpath.Name) (candidate, bool) {
	c, ok := d.mapped(m, x.Root, x.Path, name)
	if !ok || x.Root != "" && !c.real() {
		return d.resolve(m, x.Root, x.Path, x.RawPath, name)
	}
	return c, ok
}

// locateEffective finds the script that ran. It keeps what was found out at the
// request if that was the same script, unless it was missing then.
func (d *Detector) locateEffective(m *Memory, x *Exchange, requested *subject) (candidate, bool) {
	if x.EffectivePath == x.Path && x.EffectiveRoot == x.Root && requested.key.Root == x.Root {
		if !requested.named() {
			return candidate{}, false
		}
		c := candidate{key: requested.key, profile: requested.profile, file: requested.file}
		if c.profile == nil {
			c.profile = m.Scripts.Lookup(c.key) // of another request meanwhile
		}
		if x.Root == "" || c.file.State == FileThere || c.profile != nil && c.profile.Trust() == baseline.Trusted {
			return c, true
		}
	}
	return d.resolve(m, x.EffectiveRoot, x.EffectivePath, "", d.namer.Name(x.EffectivePath))
}

// mapped finds the script that a path will reach under another root, as far as
// earlier requests showed: the first that is real, otherwise the first.
func (d *Detector) mapped(m *Memory, from, path string, name scriptpath.Name) (first candidate, ok bool) {
	if !m.Mappings.Any() {
		return candidate{}, false
	}
	// What the server strips is a prefix of the path as it was sent.
	for _, spelling := range [...]string{scriptpath.Tidy(path), name.Full} {
		for key := range m.Mappings.Candidates(from, spelling) {
			c, named := d.resolve(m, key.Root, key.Path, "", d.namer.Name(key.Path))
			if named && c.real() {
				return c, true
			}
			if named && !ok {
				first, ok = c, true
			}
		}
	}
	return first, ok
}

// resolve finds the script that a path means under a root: the file that the
// server would run, otherwise what the path's name says. raw is the path as it was
// sent, if that is known.
func (d *Detector) resolve(m *Memory, root, path, raw string, name scriptpath.Name) (candidate, bool) {
	if len(path) > scriptpath.MaxPathLen {
		return d.named(m, root, name)
	}
	var interpretations []string
	if d.namer.Ambiguous(name, path) {
		interpretations = d.namer.Interpretations(name, path, raw)
	}
	if root == "" {
		return d.worst(m, name, interpretations)
	}
	if name.Script && !name.Spelling.Disguised() && d.namer.Split(name.Full, 0) == len(name.Path) {
		key := baseline.Key{Root: root, Path: name.Path}
		if p := m.Scripts.Lookup(key); p != nil && !p.Novel() {
			return candidate{key: key, profile: p}, true // the common case costs no look at the disk
		}
	}
	if key, file := d.onDisk(root, path, name); file.State == FileThere {
		return candidate{key: key, profile: m.Scripts.Lookup(key), file: file}, true
	}
	for _, interpretation := range interpretations {
		key := baseline.Key{Root: root, Path: interpretation}
		if file := d.options.Files.Stat(key); file.State == FileThere {
			return candidate{key: key, profile: m.Scripts.Lookup(key), file: file}, true
		}
	}
	c, ok := d.named(m, root, name)
	if ok && c.profile == nil && c.file.State == FileOther {
		return candidate{}, false // a directory with a script's name
	}
	return c, ok
}

// onDisk finds the file that the server would run: under the path as it was
// sent, or if that is only another spelling of the canonical one, under that.
func (d *Detector) onDisk(root, sent string, name scriptpath.Name) (baseline.Key, File) {
	tidy := scriptpath.Tidy(sent)
	key, file := d.walk(root, tidy)
	if tidy == name.Full {
		return key, file
	}
	if file.State != FileThere && name.Script {
		key.Root, key.Path = root, tidy // a name that only looks like another's suffix
		file = d.options.Files.Stat(key)
	}
	plainKey, plain := d.walk(root, name.Full)
	if file.State == FileThere && (plain.State != FileThere || plain.ID != file.ID) {
		return key, file
	}
	return plainKey, plain
}

// walk finds the first file among the prefixes of a path that end in an
// executable suffix, wherever in a segment, and the directory's index. It
// looks below existing directories only, so that whoever writes a path cannot
// make it look often.
func (d *Detector) walk(root, path string) (baseline.Key, File) {
	slash := -1
	for end := d.namer.Split(path, 0); end >= 0; end = d.namer.Split(path, end) {
		key := baseline.Key{Root: root, Path: path[:end]}
		switch before := strings.LastIndexByte(key.Path, '/'); {
		case slash < 0:
			slash = before
		case before != slash:
			if d.options.Files.Stat(baseline.Key{Root: root, Path: path[:before]}).State != FileOther {
				return baseline.Key{}, File{}
			}
			slash = before
		}
		if end-slash > maxNameLen+1 {
			return baseline.Key{}, File{}
		}
		if file := d.options.Files.Stat(key); file.State == FileThere {
			return key, file
		}
	}
	if !strings.HasSuffix(path, "/") {
		return baseline.Key{}, File{}
	}
	key := baseline.Key{Root: root, Path: path + "index.php"}
	return key, d.options.Files.Stat(key)
}

// worst finds the script that a path's name means where no root is known, or
// another that it means to some server and that speaks more against the request:
// one that is denied, or unknown.
func (d *Detector) worst(m *Memory, name scriptpath.Name, interpretations []string) (candidate, bool) {
	c, ok := d.named(m, "", name)
	rank := func(c candidate) int {
		switch {
		case c.profile == nil || c.profile.Novel():
			return 2
		case c.profile.Trust() == baseline.Denied:
			return 3
		case c.profile.Trust() == baseline.Provisional:
			return 1
		}
		return 0
	}
	for _, interpretation := range interpretations {
		other, named := d.named(m, "", d.namer.Name(interpretation))
		if named && (!ok || rank(other) > rank(c)) {
			c, ok = other, true
		}
	}
	return c, ok
}

// named finds the script that a path's name means: of the prefixes whose last
// segment ends in an executable suffix, the first that was seen to be a script
// by itself, otherwise the last, because what precedes it may be a directory
// called like a script.
func (d *Detector) named(m *Memory, root string, name scriptpath.Name) (candidate, bool) {
	if !name.Script {
		return candidate{}, false
	}
	key, p := m.find(baseline.Key{Root: root, Path: name.Path})
	for tries := 1; tries < maxNamed && (p == nil || !p.SeenWithoutPathInfo()); tries++ {
		longer, ok := d.namer.Longer(name)
		if !ok {
			break
		}
		name = longer
		key, p = m.find(baseline.Key{Root: root, Path: name.Path})
	}
	c := candidate{key: key, profile: p}
	if root != "" && (p == nil || p.Novel()) {
		c.file = d.options.Files.Stat(key)
	}
	return c, true
}
