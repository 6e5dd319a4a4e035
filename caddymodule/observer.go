package caddymodule

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// errRefused is what a handler gets when it writes a response that we refused.
var errRefused = errors.New("webshell_guard: response refused")

// observer watches a response pass. It judges it when its headers are about to
// be written, and if it is refused lets nothing of it through. It never
// buffers.
type observer struct {
	caddyhttp.ResponseWriterWrapper
	t         *transaction
	mayBlock  bool
	holdHints bool
	judged    bool // the final headers were seen
	refused   bool
	held      int    // the status of headers that are held back; 0 if none are
	waiting   []byte // what was written since; bounded by detector.AnswerStartLen
	wanted    int    // bytes of the body still to be captured
	ends      bool   // the end of the body is captured
	length    int64  // bytes of the body that were passed on; −1 for a connection taken over
}

// serve runs the next handlers, judges what they leave undecided, and learns
// from and reports the outcome, also if they panic.
func (o *observer) serve(r *http.Request, next caddyhttp.Handler) (err error) {
	defer o.finish()
	if o.mayBlock {
		defer o.recoverAbort(&err)
	}
	err = next.ServeHTTP(o, r)
	if !o.judged {
		o.t.exchange.Rendered = err != nil
		o.judge(statusOf(err))
	}
	if e := o.release(); err == nil {
		err = e
	}
	return err
}

// finish closes the books. What a stray goroutine of a handler writes later is
// none of ours: the transaction belongs to another request then.
func (o *observer) finish() {
	o.judged = true
	o.t.exchange.Length = o.length
	o.t.finish()
	o.wanted, o.ends = 0, false
}

// recoverAbort ends the panic by which a handler aborts a response that we
// refused, as reverse_proxy does when a write fails. Any other panic goes on.
func (o *observer) recoverAbort(err *error) {
	if !o.refused {
		return
	}
	switch p := recover(); p {
	case nil:
	case http.ErrAbortHandler:
		*err = errRefused
	default:
		panic(p)
	}
}

// statusOf is the status of a response that no handler has written: Caddy
// renders errors later, and Go answers 200 for a handler that says nothing.
func statusOf(err error) int {
	if err == nil {
		return http.StatusOK
	}
	if he, ok := errors.AsType[caddyhttp.HandlerError](err); ok && he.StatusCode != 0 {
		return he.StatusCode
	}
	return http.StatusInternalServerError
}

func (o *observer) judge(status int) {
	o.judged = true
	o.t.readAnswerHeader(o.Header())
	if o.t.judgeResponse(status); !o.t.refused {
		o.wanted = o.t.wantsAnswer(o.Header())
		o.ends = o.wanted > 0 && o.t.wantsEnd()
	}
	o.refused = o.t.refused
}

// WriteHeader judges the response if the status is final.
func (o *observer) WriteHeader(status int) {
	if status >= 100 && status < 200 && status != http.StatusSwitchingProtocols {
		// Comes from a goroutine of the transport: nothing that changes may be
		// touched. Hints of a response that may be refused are held back.
		if !o.holdHints {
			o.ResponseWriter.WriteHeader(status)
		}
		return
	}
	if !o.judged {
		o.judge(status)
	}
	if !o.refused && !o.hold(status) {
		o.ResponseWriter.WriteHeader(status)
	}
}

// Write passes on a piece of the body.
func (o *observer) Write(b []byte) (int, error) {
	if !o.judged {
		o.WriteHeader(http.StatusOK)
	}
	if o.refused {
		return 0, errRefused
	}
	if o.wanted > 0 {
		o.wanted -= o.t.captureAnswer(b)
	}
	if o.ends {
		o.t.captureEnd(b)
	}
	if o.held != 0 {
		return o.writeHeld(b)
	}
	n, err := o.ResponseWriter.Write(b)
	o.length += int64(n)
	return n, err
}

// ReadFrom passes on a body as a whole, so that sendfile stays possible.
func (o *observer) ReadFrom(r io.Reader) (int64, error) {
	if !o.judged {
		o.WriteHeader(http.StatusOK)
	}
	if o.refused {
		return 0, errRefused
	}
	if o.ends || o.held != 0 {
		return io.Copy(struct{ io.Writer }{o}, r)
	}
	var n int64
	if o.wanted > 0 {
		var err error
		n, err = io.CopyN(struct{ io.Writer }{o}, r, int64(o.wanted))
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return n, err
		}
	}
	rest, err := o.ResponseWriterWrapper.ReadFrom(r)
	o.length += rest
	return n + rest, err
}

// FlushError sends what was written so far.
func (o *observer) FlushError() error {
	if !o.judged {
		o.WriteHeader(http.StatusOK)
	}
	if o.held != 0 {
		if err := o.flushHeld(); err != nil || o.held != 0 {
			return err
		}
	}
	if o.refused {
		return nil
	}
	return http.NewResponseController(o.ResponseWriter).Flush()
}

// Hijack hands over the connection. A handler that does so before it has
// written headers is about to switch protocols.
func (o *observer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if !o.judged {
		o.judge(http.StatusSwitchingProtocols)
	}
	if err := o.release(); o.refused {
		return nil, nil, errRefused
	} else if err != nil {
		return nil, nil, err
	}
	o.length = -1
	return http.NewResponseController(o.ResponseWriter).Hijack()
}

// headerSnapshot remembers the headers set before the next handler ran.
type headerSnapshot struct{ fields []headerField }

type headerField struct {
	name   string
	values []string
}

func (s *headerSnapshot) save(h http.Header) {
	for name, values := range h {
		n := len(s.fields)
		if n < cap(s.fields) {
			s.fields = s.fields[:n+1] // keeps the room for values
		} else {
			s.fields = append(s.fields, headerField{})
		}
		f := &s.fields[n]
		f.name, f.values = name, append(f.values[:0], values...)
	}
}

// restore makes h what it was, whatever was added, changed or removed since.
func (s *headerSnapshot) restore(h http.Header) {
	clear(h)
	for _, f := range s.fields {
		h[f.name] = append([]string(nil), f.values...)
	}
}

// empty forgets the fields but keeps their room.
func (s *headerSnapshot) empty() {
	for i := range s.fields {
		s.fields[i].name = ""
		clear(s.fields[i].values)
	}
	s.fields = s.fields[:0]
}

// Interface guards.
var (
	_ http.ResponseWriter = (*observer)(nil)
	_ http.Hijacker       = (*observer)(nil)
	_ io.ReaderFrom       = (*observer)(nil)

	_ interface{ FlushError() error } = (*observer)(nil)
)
