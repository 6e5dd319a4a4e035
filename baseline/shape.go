package baseline

import (
	"bytes"
	"iter"
	"strings"
	"sync/atomic"

	"github.com/dchest/siphash"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/sketch"
)

// maxNames bounds the names taken from one request: the client writes them.
const maxNames = 64

// Shape is what a visit looked like, beyond its method and status: names and
// sizes, never values. What is unknown is empty, or −1 for the size.
type Shape struct {
	Agent    string              // User-Agent
	Referrer string              // Referer; its query does not count
	Query    string              // raw, for the names of its parameters
	Form     []byte              // beginning of a body of parameters like those of a query
	Header   map[string][]string // for the names of the fields, and of cookies
	Answered int64               // length of the response's body, in bytes
	Type     string              // of the response's body, as its header has it
}

// shape is what a script's visits looked like. Reads and payloads have sizes
// and answers of their own.
type shape struct {
	agents, referrers        sketch.Distinct
	params, headers, cookies sketch.Distinct
	answered                 [2]sketch.Histogram // sizes of answers to reads, and to payloads
	answers                  [2]atomic.Uint64    // a Fingerprint of one of each
}

// learn adds what a visit looked like.
func (s *shape) learn(look *Shape, m Method, site *Site) {
	if look.Agent != "" {
		s.agents.Add(site.textHash(look.Agent))
	}
	if page, _, _ := strings.Cut(look.Referrer, "?"); page != "" {
		s.referrers.Add(site.textHash(page))
	}
	for hash := range look.params(site) {
		s.params.Add(hash)
	}
	n := 0
	for name := range look.Header {
		if n++; n > maxNames {
			break
		}
		s.headers.Add(site.textHash(name))
	}
	for _, line := range look.Header["Cookie"] {
		for n := 0; line != "" && n < maxNames; n++ {
			var cookie string
			cookie, line, _ = strings.Cut(line, ";")
			if name, _, _ := strings.Cut(strings.TrimSpace(cookie), "="); name != "" {
				s.cookies.Add(site.textHash(name))
			}
		}
	}
	if look.Answered >= 0 {
		s.answered[answerKind(m)].Add(look.Answered)
	}
}

// params lists the hashes of the names of parameters: those of the query, and
// those of the body that are whole.
func (l *Shape) params(site *Site) iter.Seq[uint64] {
	return func(yield func(uint64) bool) {
		n := 0
		for param := range strings.SplitSeq(l.Query, "&") {
			if n++; n > maxNames {
				return
			}
			if name, _, _ := strings.Cut(param, "="); name != "" && !yield(site.textHash(name)) {
				return
			}
		}
		for param := range bytes.SplitSeq(l.Form, []byte{'&'}) {
			if n++; n > 2*maxNames {
				return
			}
			if name, _, whole := bytes.Cut(param, []byte{'='}); whole && len(name) > 0 && !yield(site.textHash(string(name))) {
				return
			}
		}
	}
}

// StrangeParams returns how many names of parameters a visit brings, and how many
// of them the script was certainly not sent before.
func (p *Profile) StrangeParams(s *Site, look *Shape) (names, strange int) {
	for hash := range look.params(s) {
		names++
		if !p.shape.params.Has(hash) {
			strange++
		}
	}
	return names, strange
}

// Agents estimates how many user agents visited the script.
func (p *Profile) Agents() int { return p.shape.agents.Count() }

// Referrers estimates from how many pages visitors came to the script.
func (p *Profile) Referrers() int { return p.shape.referrers.Count() }

// Params estimates how many names of query parameters the script was sent.
func (p *Profile) Params() int { return p.shape.params.Count() }

// HeaderNames estimates how many names of header fields the script was sent.
func (p *Profile) HeaderNames() int { return p.shape.headers.Count() }

// CookieNames estimates how many names of cookies the script was sent.
func (p *Profile) CookieNames() int { return p.shape.cookies.Count() }

