package detector

import "github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"

// maxFileExtension is the longest extension that a file is taken to have, with its dot:
// what is longer is a part of a name.
const maxFileExtension = 9

// unlistedProgram reports whether a payload was taken by what its name says is a file, of
// an extension that no program of the site answered to while it was learned.
func (e *Evaluation) unlistedProgram(full string) bool {
	if !e.enforcing() || !e.x.CarriesPayload() || e.x.Status/100 != 2 || !fileExtension(scriptpath.Extension(full)) || e.m.Directories.ProgramsAnswer(full) {
		return false
	}
	_, route := e.m.route(e.x.EffectiveRoot, full)
	return route == nil || !route.TakesPayloads()
}

// fileExtension reports whether an extension is like those of files: of a letter, and
// letters and digits. That of a version or of an address is not.
func fileExtension(ext string) bool {
	if len(ext) < 2 || len(ext) > maxFileExtension || ext[1] < 'a' || ext[1] > 'z' {
		return false
	}
	for _, c := range []byte(ext[1:]) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}
