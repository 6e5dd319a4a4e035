package detector

import (
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/detector/payload"
)

// maxUploadNames bounds the names of files taken from one request. PHP takes 20 files
// (max_file_uploads), and a name can be read in two or three ways.
const maxUploadNames = 64

// uploadedNames are the names of files in a multipart body, as servers read them.
type uploadedNames []string

// Name implements [payload.Sink].
func (u *uploadedNames) Name([]byte) bool { return len(*u) < maxUploadNames }

// Value implements [payload.Sink].
func (u *uploadedNames) Value(_, _ []byte) {}

// File implements [payload.Sink].
func (u *uploadedNames) File(name string) {
	if len(*u) < maxUploadNames {
		*u = append(*u, name)
	}
}

// uploadNames lists the names of the files that the request sends, as far as its body is known.
func (e *Evaluation) uploadNames() []string {
	if len(e.body.bytes) == 0 || !isMultipart(e.x.mediaType()) {
		return nil
	}
	var names uploadedNames
	payload.Multipart(e.x.header("Content-Type"), e.body.bytes, &names)
	return names
}

// learnUploads remembers the names of uploaded files that a server may run.
func (e *Evaluation) learnUploads() {
	for _, name := range e.uploadNames() {
		file := name[strings.LastIndexAny(name, `/\`)+1:]
		end := e.d.namer.Split(file, 0)
		if end < 0 {
			continue
		}
		for _, name := range [...]string{file, file[:end]} { // x.php of x.php.jpg
			hash := e.m.Hash.FileName(name)
			e.m.uploads.Add(hash)
			if e.client != nil {
				e.client.UploadedName(e.x.Time, hash)
			}
		}
	}
}
