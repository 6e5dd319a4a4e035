package caddymodule

import "net/http"

// wantsAnswer returns how much of the body's beginning is of use.
func (t *transaction) wantsAnswer(header http.Header) (bytes int) {
	defer t.catch()
	if t.fault || !t.evaluation.AnswerWanted() {
		return 0
	}
	t.exchange.AnswerTaken = true
	if t.encodings = encodings(first(header, "Content-Encoding")); t.encodings != nil {
		t.encoded = make([]byte, 0, encodedLen)
		return encodedLen
	}
	return len(t.answer)
}

// captureAnswer captures a piece of the body, and returns how much of it there was
// room for.
func (t *transaction) captureAnswer(b []byte) int {
	if t.encodings != nil {
		n := min(len(b), encodedLen-len(t.encoded))
		t.encoded = append(t.encoded, b[:n]...)
		return n
	}
	have := len(t.exchange.Answer)
	n := copy(t.answer[have:], b)
	t.exchange.Answer = t.answer[:have+n]
	return n
}

// wantsEnd reports whether the end of the body is of use. That of a compressed one
// is not.
func (t *transaction) wantsEnd() bool {
	defer t.catch()
	return !t.fault && t.exchange.AnswerTaken && t.encodings == nil && t.evaluation.AnswerEndWanted()
}

// captureEnd captures the end of what was written so far.
func (t *transaction) captureEnd(b []byte) {
	b = b[max(0, len(b)-len(t.ending)):]
	have := t.exchange.AnswerEnd
	keep := min(len(have), len(t.ending)-len(b))
	copy(t.ending[:], have[len(have)-keep:])
	n := copy(t.ending[keep:], b)
	t.exchange.AnswerEnd = t.ending[:keep+n]
}

// decodeAnswer makes the answer legible when it is over.
func (t *transaction) decodeAnswer() {
	if t.encodings != nil {
		t.exchange.Answer, t.exchange.AnswerTaken = decode(t.encoded, t.encodings)
	}
}
