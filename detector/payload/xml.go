package payload

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

// XML reads the names of elements, without their prefixes, and of attributes, as @name. It
// returns the method that XML-RPC is asked for, "" if none, and whether it read all there is.
// It expands no entity; that a document declares some means that it was not all read.
//
// It uses the raw tokens of encoding/xml, which keeps no stack of elements, in its mode
// that is not strict.
func XML(text []byte, out Sink) (operation string, complete bool) {
	d := xml.NewDecoder(bytes.NewReader(text))
	d.Strict = false
	d.CharsetReader = asASCII
	level, elements, entities, method := 0, 0, false, false
	for {
		token, err := d.RawToken()
		if err != nil {
			return operation, errors.Is(err, io.EOF) && level == 0 && elements > 0 && !entities
		}
		switch token := token.(type) {
		case xml.StartElement:
			level++
			elements++
			method = token.Name.Local == "methodName" && operation == ""
			if !xmlNames(&token, out) {
				return operation, false
			}
		case xml.EndElement:
			level--
			method = false
		case xml.CharData:
			if name := bytes.TrimSpace(token); method && len(name) <= maxOperation {
				operation = string(name)
			}
		case xml.Directive:
			entities = entities || bytes.Contains(token, []byte("ENTITY"))
		}
	}
}

// xmlNames offers the names of an element, and reports whether to go on.
func xmlNames(element *xml.StartElement, out Sink) bool {
	if !offer(out, element.Name.Local) {
		return false
	}
	for _, a := range element.Attr {
		if a.Name.Space != "xmlns" && a.Name.Local != "xmlns" && !offer(out, "@"+a.Name.Local) {
			return false
		}
	}
	return true
}

// offer offers a name, and reports whether to go on.
func offer(out Sink, name string) bool {
	return len(name) <= maxName && out.Name([]byte(name))
}

var errCharset = errors.New("names cannot be read in this character set")

// asASCII reads character sets that have names where ASCII has them as they are.
func asASCII(charset string, input io.Reader) (io.Reader, error) {
	charset = strings.ToLower(charset)
	for _, alike := range [...]string{"us-ascii", "ascii", "iso-8859-", "windows-125", "latin"} {
		if strings.HasPrefix(charset, alike) {
			return asciiOnly{input}, nil
		}
	}
	return nil, errCharset
}

// asciiOnly replaces what is no ASCII, which encoding/xml would take for broken UTF-8.
type asciiOnly struct{ io.Reader }

// Read implements io.Reader.
func (r asciiOnly) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	for i, c := range p[:n] {
		if c >= 0x80 {
			p[i] = '_'
		}
	}
	return n, err
}
