package detector

import (
	"bytes"
	"encoding/binary"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// requestBody is the beginning of a request's body, as far as it is known at the stage
// at hand, and the names of the request's parameters. What is found out about a beginning
// is kept: features and learning ask for the same.
type requestBody struct {
	bytes     []byte
	cut       bool // there may be more of it
	form      bool // they are a form's parameters
	params    baseline.ParamNames
	operation string          // that the body asks for, if it says so
	hash      baseline.Hasher // of names
	opaque    opaqueField
	searched  bool // opaque is that of bytes
	named     bool // params and operation are those of the query and of bytes
}

func (b *requestBody) reset() {
	b.bytes, b.cut, b.form, b.operation, b.named, b.searched = nil, false, false, "", false, false
	b.params.Reset()
}

// set takes note of what is known of the body now.
func (b *requestBody) set(x *Exchange, prefix []byte) {
	cut := len(prefix) > 0 && (x.BodyCut || len(prefix) < len(x.Body))
	if n := len(prefix); cut == b.cut && n == len(b.bytes) && (n == 0 || &prefix[0] == &b.bytes[0]) {
		return // what has been read is not written again
	}
	b.bytes, b.cut, b.named, b.searched = prefix, cut, false, false
	b.form = x.saysForm() && isForm(prefix)
}

// asForm returns the body's beginning if it is a form's parameters, or nil.
func (b *requestBody) asForm() []byte {
	if !b.form {
		return nil
	}
	return b.bytes
}

// notAForm reports whether the request says that its body is a form, and it is none.
func (b *requestBody) notAForm(x *Exchange) bool {
	return len(b.bytes) >= leastForm && !b.form && x.saysForm()
}

// paramNames returns the hashed names of the parameters in the query and in the body.
func (e *Evaluation) paramNames() *baseline.ParamNames {
	if b := &e.body; !b.named {
		b.params.Hash(e.m.Hash, e.x.Query, b.asForm())
		if b.operation = ""; len(b.bytes) > 0 && !b.read(e.x, e.m.Hash) {
			b.params.SetIncomplete(e.m.Hash)
		}
		b.named = true
	}
	return &e.body.params
}

// header returns the first value of a request's header field, by its canonical
// name, or "".
func (x *Exchange) header(name string) string {
	if values := x.Header[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// maxFormName is the longest name of a parameter that a form has, in bytes. No
// field of a common application has a name of more than 100.
const maxFormName = 256

// isForm reports whether a body looks like parameters: text, and a name soon.
func isForm(body []byte) bool {
	equals := bytes.IndexByte(body[:min(len(body), maxFormName)], '=')
	if equals <= 0 {
		return false
	}
	// Base64 ends in one or two equals signs, and has none before.
	if rest := bytes.TrimRight(body, "\r\n"); bytes.IndexByte(bytes.TrimRight(rest, "="), '=') < 0 && len(rest)%4 == 0 && opaqueRun(rest) >= len(rest)-2 && len(rest) > 64 {
		return false
	}
	return plainText(body)
}

// plainText reports whether a body has hardly any control characters but line breaks:
// of bytes at random one in nine is, and careless programs send one that they should
// have encoded.
func plainText(body []byte) bool {
	controls, rest := 0, body
	for len(rest) >= 8 {
		if mayHaveControls(binary.LittleEndian.Uint64(rest)) {
			controls += controlsIn(rest[:8])
		}
		rest = rest[8:]
	}
	return (controls+controlsIn(rest))*32 <= len(body)
}

// mayHaveControls reports whether one of eight bytes is below ' '. In each byte, adding
// 0x60 to the lower seven bits carries into the highest from 0x20 on.
func mayHaveControls(eight uint64) bool {
	const low, high = 0x7f7f7f7f7f7f7f7f, 0x8080808080808080
	return (eight&low+0x6060606060606060|eight)&high != high
}

func controlsIn(text []byte) (n int) {
	for _, c := range text {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' {
			n++
		}
	}
	return n
}
