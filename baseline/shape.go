package baseline

import (
	"strings"
	"sync/atomic"

	"github.com/dchest/siphash"
)

// maxNames bounds the names taken from one request: the client writes them.
const maxNames = 64

// Shape is what a visit looked like, beyond its method and status: names and
// sizes, never values. What is unknown is empty, or −1 for a size.
type Shape struct {
	Agent    string              // User-Agent
	Referrer string              // Referer; its query does not count
	Query    string              // raw, for the names of its parameters
	Header   map[string][]string // for the names of the fields, and of cookies
	Sent     int64               // length of the request's body, in bytes
	Answered int64               // length of the response's, in bytes
}

// shape is what a script's visits looked like. Reads and payloads have sizes
// and answers of their own.
type shape struct {
	agents, referrers        sketch
	params, headers, cookies sketch
	sent                     histogram
	answered                 histogram
	answers                  [2]atomic.Uint64 // a Fingerprint to a read, and to a payload
}

// learn adds what a visit looked like.
func (s *shape) learn(look *Shape, site *Site) {
	if look.Agent != "" {
		s.agents.add(site.textHash(look.Agent))
	}
	if page, _, _ := strings.Cut(look.Referrer, "?"); page != "" {
		s.referrers.add(site.textHash(page))
	}
	for n, rest := 0, look.Query; rest != "" && n < maxNames; n++ {
		var param string
		param, rest, _ = strings.Cut(rest, "&")
		if name, _, _ := strings.Cut(param, "="); name != "" {
			s.params.add(site.textHash(name))
		}
	}
	n := 0
	for name := range look.Header {
		if n++; n > maxNames {
			break
		}
		s.headers.add(site.textHash(name))
	}
	for _, line := range look.Header["Cookie"] {
		for n := 0; line != "" && n < maxNames; n++ {
			var cookie string
			cookie, line, _ = strings.Cut(line, ";")
			if name, _, _ := strings.Cut(strings.TrimSpace(cookie), "="); name != "" {
				s.cookies.add(site.textHash(name))
			}
		}
	}
	if look.Sent >= 0 {
		s.sent.add(look.Sent)
	}
	if look.Answered >= 0 {
		s.answered.add(look.Answered)
	}
}

// Agents estimates how many user agents visited the script.
func (p *Profile) Agents() int { return p.shape.agents.count() }

// Referrers estimates from how many pages visitors came to the script.
func (p *Profile) Referrers() int { return p.shape.referrers.count() }

// Params estimates how many names of query parameters the script was sent.
func (p *Profile) Params() int { return p.shape.params.count() }

// HeaderNames estimates how many names of header fields the script was sent.
func (p *Profile) HeaderNames() int { return p.shape.headers.count() }

// CookieNames estimates how many names of cookies the script was sent.
func (p *Profile) CookieNames() int { return p.shape.cookies.count() }

// Answers reports how many of the responses had the order of magnitude of the
// size, in bytes: the same power of four.
func (p *Profile) Answers(size int64) int { return p.shape.answered.count(sizeBucket(size)) }

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
	Agents    sketchRecord
	Referrers sketchRecord
	Params    sketchRecord
	Headers   sketchRecord
	Cookies   sketchRecord
	Sent      []uint64
	Answered  []uint64
	Answers   [2]uint64
}

func (s *shape) record(room *shapeRecord) shapeRecord {
	return shapeRecord{
		Agents: s.agents.record(room.Agents), Referrers: s.referrers.record(room.Referrers), Params: s.params.record(room.Params),
		Headers: s.headers.record(room.Headers), Cookies: s.cookies.record(room.Cookies),
		Sent: s.sent.record(room.Sent), Answered: s.answered.record(room.Answered),
		Answers: [2]uint64{s.answers[0].Load(), s.answers[1].Load()},
	}
}

func (s *shape) restore(rec shapeRecord) {
	s.agents.restore(rec.Agents)
	s.referrers.restore(rec.Referrers)
	s.params.restore(rec.Params)
	s.headers.restore(rec.Headers)
	s.cookies.restore(rec.Cookies)
	s.sent.restore(rec.Sent)
	s.answered.restore(rec.Answered)
	for i, f := range rec.Answers {
		s.answers[i].Store(f)
	}
}
