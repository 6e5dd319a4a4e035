package detector

// JudgeWhole judges an exchange of which everything is known, in the stages in
// which a handler in line comes to know it, and writes the outcome to j. After each
// stage at which `block` mode could refuse, stage is called: j is the judgement at
// hand then. As in `block`, a payload is known at the request only where it is read
// ahead; by the response the upstream has read it. Facts that nobody would have in
// line are taken from x.
func (d *Detector) JudgeWhole(m *Memory, x *Exchange, j *Judgement, stage func(*Judgement)) {
	length, contentType, answer, taken, body := x.Length, x.ContentType, x.Answer, x.AnswerTaken, x.Body
	x.Length, x.Answer, x.AnswerTaken, x.Body = -1, nil, false, nil
	d.JudgeRequest(m, x, j)
	if len(body) > 0 && d.WantsBody(m, j) {
		x.Body = body[:min(len(body), AheadLen)]
		d.JudgeBody(m, j)
	}
	stage(j)
	x.Body = body
	if x.CarriesPayload() {
		x.Length = length // as the answer's header has it
	}
	d.JudgeResponse(m, x, j)
	stage(j)
	x.Length, x.ContentType = length, contentType
	if d.WantsAnswer(j) {
		x.Answer, x.AnswerTaken = answer, taken
	}
	d.Conclude(m, j)
}
