package detector

// Whole evaluates an exchange of which everything is known, up to its conclusion, as a
// handler in `log` mode does in line. After each stage at which an exchange can be
// refused, stage is called: the judgement is that of the stage then. As in `block`, a
// payload is known at the request only where it is read ahead.
func (e *Evaluation) Whole(d *Detector, m *Memory, x *Exchange, stage func(*Judgement)) {
	e.Begin(d, m, x)
	if len(x.Body) > 0 && e.BodyWanted() {
		e.Body(x.Body[:min(len(x.Body), PrefetchLen)])
	}
	stage(&e.judgement)
	e.Respond()
	stage(&e.judgement)
	if wanted := e.AnswerWanted(); wanted && x.AnswerTaken && e.AnswerStartWanted() {
		e.AnswerStart(x.Answer[:min(len(x.Answer), AnswerStartLen)])
		stage(&e.judgement)
	}
	e.Conclude()
}
