package detector

import (
	"slices"
	"strings"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

// An update or a plugin that staff install by the application's own pages is many new
// scripts at once, and every visitor of one of them would be told of. It is told of once,
// as a change. Until somebody decides about it who reads its scripts is left in peace, and
// who sends them what a form of the site sends is not refused.

// regularSenderPages is how many pages a network has read lately, on an earlier day too,
// that is taken for a regular: as for the signal regular-client.
const regularSenderPages = 3

// mereSignals are of what visitors of any new page do: it is new, and so is its file; who
// they are, and how they came.
var mereSignals = []string{"new-script", "materialised", "old-file", "no-referer", "linked", "new-client", "regular-client"}

// mereUse reports whether nothing is held against the exchange but that the script is new:
// it is read by its name, or by a link of the site, or is sent a form by a client that was
// seen, from a page of the site.
func (e *Evaluation) mereUse() bool {
	x, s, j := e.x, &e.subject, &e.judgement
	if !e.novel() || s.asset || s.route || s.upload || s.fellThrough || j.Verdict == Clean {
		return false
	}
	for _, f := range j.Findings() {
		if f.Bits > 0 && !slices.Contains(mereSignals, f.Name) {
			return false
		}
	}
	evidence := &j.features.Evidence
	fromSite := evidence.FromSite && evidence.ClientSeen
	switch {
	case evidence.Opaque.Where != "" || evidence.NotAForm || evidence.BareAnswer:
		return false
	case !x.CarriesPayload():
		return x.Query == "" || fromSite
	case e.method != baseline.MethodPost || !fromSite || !x.sendsForm():
		return false
	}
	return j.Stage == signal.AtRequest || x.Status >= 200 && x.Status < 400
}

// sendsForm reports whether the body is of the kinds that forms are sent in, as far as
// that is known.
func (x *Exchange) sendsForm() bool {
	media, _, _ := strings.Cut(x.header("Content-Type"), ";")
	switch strings.ToLower(strings.TrimSpace(media)) {
	case "", "application/x-www-form-urlencoded", "multipart/form-data":
		return true
	}
	return false
}

// excuseChange leaves visitors in peace whose only fault is that the script came with a
// change.
func (e *Evaluation) excuseChange() {
	j := &e.judgement
	if j.mere = e.mereUse(); !j.mere || !e.m.Changes.Covers(e.subject.key, e.x.Time, e.fileChanged()) {
		return
	}
	if !e.x.CarriesPayload() {
		j.Verdict, j.n = Clean, 0
		return
	}
	j.InChange = true
	if j.Verdict == Malicious {
		j.Verdict, j.Score = Suspicious, min(j.Score, max(e.d.options.Suspicious, e.d.options.Malicious-belowMalicious))
	}
}

// fileChanged is when the file of a new script was changed, if that was after learning.
func (e *Evaluation) fileChanged() time.Time {
	if e.judgement.features.Script.FileChanged {
		return e.subject.file.Changed
	}
	return time.Time{}
}

// learnChange notes a new script that visitors found, and who may have brought some: staff,
// who sent the script something while the site was learned, or regular visitors.
func (e *Evaluation) learnChange() {
	x, s, j := e.x, &e.subject, &e.judgement
	if !e.enforcing() || !s.named() || !s.exists || s.asset || s.route || j.Stage != signal.AtResponse {
		return
	}
	switch {
	case e.novel():
		// A rarely used page that somebody finds now did not come with anything.
		if (j.Verdict == Clean || j.mere) && !j.features.Script.FileOld && !s.upload && !s.fellThrough && e.m.Scripts.Lookup(s.key) != nil {
			e.m.Changes.NoteScript(s.key, x.Time, e.fileChanged())
		}
	case j.Verdict != Clean || s.profile == nil || s.denied() || !x.CarriesPayload() || !x.succeeded() && x.Status/100 != 3 || !x.Has(KnownClient):
	case s.profile.Standout().Told():
	case s.profile.SentBy(e.network) || e.regular():
		e.m.Changes.NoteSender(x.Client, s.profile, x.Time)
	}
}

// regular reports whether the client's network has read the site on an earlier day.
func (e *Evaluation) regular() bool {
	b := e.client.Behaviour(e.x.Time, 0)
	return b.Days > 0 && b.Pages >= regularSenderPages
}
