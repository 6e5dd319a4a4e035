package detector

import (
	"bytes"
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector/payload"
)

// read adds the names in a body that is no form, and reports whether these are all the names
// there are. What has none, such as a picture, has been read. A body that is compressed, cut
// off, or not what it says it is has not.
func (b *requestBody) read(x *Exchange, h baseline.Hasher) (complete bool) {
	if coding := x.header("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return false
	}
	if b.form {
		return !b.cut && b.params.Complete()
	}
	b.hash, complete = h, true
	switch media := x.mediaType(); {
	case isMultipart(media):
		complete = payload.Multipart(x.header("Content-Type"), b.bytes, b)
	case isJSON(media):
		b.operation, complete = payload.JSON(b.bytes, b)
	case isXML(media):
		b.operation, complete = payload.XML(b.bytes, b)
	case strings.EqualFold(media, "application/graphql"):
		b.operation = payload.GraphQL(string(b.bytes))
	default:
		b.readUndeclared()
	}
	return complete && !b.cut && b.params.Complete()
}

// readUndeclared reads JSON and XML that do not say what they are: many programs take a
// body for what they expect, whatever its type.
func (b *requestBody) readUndeclared() {
	switch {
	case looksLikeJSON(b.bytes):
		b.operation, _ = payload.JSON(b.bytes, b)
	case bytes.HasPrefix(bytes.TrimLeft(b.bytes, blanks), []byte{'<'}):
		b.operation, _ = payload.XML(b.bytes, b)
	}
}

const blanks = " \t\r\n"

// looksLikeJSON reports whether a body begins as JSON objects and arrays do.
func looksLikeJSON(body []byte) bool {
	text := bytes.TrimLeft(body, blanks)
	return len(text) > 0 && (text[0] == '{' || text[0] == '[')
}

// Name implements [payload.Sink].
func (b *requestBody) Name(name []byte) bool { return b.params.AddBody(b.hash, name) }

// Value implements [payload.Sink].
func (b *requestBody) Value(_, _ []byte) {}

// File implements [payload.Sink].
func (b *requestBody) File(string) {}

// operation returns the name of the operation that the request's body, or its SOAPAction,
// asks for: GraphQL's operation, JSON-RPC's or XML-RPC's method, SOAP's action; "" if it
// names none that could be read. It is the client's text, of at most 128 bytes.
func (e *Evaluation) operation() string {
	if e.paramNames(); e.body.operation != "" {
		return e.body.operation
	}
	if !e.x.CarriesPayload() {
		return ""
	}
	return payload.SOAPAction(e.x.header("Soapaction"), e.x.header("Content-Type"))
}

// mediaType returns the type of the request's body, without parameters, or "".
func (x *Exchange) mediaType() string {
	media, _, _ := strings.Cut(x.header("Content-Type"), ";")
	return strings.TrimSpace(media)
}

// saysForm reports whether the request says that its body is a form's parameters.
func (x *Exchange) saysForm() bool {
	return strings.EqualFold(x.mediaType(), "application/x-www-form-urlencoded")
}

func isMultipart(media string) bool {
	const prefix = "multipart/"
	return len(media) >= len(prefix) && strings.EqualFold(media[:len(prefix)], prefix)
}

// isJSON and isXML know the types by their suffix, too (RFC 6839).
func isJSON(media string) bool { return hasSubtype(media, "json") }
func isXML(media string) bool  { return hasSubtype(media, "xml") }

func hasSubtype(media, name string) bool {
	i := len(media) - len(name)
	return i > 0 && (media[i-1] == '/' || media[i-1] == '+' || media[i-1] == '-') && strings.EqualFold(media[i:], name)
}
