package detector

import (
	"math/bits"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

// A page is about as long each time the same people read it, and the output of commands is
// not, wherever the commands hide. It needs neither bodies nor header fields, so that logs
// show it too. Reads are followed of new scripts only; payloads if they come from no page,
// or by a method that is new, of new routes and of endpoints that always answered much the same.

// answerOrders are the orders of size in which a client network was answered, a bit for
// each power of four.
type answerOrders uint64

// add adds an answer of so many bytes.
func (o answerOrders) add(length int64) answerOrders {
	return o | 1<<(bits.Len64(uint64(length))/2)
}

func (o answerOrders) count() int { return bits.OnesCount64(uint64(o)) }

// followsAnswer reports whether the exchange is one whose answer should be as long as the
// last to the same network.
func (e *Evaluation) followsAnswer() bool {
	x, s := e.x, &e.subject
	switch {
	case !e.enforcing() || !s.exists || x.Status != 200 || x.Length < 0 || !x.Has(KnownClient):
		return false
	case !x.CarriesPayload():
		return e.novel() && !s.guessed && e.method == baseline.MethodGet
	case s.known() && (x.Unreferred() || !s.habits.KnowsMethod(e.method)):
		_, _, orders := s.habits.Answers(e.method, x.Length)
		return orders < signal.VariedOrders
	}
	return e.novel() && s.guessed && x.Unreferred()
}

// readerHash identifies a client network with what it asks the endpoint for.
func (e *Evaluation) readerHash() uint64 {
	key, h := e.followedEndpoint(), e.m.Hash
	asked := h.Text(key.Root)*3 ^ h.Text(key.Path)*5 ^ h.Text(e.x.Query)*7 ^ uint64(e.method)
	return e.network ^ asked*0x9e3779b97f4a7c15
}

// answerOrders returns in how many orders of size the client's network was answered the same,
// this answer included; 0 if that is not followed.
func (e *Evaluation) answerOrders() int {
	if !e.ended || !e.followsAnswer() {
		return 0
	}
	return e.m.answers.get(e.readerHash()).add(e.x.Length).count()
}

// learnAnswerOrder remembers how long the answer was. Payloads that are as ever are not
// followed.
func (e *Evaluation) learnAnswerOrder() {
	if e.judgement.Stage != signal.AtResponse || e.x.CarriesPayload() && !e.complete || !e.followsAnswer() {
		return
	}
	length := e.x.Length
	e.m.answers.change(e.readerHash(), func(o answerOrders) answerOrders { return o.add(length) })
}
