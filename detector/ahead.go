package detector

import "github.com/webshell-guard/caddy-webshell-guard/baseline"

// AheadLen is how much of a request's body may be read before the upstream runs, in
// bytes.
const AheadLen = 8 << 10

// WantsBody reports, after JudgeRequest, whether the beginning of the request's body
// is worth waiting for: the script is not trusted, and the payload may be what has
// the request refused before it runs. A client that sends Expect waits for an answer
// itself.
func (d *Detector) WantsBody(m *Memory, j *Judgement) bool {
	f := &j.Facts
	return f.Phase == baseline.Enforcing && f.Key.Path != "" && f.CarriesPayload() && !j.Refuse && !f.Trusted() &&
		!f.missing(m) && f.header("Expect") == ""
}

// JudgeBody judges the request again, when the beginning of its body has become
// known, and writes the outcome to j, which held that of JudgeRequest. It counts
// nothing a second time.
func (d *Detector) JudgeBody(m *Memory, j *Judgement) {
	d.judge(m, &j.Facts, j)
	d.containRequest(m, j)
}

// missing reports whether the script is new, and its file proven not to be there.
func (f *Facts) missing(m *Memory) bool {
	return f.Novel() && f.File.State == FileMissing && m.filesTell()
}
