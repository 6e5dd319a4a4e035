package detector

import "github.com/webshell-guard/caddy-webshell-guard/baseline"

// maxCandidates bounds how many scripts one path is taken to name: each may
// cost a look at the file system, and the client writes the path.
const maxCandidates = 4

// locate finds the script that a request names. It reports false if it names
// none.
func (d *Detector) locate(m *Memory, f *Facts) bool {
	name := d.namer.Name(f.Path)
	if !name.Script {
		return false
	}
	root := f.Root
	if root == "" {
		if key, ok := m.Mounted(name.Full); ok {
			root, name = key.Root, d.namer.Name(key.Path)
		}
	}
	f.Spelling = d.spelling(name, f.RawPath)
	d.choose(m, f, root, name)
	return f.Key.Path != ""
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
	name := d.namer.Name(f.EffectivePath)
	if !name.Script {
		return false
	}
	d.choose(m, f, f.EffectiveRoot, name)
	return true
}

// choose picks the script among the prefixes of the path that may be one: the
// first that is known or whose file is there, otherwise the first.
func (d *Detector) choose(m *Memory, f *Facts, root string, name baseline.Name) {
	for n := 0; n < maxCandidates; n++ {
		key := baseline.Key{Root: root, Path: name.Path}
		profile := m.Lookup(key)
		var file File
		if root != "" && (profile == nil || profile.Novel()) {
			file = d.options.Files.Stat(key)
		}
		if n == 0 || profile != nil || file.State == FileThere {
			f.Key, f.Profile, f.File = key, profile, file
		}
		if profile != nil || file.State == FileThere {
			return
		}
		longer, ok := d.namer.Longer(name)
		if !ok {
			return
		}
		name = longer
	}
}

func (d *Detector) spelling(name baseline.Name, rawPath string) baseline.Spelling {
	if rawPath != "" && baseline.EncodedWithoutNeed(rawPath) {
		return name.Spelling | baseline.SpelledEncoded
	}
	return name.Spelling
}
