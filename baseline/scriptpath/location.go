package scriptpath

import "strings"

// dataDirectories are names of directories that hold what visitors or the
// application write. Names are compared whole and without case.
var dataDirectories = map[string]struct{}{
	"upload": {}, "uploads": {}, "uploaded": {}, "userfiles": {}, "user_files": {}, "files": {}, "media": {}, "images": {},
	"attachment": {}, "attachments": {}, "avatar": {}, "avatars": {},
	"cache": {}, "caches": {}, "tmp": {}, "temp": {},
}

// DataDirectory returns the first directory of the path that by its name holds
// data, not programs, or is hidden, or "". /.well-known is not hidden (RFC 8615).
func DataDirectory(path string) string {
	for start := 1; start < len(path); {
		n := strings.IndexByte(path[start:], '/')
		if n < 0 {
			break
		}
		segment := path[start : start+n]
		if _, ok := dataDirectories[strings.ToLower(segment)]; ok || strings.HasPrefix(segment, ".") && segment != ".well-known" {
			return path[:start+n+1]
		}
		start += n + 1
	}
	return ""
}
