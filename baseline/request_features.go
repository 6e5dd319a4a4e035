package baseline

import (
	"iter"
	"strings"
)

// RequestFeatures are what a request and its answer looked like, beyond method and
// status: names and sizes, never values. What is unknown is empty, or −1 for the size.
type RequestFeatures struct {
	Referrer string              // Referer; its query does not count
	Params   *ParamNames         // nil if none are known
	Header   map[string][]string // for the names of the fields, and of cookies
	Answered int64               // length of the response's body, in bytes
	Type     string              // of the response's body, as its header has it
}

// names visits the hashes of all names. It does not allocate.
func (f *RequestFeatures) names(h Hasher, visit func(kind nameKind, hash uint64)) {
	for _, hash := range f.Params.All() {
		visit(paramName, hash)
	}
	for hash := range f.headers(h) {
		visit(headerName, hash)
	}
	for hash := range f.cookies(h) {
		visit(cookieName, hash)
	}
}

// headers lists the hashes of the names of header fields.
func (f *RequestFeatures) headers(h Hasher) iter.Seq[uint64] {
	return func(yield func(uint64) bool) {
		n := 0
		for name := range f.Header {
			if n++; n > maxNames || !yield(h.Text(name)) {
				return
			}
		}
	}
}

// cookies lists the hashes of the names of cookies.
func (f *RequestFeatures) cookies(h Hasher) iter.Seq[uint64] {
	return func(yield func(uint64) bool) {
		for _, line := range f.Header["Cookie"] {
			for n := 0; line != "" && n < maxNames; n++ {
				var cookie string
				cookie, line, _ = strings.Cut(line, ";")
				if name, _, _ := strings.Cut(strings.TrimSpace(cookie), "="); name != "" && !yield(h.Text(name)) {
					return
				}
			}
		}
	}
}

// paramSet identifies the set of names of parameters, in any order, and whether the
// method reads. It is 0 if there is no name to go by, or if there may be other names.
func (f *RequestFeatures) paramSet(m Method) uint64 {
	if !f.Params.Complete() {
		return 0
	}
	set := f.Params.Set()
	if set == 0 && m.Reads() {
		return 0
	}
	return (set<<1 | uint64(m.kind())) + 2
}

// mediaType returns the type of the answer without its parameters.
func (f *RequestFeatures) mediaType() string {
	media, _, _ := strings.Cut(f.Type, ";")
	return strings.TrimSpace(media)
}
