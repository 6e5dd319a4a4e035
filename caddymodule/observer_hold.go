package caddymodule

import (
	"bytes"

	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// The first bytes of an answer may decide whether a new script's answer is refused. Then
// its headers wait for them: for [detector.AnswerStartLen] bytes, the first markup, a
// flush, or the end, whichever comes first. Every other answer passes at once.

// hold reports whether the headers wait. What is compressed says nothing in time.
func (o *observer) hold(status int) bool {
	if o.mayBlock && o.wanted > 0 && o.t.encodings == nil && o.t.answerStartWanted() {
		o.held = status
	}
	return o.held != 0
}

// writeHeld takes down a piece of the body while the headers wait. The piece has been
// captured; what does not fit is written once it is decided.
func (o *observer) writeHeld(b []byte) (int, error) {
	room := detector.AnswerStartLen - len(o.waiting)
	took := min(len(b), room)
	o.waiting = append(o.waiting, b[:took]...)
	if len(o.waiting) < detector.AnswerStartLen && bytes.IndexByte(o.waiting, '<') < 0 {
		return len(b), nil
	}
	if err := o.release(); err != nil {
		return 0, err
	}
	n, err := o.ResponseWriter.Write(b[took:])
	o.length += int64(n)
	return took + n, err
}

// flushHeld decides by what there is, because the script wants it to be seen. White
// space alone decides nothing.
func (o *observer) flushHeld() error {
	if len(bytes.TrimSpace(o.waiting)) == 0 {
		return nil
	}
	return o.release()
}

// release decides about an answer that waits, and lets it go unless it is refused.
func (o *observer) release() error {
	if o.held == 0 {
		return nil
	}
	status, waiting := o.held, o.waiting
	o.held, o.waiting = 0, nil
	o.t.judgeAnswerStart(waiting)
	if o.refused = o.t.refused; o.refused {
		return errRefused
	}
	o.ResponseWriter.WriteHeader(status)
	if len(waiting) == 0 {
		return nil
	}
	n, err := o.ResponseWriter.Write(waiting)
	o.length += int64(n)
	return err
}
