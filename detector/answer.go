package detector

import (
	"path"
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// Some applications answer with success whatever is asked for, and some shells
// answer 404. Where no file tells, only what the answer says shows whether a
// script is there.

// WantsAnswer reports, after JudgeResponse, whether the first
// [baseline.PrefixLen] bytes of the body are worth having: to learn what the
// site answers to names that are not there, to compare an unknown script's
// answer with that, or to keep what a known script answers.
func (d *Detector) WantsAnswer(j *Judgement) bool {
	f := &j.Facts
	switch {
	case f.Method == baseline.MethodHead:
		return false
	case f.Phase == baseline.Learning && f.namesNoFile():
		return true
	case f.Key.Path == "":
		return false
	case f.unknown():
		return true
	case f.Phase == baseline.Enforcing:
		return f.CarriesPayload() && f.strange()
	}
	if f.Phase != baseline.Learning || f.Profile == nil {
		return false
	}
	_, kept := f.Profile.Answer(f.Method)
	return !kept
}

// WantsAnswerEnd reports, after JudgeResponse, whether the last bytes of the body are
// worth having as well: of answers to payloads, by scripts that are not known or that
// are used as they never were. It asks for the whole body to pass by.
func (d *Detector) WantsAnswerEnd(j *Judgement) bool {
	f := &j.Facts
	return f.Phase == baseline.Enforcing && f.Key.Path != "" && f.CarriesPayload() && f.Method != baseline.MethodHead && (f.unknown() || f.strange())
}

// Conclude judges the exchange anew when the answer is over: by what it said, and
// how long it was. It takes a judgement back if the site answers so to names that
// are not there, and judges a script that answered with an error of its own.
// Nothing can be refused any more. It must not be called if the exchange was
// refused.
func (d *Detector) Conclude(m *Memory, j *Judgement) {
	d.concludeExistence(m, j)
	if f := &j.Facts; (f.Asset || f.Route) && m.answeredAsRead(f) {
		file := *f
		file.Key, file.Profile = baseline.Key{}, nil
		j.reset(&file)
	} else if f.Answered && f.Key.Path != "" && (f.CarriesPayload() || j.Verdict != Clean) {
		ended := *f
		ended.Ended = true
		if d.WantsAnswerEnd(j) {
			ended.memory = m
			ended.Course = m.courses.note(&ended)
		}
		d.judge(m, &ended, j)
		j.Refuse = false
	}
}

// concludeExistence decides by its answer whether an unknown script exists.
func (d *Detector) concludeExistence(m *Memory, j *Judgement) {
	f := &j.Facts
	if f.Key.Path == "" || !f.unknown() || f.File.State == FileThere {
		return
	}
	var page baseline.Page
	switch {
	case f.AnswerTaken:
		page = m.NotFound.Page(f.Status, f.ContentType, f.Answer, f.Path)
	case f.Length > 0 && f.Status/100 == 2:
		page = baseline.SizedPage(f.Status, f.Length) // as applications have it that answer every probe
	default:
		return
	}
	absent, known := m.NotFound.Means(page)
	known = known || d.payloadSpeaks(f)
	switch {
	case absent && f.Answered:
		missing := *f
		missing.Answered = false
		j.reset(&missing)
	case !absent && known && !f.Answered && (f.File.State != FileMissing || !m.filesTell()):
		there := *f
		there.Answered = true
		d.judge(m, &there, j)
		j.Refuse = false
	}
	// What was answered with success may be a new script, and while learning
	// they all are; probes come from no page.
	if f.Contained {
		return
	}
	if f.Status/100 != 2 || (f.Phase == baseline.Enforcing || page.Sized) && f.Unreferred() {
		// By the shortest name: a script with PATH_INFO is one name, not many.
		m.NotFound.Learn(page, d.namer.Name(f.EffectivePath).Path)
	}
}

// payloadSpeaks reports whether what the script was sent looks like what shells are
// sent. Where nothing is known of the answers to missing names, it must do: whoever
// sends such a payload knows that somebody is there.
func (d *Detector) payloadSpeaks(f *Facts) bool {
	for _, s := range d.signals {
		if s.Family == Payload && f.CarriesPayload() && s.Bits(f) > 0 {
			return true
		}
	}
	return false
}

// unknown reports whether the baseline does not know the script.
func (f *Facts) unknown() bool { return f.Profile == nil || f.Profile.Novel() }

// learnAnswer keeps an answer: to a path that names no file, or of a script.
func (d *Detector) learnAnswer(m *Memory, j *Judgement, p *baseline.Profile) {
	f := &j.Facts
	if f.Phase != baseline.Learning || !f.AnswerTaken {
		return
	}
	if f.namesNoFile() {
		m.NotFound.LearnFront(m.NotFound.Page(f.Status, f.ContentType, f.Answer, f.Path))
	}
	if p == nil {
		return
	}
	if _, kept := p.Answer(f.Method); kept {
		return
	}
	if answer, ok := m.Hash.Fingerprint(f.Answer, f.Path); ok {
		p.LearnAnswer(f.Method, answer)
	}
}

// namesNoFile reports whether a path that was answered with success means a
// directory or a page of a front controller.
func (f *Facts) namesNoFile() bool {
	base := path.Base(f.EffectivePath)
	return f.Status == 200 && f.Method == baseline.MethodGet && (strings.HasSuffix(f.EffectivePath, "/") || !strings.Contains(base, ".") ||
		strings.HasPrefix(base, "index.") || strings.HasPrefix(base, "default."))
}
