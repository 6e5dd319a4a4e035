package detector

import (
	"path"
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

// strangeUpload is from how many bytes a strange payload to a known script can
// have written a file. Forms of applications are often as long: one that nothing
// was strange about says nothing.
const strangeUpload = 1 << 10

// learnClient remembers what an exchange shows of its client's network.
func (e *Evaluation) learnClient() {
	x, s, m, j := e.x, &e.subject, e.m, &e.judgement
	if !x.Has(KnownClient) {
		return
	}
	if e.client == nil {
		e.client = m.clients.Meet(e.network, x.Time, m.served.Seen(e.network))
	}
	e.learnReader()
	a, known := e.client, !s.unknown()
	served := j.Stage == signal.AtResponse && x.Status >= 200 && x.Status < 400
	switch {
	case x.CarriesPayload():
		if e.novel() || j.Score > 0 {
			a.Sent(x.Time, m.Hash.Text(x.Agent))
		}
		if served && e.mayUpload(known && j.Score > 0) {
			a.Uploaded(x.Time)
		}
	case j.Stage == signal.AtRequest:
	case !s.named():
		if served && scriptpath.StaticSuffix(x.EffectivePath) {
			a.Fetched(x.Time, m.Hash.Text(x.Agent))
		}
	case s.fellThrough, !known && e.probes():
		a.Probed(x.Time, m.Hash.Text(x.Path))
	case known && served && j.Verdict == Clean && (s.trusted() || !e.enforcing()):
		a.Visited(x.Time, m.Hash.Text(x.Path), m.Hash.Text(x.Agent))
	}
}

// probes reports whether an unknown script is asked for that is not there: its file is
// missing, or it was answered as missing names are. While the site learns it is open what
// other answers mean.
func (e *Evaluation) probes() bool {
	s := &e.subject
	return !s.exists && (e.x.gone() || s.file.State == FileMissing || e.enforcing() && e.notFound.absent)
}

// mayUpload reports whether a payload that was answered with success can have
// left a file: to a known script, or by the method that is for it under a name that
// files have, which the things of an interface for programs have not.
func (e *Evaluation) mayUpload(strange bool) bool {
	x := e.x
	switch {
	case e.method == baseline.MethodPut:
		return strings.Contains(path.Base(x.Path), ".")
	case e.subject.named() && e.novel() && !e.subject.guessed:
		return false // whose answer says what the attacker likes
	}
	return strange && x.Sent >= strangeUpload || len(e.uploadNames()) > 0
}
