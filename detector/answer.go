package detector

import (
	"path"
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// Some applications answer with success whatever is asked for: a front
// controller shows its page to a script's name too. Where no file tells, only
// what the answer says shows that the script is not there.

// WantsAnswer reports, after JudgeResponse, whether the first
// [baseline.PrefixLen] bytes of the body are worth having: to learn what the
// site answers to paths that name no file, or to compare a new script's answer
// with that.
func (d *Detector) WantsAnswer(j *Judgement) bool {
	f := &j.Facts
	if f.Phase == baseline.Learning {
		return f.Status == 200 && f.Method == baseline.MethodGet && namesNoFile(f.EffectivePath)
	}
	return j.Verdict != Clean && f.restsOnStatus()
}

// Conclude takes a judgement back if the answer shows that no such script
// exists. It must not be called if the exchange was refused.
func (d *Detector) Conclude(m *Memory, j *Judgement) {
	f := &j.Facts
	if j.Verdict == Clean || !f.restsOnStatus() {
		return
	}
	if answer, ok := m.Fingerprint(f.Answer, f.Path); ok && m.FellThrough(answer) {
		missing := *f
		missing.Answered = false
		j.reset(missing)
	}
}

// restsOnStatus reports whether nothing but its status shows that a new script
// exists.
func (f *Facts) restsOnStatus() bool {
	return f.Novel() && f.Answered && f.File.State != FileThere
}

// learnFront notes what the site answers to a path that names no file.
func (d *Detector) learnFront(m *Memory, j *Judgement) {
	f := &j.Facts
	if f.Phase != baseline.Learning || len(f.Answer) == 0 || !d.WantsAnswer(j) {
		return
	}
	if answer, ok := m.Fingerprint(f.Answer, f.Path); ok {
		m.LearnFront(answer)
	}
}

// namesNoFile reports whether a path means a directory or a page of a front
// controller.
func namesNoFile(p string) bool {
	base := path.Base(p)
	return strings.HasSuffix(p, "/") || !strings.Contains(base, ".") ||
		strings.HasPrefix(base, "index.") || strings.HasPrefix(base, "default.")
}
