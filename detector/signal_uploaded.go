package detector

import (
	"bytes"
	"path"
)

// uploaded: a new script has the name of a file that a visitor uploaded lately.
//
// Bits: 8. Uploads are how most shells come, and applications that rename them are
// no way for one: P(x | shell) is taken for 0.3. That an honest new script is
// called like a script that a visitor uploaded is taken for one in 1,000;
// log₂ 0.3/0.001 = 8.2.
//
// Defeated by: an application that renames what it stores; a name after the first
// bytes of the request (inspect_body); waiting for 100,000 such uploads.
var uploaded = Signal{
	ID: 1012, Name: "uploaded", Family: Location,
	Bits: func(f *Facts) float64 {
		if !f.Uploaded {
			return 0
		}
		return 8
	},
	Why: func(f *Facts) string { return "a visitor uploaded a file called " + path.Base(f.Key.Path) + " lately" },
}

// maxUploadNames bounds the names taken from one request.
const maxUploadNames = 16

// learnUploads remembers the names of files in a multipart body that a server
// may run.
func (d *Detector) learnUploads(m *Memory, f *Facts) {
	if len(f.Body) == 0 || !f.sendsFiles() {
		return
	}
	rest := f.Body
	for range maxUploadNames {
		_, after, found := bytes.Cut(rest, []byte("filename=\""))
		if !found {
			return
		}
		name, left, closed := bytes.Cut(after, []byte{'"'})
		if !closed {
			return
		}
		rest = left
		file := string(name[bytes.LastIndexAny(name, `/\`)+1:])
		if end := d.namer.Split(file, 0); end >= 0 {
			for _, name := range [...]string{file, file[:end]} { // x.php of x.php.jpg
				hash := m.Hash.FileName(name)
				m.uploads.Add(hash)
				if f.client != nil {
					f.client.uploaded(f.Time, hash)
				}
			}
		}
	}
}