// Answers returns how many answers to reads, or to payloads, were of the order of
// magnitude of the size, in bytes (a power of four or next to it), how many there
// were, and of how many orders they were.
func (p *Profile) Answers(m Method, size int64) (alike, all, orders int) {
	sizes, at := &p.shape.answered[answerKind(m)], sketch.SizeBucket(size)
	for b := range sketch.SizeBuckets {
		n := sizes.Count(b)
		all += n
		if n > 0 {
			orders++
		}
		if b >= at-1 && b <= at+1 {
			alike += n
		}
	}
	return alike, all, orders
}

// StatusVisits returns how many visits by a method were answered with the class
// of a status, such as 2xx.
func (p *Profile) StatusVisits(m Method, status int) uint64 {
	row := p.counts.of(m)
	if row == nil {
		return 0
	}
	return uint64(row[min(max(status/100-1, 0), statusClasses-1)].Load())
}

// KnowsName reports whether the script may have been sent a header field or a
// cookie of the name before.
func (p *Profile) KnowsName(s *Site, name string, cookie bool) bool {
	if cookie {
		return p.shape.cookies.Has(s.textHash(name))
	}
	return p.shape.headers.Has(s.textHash(name))
}

// Answer returns the fingerprint of an answer to a read or to a payload that
// was learned, if any was.
func (p *Profile) Answer(m Method) (f Fingerprint, ok bool) {
	f = Fingerprint(p.shape.answers[answerKind(m)].Load())
	return f, f != 0
}

// LearnAnswer keeps the fingerprint of an answer, unless one is kept already.
func (p *Profile) LearnAnswer(m Method, f Fingerprint) {
	p.shape.answers[answerKind(m)].CompareAndSwap(0, uint64(f))
}

func answerKind(m Method) int {
	if m.Reads() {
		return 0
	}
	return 1
}

// textHash hashes a client's text with the site's secret. It does not allocate.
func (s *Site) textHash(text string) uint64 { return s.chainHash(s.secret[0], text) }

// NameHash identifies a file's name, whatever its case.
func (s *Site) NameHash(name string) uint64 { return s.textHash(strings.ToLower(name)) }

// chainHash hashes a text and the hash of what came before it.
func (s *Site) chainHash(before uint64, text string) uint64 {
	var buffer [128]byte // a conversion to bytes would allocate
	for {
		n := copy(buffer[:], text)
		before = siphash.Hash(before, s.secret[1], buffer[:n])
		if text = text[n:]; text == "" {
			return before
		}
	}
}

// shapeRecord is a shape as it is stored.
type shapeRecord struct {
	_         struct{} `cbor:",toarray"`
	Agents    sketch.DistinctRecord
	Referrers sketch.DistinctRecord
	Params    sketch.DistinctRecord
	Headers   sketch.DistinctRecord
	Cookies   sketch.DistinctRecord
	Reads     []uint64
	Payloads  []uint64
	Answers   [2]uint64
}

func (s *shape) record(room *shapeRecord) shapeRecord {
	return shapeRecord{
		Agents: s.agents.Record(room.Agents), Referrers: s.referrers.Record(room.Referrers), Params: s.params.Record(room.Params),
		Headers: s.headers.Record(room.Headers), Cookies: s.cookies.Record(room.Cookies),
		Reads: s.answered[0].Record(room.Reads), Payloads: s.answered[1].Record(room.Payloads),
		Answers: [2]uint64{s.answers[0].Load(), s.answers[1].Load()},
	}
}

func (s *shape) restore(rec shapeRecord) {
	s.agents.Restore(rec.Agents)
	s.referrers.Restore(rec.Referrers)
	s.params.Restore(rec.Params)
	s.headers.Restore(rec.Headers)
	s.cookies.Restore(rec.Cookies)
	s.answered[0].Restore(rec.Reads)
	s.answered[1].Restore(rec.Payloads)
	for i, f := range rec.Answers {
		s.answers[i].Store(f)
	}
}
