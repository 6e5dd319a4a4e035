package detector

import (
	"bytes"
	"path"
)

const (
	// bareStart is how much of a page is looked at for markup, in bytes.
	bareStart = 200
	// leastForm is from how many bytes a body that is no form says something.
	leastForm = 16
)

// findEvidence completes the judgement's features, once a gate has opened.
func (e *Evaluation) findEvidence() {
	x, s, m, f := e.x, &e.subject, e.m, &e.judgement.features
	e.complete = true
	if f.Site.Started.IsZero() {
		e.describeSite(f)
	}
	out := &f.Evidence
	out.Strange = f.StrangeUse()
	out.Opaque = e.opaque()
	out.Changing = e.changing()
	out.AnswerOrders = e.answerOrders()
	out.NotAForm = e.body.notAForm(x)
	out.BareAnswer = e.bareAnswer() && (out.Strange || !e.answersAsEver())
	out.FromSite = e.referredBySite()
	out.ClientKnown = x.Has(KnownClient)
	out.ClientSeen = out.ClientKnown && m.served.Seen(e.network)
	file := uint64(0)
	if f.Script.Novel {
		file = m.Hash.FileName(path.Base(s.key.Path))
		out.Uploaded = m.uploads.Seen(file)
	}
	out.Client = e.client.Behaviour(x.Time, file)
	if e.history {
		out.History = m.histories.preview(e)
	}
}

// answersAsEver reports whether a known script that was altered answers much as it did, or
// never gave an answer long enough to tell: some scripts never answer with markup.
func (e *Evaluation) answersAsEver() bool {
	s := &e.subject
	if s.alteration == nil {
		return false
	}
	kept, ok := s.profile.Answer(e.method)
	if !ok {
		return true
	}
	now, ok := e.m.Hash.Fingerprint(e.x.Answer, e.x.Path)
	return ok && now.Alike(kept)
}

// bareAnswer reports whether what says that it is a page has no markup where one begins.
func (e *Evaluation) bareAnswer() bool {
	x := e.x
	if !e.answerTaken() && !e.started || len(bytes.TrimSpace(x.Answer)) == 0 || x.Status/100 != 2 || !isPage(x.ContentType) {
		return false
	}
	return bytes.IndexByte(x.Answer[:min(len(x.Answer), bareStart)], '<') < 0
}
