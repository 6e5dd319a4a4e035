// Package payload reads the beginning of a request's body: the names in it, the names
// of the files that it sends, and which operation it asks for. Values it only hands on, those
// that are short enough to name something.
//
// What it is given is a bounded beginning, perhaps cut off in the middle, written by
// whoever sent it. Everything here takes time linear in its length, whatever is in it, and
// looks at it once. Where servers differ, what any of them reads counts.
package payload

// Sink takes what is found, in the order of the body, as often as it occurs.
type Sink interface {
	// Name takes the name of a parameter, which is valid until it returns. It reports
	// whether it wants more.
	Name(name []byte) bool
	// Value takes a parameter whose value is a text of at most 192 bytes in one line, without
	// escapes. Both are valid until it returns.
	Value(name, value []byte)
	// File takes the name that a file is sent under, as one server or another reads it.
	File(name string)
}

const (
	// maxName bounds a name, in bytes. No field of a common application has a name of more
	// than 100.
	maxName = 256
	// maxLevels bounds the levels of JSON that have names. RFC 8259 leaves a bound to
	// the parser; PHP's is 512, and applications nest some five deep.
	maxLevels = 32
	// maxValue bounds a value that is handed on, in bytes: three for each of 64 characters
	// that are percent-encoded.
	maxValue = 192
	// maxOperation bounds the name of an operation, in bytes.
	maxOperation = 128
)
