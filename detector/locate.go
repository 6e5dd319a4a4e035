package detector

import (
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// maxCandidates bounds how many scripts one path is taken to name: each may
// cost a look at the file system, and the client writes the path.
const maxCandidates = 4

// locate finds the script that a request names. It reports false if it names
// none.
func (d *Detector) locate(m *Memory, f *Facts) bool {
	path, root := f.Path, f.Root
	name := d.namer.Name(path)
	if root == "" {
		if key, ok := m.Mounted(name.Full); ok {
			root, path = key.Root, key.Path
			name = d.namer.Name(path)
		}
	}
	f.Spelling = d.spelling(name, f.RawPath)
	return d.choose(m, f, root, path, name)
}

// locateEffective finds the script that ran. It reuses what was found out at
// the request if that was the same script.
func (d *Detector) locateEffective(m *Memory, f *Facts, request *Facts) bool {
	f.Spelling = request.Spelling
	if f.EffectivePath == f.Path && f.EffectiveRoot == f.Root && request.Key.Root == f.Root {
		f.Key, f.File = request.Key, request.File
		if f.Key.Path == "" {
			return false
		}
		f.Profile = m.Lookup(f.Key)
		return true
	}
	return d.choose(m, f, f.EffectiveRoot, f.EffectivePath, d.namer.Name(f.EffectivePath))
}

// candidate is a script that a path may mean.
type candidate struct {
	key     baseline.Key
	profile *baseline.Profile
	file    File
}

// real reports whether the script is known or its file is there.
func (c candidate) real() bool { return c.profile != nil || c.file.State == FileThere }

// look looks up a candidate, and at its file if it is not trusted.
func (d *Detector) look(m *Memory, key baseline.Key) candidate {
	c := candidate{key: key, profile: m.Lookup(key)}
	if key.Root != "" && (c.profile == nil || c.profile.Novel()) {
		c.file = d.options.Files.Stat(key)
	}
	return c
}

// choose picks the script that a path means under a root: of the prefixes that
// may be one, the first that is known or whose file is there, otherwise the
// first. It reports false if the path means none.
func (d *Detector) choose(m *Memory, f *Facts, root, path string, name baseline.Name) bool {
	chosen, ok := d.hidden(m, root, path, name)
	if !ok {
		if !name.Script {
			return false
		}
		chosen = d.look(m, baseline.Key{Root: root, Path: name.Path})
		for tries := 1; !chosen.real() && tries < maxCandidates; tries++ {
			if name, ok = d.namer.Longer(name); !ok {
				break
			}
			if c := d.look(m, baseline.Key{Root: root, Path: name.Path}); c.real() {
				chosen = c
			}
		}
	}
	f.Key, f.Profile, f.File = chosen.key, chosen.profile, chosen.file
	return true
}

// hidden finds a script that only its file gives away: the index of a
// directory, the prefix at which a server splits a path, or a file of its own
// behind what looks like another spelling of a known one.
func (d *Detector) hidden(m *Memory, root, path string, name baseline.Name) (candidate, bool) {
	switch {
	case root == "":
		return candidate{}, false
	case name.Script:
		if !name.Spelling.Disguised() {
			return candidate{}, false
		}
		spelled := baseline.Key{Root: root, Path: d.namer.AsSent(path)}
		file, plain := d.options.Files.Stat(spelled), d.options.Files.Stat(baseline.Key{Root: root, Path: name.Path})
		another := file.State == FileThere && (plain.State != FileThere || plain.ID != file.ID)
		return candidate{key: spelled, profile: m.Lookup(spelled), file: file}, another
	case strings.HasSuffix(name.Full, "/"):
		c := d.look(m, baseline.Key{Root: root, Path: name.Full + "index.php"})
		return c, c.real()
	}
	split, ok := d.namer.Split(name.Full)
	if !ok {
		return candidate{}, false
	}
	c := d.look(m, baseline.Key{Root: root, Path: split.Path})
	return c, c.real()
}

func (d *Detector) spelling(name baseline.Name, rawPath string) baseline.Spelling {
	if rawPath != "" && baseline.EncodedWithoutNeed(rawPath) {
		return name.Spelling | baseline.SpelledEncoded
	}
	return name.Spelling
}
