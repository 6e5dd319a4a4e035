package baseline

import "strings"

// maxExtensionLen is the longest extension that is looked at, with its dot.
const maxExtensionLen = 16

// programShare makes an extension one of programs if they answered more than one in
// fifty visits: a stray payload to a style sheet must not.
const programShare = 50

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

// ServesAsFile reports whether paths with this extension are files: they were seen to
// be, or nothing was seen and they usually are.
func (s *Site) ServesAsFile(path string) bool {
	ext := extension(path)
	if ext == "" {
		return false
	}
	if place, seen := s.places.dirs.Load(s.extensionHash(ext)); seen {
		static, dynamic := place.Visits()
		return dynamic*programShare < static
	}
	return UsualFile(path)
}

// UsualFile reports whether servers mostly send what ends like the path as it is.
func UsualFile(path string) bool {
	_, text := textSuffixes[extension(path)]
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
