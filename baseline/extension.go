package baseline

import "strings"

// maxExtensionLen is the longest extension that is looked at, with its dot.
const maxExtensionLen = 16

// textSuffixes are those of files that servers mostly send as they are, besides
// [StaticSuffix]; a site may make some of them by a program.
var textSuffixes = map[string]struct{}{
	".html": {}, ".htm": {}, ".xhtml": {}, ".xml": {}, ".json": {}, ".js": {}, ".mjs": {}, ".map": {}, ".svg": {}, ".txt": {},
	".md": {}, ".csv": {}, ".webmanifest": {}, ".wasm": {}, ".rss": {}, ".atom": {}, ".vtt": {}, ".m3u8": {}, ".ts": {},
}

// extension returns the extension of a path's last segment in lower case, or "".
func extension(path string) string {
	last := path[strings.LastIndexByte(path, '/')+1:]
	dot := strings.LastIndexByte(last, '.')
	if dot <= 0 || dot == len(last)-1 || len(last)-dot > maxExtensionLen {
		return ""
	}
	return strings.ToLower(last[dot:])
}

// LearnExtension notes how a path that names no script was answered: as a file is,
// or by a program.
func (s *Site) LearnExtension(path string, dynamic bool) {
	if ext := extension(path); ext != "" {
		s.learnPlace(s.extensionHash(ext), dynamic)
	}
}

// ServesAsFile reports whether paths with this extension are files: it was never
// seen to be made by a program, and was seen to be a file or commonly is one.
func (s *Site) ServesAsFile(path string) bool {
	ext := extension(path)
	if ext == "" {
		return false
	}
	place, seen := s.places.dirs.Load(s.extensionHash(ext))
	if seen {
		return place.dynamic.Load() == 0
	}
	_, text := textSuffixes[ext]
	return text || StaticSuffix(path)
}

// KnowsPlace reports whether something was served from this very directory while
// the site was learned.
func (s *Site) KnowsPlace(root, dir string) bool {
	_, ok := s.places.dirs.Load(s.placeHash(root, s.Template(root, dir)))
	return ok
}

// extensionHash is apart from those of directories: no root has a NUL.
func (s *Site) extensionHash(ext string) uint64 { return s.chainHash(s.textHash("\x00"), ext) }
