package detector

import (
	"bytes"
	"path"
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

// strangeUpload is from how many bytes a strange payload to a known script can
// have written a file. Forms of applications are often as long: one that nothing
// was strange about says nothing.
const strangeUpload = 1 << 10

// learnClient remembers what an exchange shows of its client's network.
func (d *Detector) learnClient(m *Memory, j *Judgement) {
	f := &j.Facts
	if !f.Has(KnownClient) {
		return
	}
	if f.client == nil {
		f.client = m.clients.meet(f.network, f.Time, m.served.Seen(f.network))
	}
	a, hour := f.client, f.Time.Unix()/clientHour
	known := f.Profile != nil && !f.Profile.Novel()
	served := f.Stage == AtResponse && f.Status >= 200 && f.Status < 400
	switch {
	case f.CarriesPayload():
		if f.Novel() || j.Score > 0 {
			a.sent.Add(m.clients.hash(f.Agent), hour)
		}
		if served && f.mayUpload(known && j.Score > 0) {
			a.upload.Store(f.Time.Unix())
		}
	case f.Stage == AtRequest:
	case f.Key.Path == "":
		if served && scriptpath.StaticSuffix(f.EffectivePath) {
			a.fetched(f.Time, m.clients.hash(f.Agent))
		}
	case f.FellThrough, !f.Answered && !known:
		a.probes.Add(m.clients.hash(f.Path), hour)
	case known && served && j.Verdict == Clean && (f.Trusted() || f.Phase == baseline.Learning):
		a.visited(f.Time, m.clients.hash(f.Path), m.clients.hash(f.Agent))
	}
}

// mayUpload reports whether a payload that was answered with success can have
// left a file: to a known script, or by the method that is for it under a name that
// files have, which the things of an interface for programs have not.
func (f *Facts) mayUpload(strange bool) bool {
	switch {
	case f.Method == baseline.MethodPut:
		return strings.Contains(path.Base(f.Path), ".")
	case f.Key.Path != "" && f.Novel():
		return false // whose answer says what the attacker likes
	}
	return strange && f.Sent >= strangeUpload || f.sendsFiles() && bytes.Contains(f.Body, []byte(`filename="`))
}

// sendsFiles reports whether the body says that it is a form with files.
func (f *Facts) sendsFiles() bool {
	return strings.HasPrefix(f.header("Content-Type"), "multipart/form-data")
}
