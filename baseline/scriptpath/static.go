package scriptpath

import "strings"

// staticSuffixes are those of files that servers send as they are: media, fonts,
// style sheets, archives and documents. What could be a page or a program's data
// (.html, .xml, .json, .js, .svg, .txt) is not among them.
var staticSuffixes = map[string]struct{}{
	".jpg": {}, ".jpeg": {}, ".png": {}, ".gif": {}, ".webp": {}, ".avif": {}, ".bmp": {}, ".ico": {}, ".tif": {}, ".tiff": {},
	".css": {}, ".woff": {}, ".woff2": {}, ".ttf": {}, ".otf": {}, ".eot": {},
	".mp3": {}, ".mp4": {}, ".webm": {}, ".ogg": {}, ".wav": {}, ".avi": {}, ".mov": {}, ".flv": {},
	".pdf": {}, ".zip": {}, ".gz": {}, ".rar": {}, ".7z": {}, ".doc": {}, ".docx": {}, ".xls": {}, ".xlsx": {},
}

// StaticSuffix reports whether the last segment of a path ends as files do that
// a server sends as they are.
func StaticSuffix(path string) bool {
	dot := strings.LastIndexByte(path, '.')
	if dot < 0 || len(path)-dot > 6 {
		return false
	}
	var folded [6]byte
	n := copy(folded[:], path[dot:])
	for i, c := range folded[:n] {
		folded[i] = lower(c)
	}
	_, ok := staticSuffixes[string(folded[:n])]
	return ok
}

// maxExtensionLen is the longest extension that is looked at, with its dot.
const maxExtensionLen = 16

// textSuffixes are those of files that servers mostly send as they are, besides
// [StaticSuffix]; a site may make some of them by a program.
var textSuffixes = map[string]struct{}{
	".html": {}, ".htm": {}, ".xhtml": {}, ".xml": {}, ".json": {}, ".js": {}, ".mjs": {}, ".map": {}, ".svg": {}, ".txt": {},
	".md": {}, ".csv": {}, ".webmanifest": {}, ".wasm": {}, ".rss": {}, ".atom": {}, ".vtt": {}, ".m3u8": {}, ".ts": {},
}

// UsuallyStatic reports whether servers mostly send what ends like the path as it is.
func UsuallyStatic(path string) bool {
	_, text := textSuffixes[Extension(path)]
	return text || StaticSuffix(path)
}

// Extension returns the extension of a path's last segment in lower case, or "".
func Extension(path string) string {
	last := path[strings.LastIndexByte(path, '/')+1:]
	dot := strings.LastIndexByte(last, '.')
	if dot <= 0 || dot == len(last)-1 || len(last)-dot > maxExtensionLen {
		return ""
	}
	return strings.ToLower(last[dot:])
}

// Dir returns the directory that a canonical path lies in, or is.
func Dir(path string) string { return path[:strings.LastIndexByte(path, '/')+1] }
