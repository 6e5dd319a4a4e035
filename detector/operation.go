package detector

import (
	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector/payload"
	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

// An operation is what a client tells a script or route to do by a selector, such as
// action=save. What many use is judged by what the operation is used to, not the script.

// operationSelector stands for the name that GraphQL, JSON-RPC and SOAP have for the operation
// they ask for, as if it were a parameter.
const operationSelector = "operation"

// findOperation finds the operation that is asked for, as far as the body is known. While the
// site learns none is new, but some may be denied.
func (e *Evaluation) findOperation() {
	s := &e.subject
	if s.whole != nil {
		s.habits, s.whole, s.operation, s.newOperation = s.whole, nil, baseline.FoundOperation{}, false
	}
	p := s.habits
	if p == nil || !p.Selects() || p.Novel() {
		return
	}
	e.readChoices(p)
	found, known := p.FindOperation(&e.choices, e.network)
	if !found.Some() {
		return
	}
	s.whole, s.operation, s.newOperation = p, found, !known && e.enforcing()
	if known && e.enforcing() && found.Profile.Frequented() {
		s.habits = found.Profile
	}
}

// wholeHabits is the profile of the script or route, whatever operation is asked for.
func (s *subject) wholeHabits() *baseline.Profile {
	if s.whole != nil {
		return s.whole
	}
	return s.habits
}

// readChoices reads the parameters by which the client may pick an operation: those that
// are selectors of an endpoint, or any if that is nil.
func (e *Evaluation) readChoices(of *baseline.Profile) {
	c, h, b := &e.choices, e.m.Hash, &e.body
	c.Reset(of)
	c.AddQuery(h, e.x.Query)
	if form := b.asForm(); form != nil {
		c.AddForm(h, form, b.cut)
	}
	if !e.x.CarriesPayload() {
		return
	}
	if len(b.bytes) > 0 && !b.form {
		out := choiceSink{c, h}
		switch media := e.x.mediaType(); {
		case isMultipart(media):
			payload.Multipart(e.x.header("Content-Type"), b.bytes, out)
		case isJSON(media), !isXML(media) && looksLikeJSON(b.bytes):
			payload.JSON(b.bytes, out)
		}
	}
	if operation := e.operation(); operation != "" {
		c.Add(h, []byte(operationSelector), []byte(operation))
	}
}

// choiceSink takes the values in a body.
type choiceSink struct {
	choices *baseline.Choices
	hash    baseline.Hasher
}

// Name implements [payload.Sink].
func (s choiceSink) Name([]byte) bool { return true }

// Value implements [payload.Sink].
func (s choiceSink) Value(name, value []byte) { s.choices.Add(s.hash, name, value) }

// File implements [payload.Sink].
func (s choiceSink) File(string) {}

// choicesToLearn are the exchange's choices, as far as the baseline learns from them, or nil.
func (e *Evaluation) choicesToLearn() *baseline.Choices {
	if e.x.Query == "" && !e.x.CarriesPayload() {
		return nil
	}
	p := e.subject.wholeHabits()
	switch {
	case p == nil && e.enforcing():
		return nil
	case p == nil || p.LearnsChoices(e.x.Time, !e.enforcing()):
		e.readChoices(nil)
	case e.subject.whole == nil:
		return nil // it has no selectors, or none was sent
	}
	return &e.choices
}

// operationDecides reports whether the operation that is asked for may have the request refused,
// whatever else is held against it.
func (e *Evaluation) operationDecides() bool {
	p := e.subject.wholeHabits()
	return p != nil && p.Selects() && (e.contained || p.DeniesOperations())
}

// strangeOperation reports whether a payload asks for an operation that is new.
func (e *Evaluation) strangeOperation() bool {
	return e.subject.newOperation && e.x.CarriesPayload()
}

// describeOperation fills in what is known of an operation that is new. One that the script
// does not have is answered with an error; before the answer only a payload says something.
func (e *Evaluation) describeOperation(f *signal.Features) {
	s := &e.subject
	f.Script.Endpoint = s.operation.Name()
	if f.Script.NewEndpoint = f.Request.Payload; f.Stage == signal.AtResponse {
		f.Script.NewEndpoint = e.x.Status < 400 && !e.notFound.absent
	}
	if p := s.operation.Profile; p != nil {
		f.Script.Networks = p.Networks()
	}
}
