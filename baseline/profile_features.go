package baseline

import (
	"strings"
	"sync/atomic"
)

// features are what the requests to a script looked like. Reads and payloads have
// sizes and answers of their own, by [Method.kind].
type features struct {
	agents, referrers        sketch
	params, headers, cookies sketch
	answered                 [2]histogram     // sizes of answers
	answers                  [2]atomic.Uint64 // a Fingerprint of one of each
}

// learn adds what a visit looked like.
func (f *features) learn(seen *RequestFeatures, m Method, h Hasher) {
	if seen.Agent != "" {
		f.agents.add(h.Text(seen.Agent))
	}
	if page, _, _ := strings.Cut(seen.Referrer, "?"); page != "" {
		f.referrers.add(h.Text(page))
	}
	for hash := range seen.params(h) {
		f.params.add(hash)
	}
	for hash := range seen.headers(h) {
		f.headers.add(hash)
	}
	for hash := range seen.cookies(h) {
		f.cookies.add(hash)
	}
	if seen.Answered >= 0 {
		f.answered[m.kind()].add(seen.Answered)
	}
}

// sizesLike returns how many answers were of the order of magnitude of the size,
// how many there were, and of how many orders they were.
func (f *features) sizesLike(m Method, size int64) (alike, all, orders int) {
	sizes, at := &f.answered[m.kind()], sizeBucket(size)
	for b := range sizeBuckets {
		n := sizes.count(b)
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

// featuresRecord are features as they are stored.
type featuresRecord struct {
	_         struct{} `cbor:",toarray"`
	Agents    sketchRecord
	Referrers sketchRecord
	Params    sketchRecord
	Headers   sketchRecord
	Cookies   sketchRecord
	Reads     []uint64
	Payloads  []uint64
	Answers   [2]uint64
}

func (f *features) record(room *featuresRecord) featuresRecord {
	return featuresRecord{
		Agents: f.agents.record(room.Agents), Referrers: f.referrers.record(room.Referrers), Params: f.params.record(room.Params),
		Headers: f.headers.record(room.Headers), Cookies: f.cookies.record(room.Cookies),
		Reads: f.answered[0].record(room.Reads), Payloads: f.answered[1].record(room.Payloads),
		Answers: [2]uint64{f.answers[0].Load(), f.answers[1].Load()},
	}
}

func (f *features) restore(rec featuresRecord) {
	f.agents.restore(rec.Agents)
	f.referrers.restore(rec.Referrers)
	f.params.restore(rec.Params)
	f.headers.restore(rec.Headers)
	f.cookies.restore(rec.Cookies)
	f.answered[0].restore(rec.Reads)
	f.answered[1].restore(rec.Payloads)
	for i, answer := range rec.Answers {
		f.answers[i].Store(answer)
	}
}
