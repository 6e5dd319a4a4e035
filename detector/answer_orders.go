package detector

import (
	"math/bits"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

// A page is about as long each time the same people read it, and the output of commands is
// not, wherever the commands hide. It needs neither bodies nor header fields, so that logs
// show it too. Only new scripts are followed.

// answerOrders are the orders of size in which a client network was answered, a bit for
// each power of four.
type answerOrders uint64

// add adds an answer of so many bytes.
func (o answerOrders) add(length int64) answerOrders {
	return o | 1<<(bits.Len64(uint64(length))/2)
}

func (o answerOrders) count() int { return bits.OnesCount64(uint64(o)) }

// followsAnswer reports whether the exchange is one whose answer should be as long as the
// last: a new script that exists is read, nothing is asked for in the query, and all of it is sent.
func (e *Evaluation) followsAnswer() bool {
	x := e.x
	return e.novel() && e.subject.exists && e.method == baseline.MethodGet && !x.CarriesPayload() && x.Query == "" &&
		x.Status == 200 && x.Length >= 0 && x.Has(KnownClient)
}

// readerHash identifies a client network at the script.
func (e *Evaluation) readerHash() uint64 {
	key, h := e.subject.key, e.m.Hash
	return e.network ^ h.Text(key.Root)*0x9e3779b97f4a7c15 ^ h.Text(key.Path)
}

// answerOrders returns in how many orders of size the script answered the client's network,
// this answer included; 0 if that is not followed.
func (e *Evaluation) answerOrders() int {
	if !e.ended || !e.followsAnswer() {
		return 0
	}
	return e.m.answers.get(e.readerHash()).add(e.x.Length).count()
}

// learnAnswerOrder remembers how long the answer was.
func (e *Evaluation) learnAnswerOrder() {
	if e.judgement.Stage != signal.AtResponse || !e.followsAnswer() {
		return
	}
	length := e.x.Length
	e.m.answers.change(e.readerHash(), func(o answerOrders) answerOrders { return o.add(length) })
}
