package baseline

import (
	"strings"
	"sync/atomic"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/sketch"
)

// features are what the requests to a script looked like. Reads and payloads have
// sizes and answers of their own, by [Method.kind].
type features struct {
	referrers                sketch.Distinct
	params, headers, cookies sketch.Distinct
	answered                 [2]sketch.Histogram // sizes of answers
	answers                  [2]atomic.Uint64    // a Fingerprint of one of each
}

// learn adds what a visit looked like.
func (f *features) learn(seen *RequestFeatures, m Method, h Hasher) {
	if page, _, _ := strings.Cut(seen.Referrer, "?"); page != "" {
		f.referrers.Add(h.Text(page))
	}
	for _, hash := range seen.Params.All() {
		f.params.Add(hash)
	}
	for hash := range seen.headers(h) {
		f.headers.Add(hash)
	}
	for hash := range seen.cookies(h) {
		f.cookies.Add(hash)
	}
	if seen.Answered >= 0 {
		f.answered[m.kind()].Add(seen.Answered)
	}
}

// sizesLike returns how many answers were of the order of magnitude of the size,
// how many there were, and of how many orders they were.
func (f *features) sizesLike(m Method, size int64) (alike, all, orders int) {
	sizes, at := &f.answered[m.kind()], sketch.SizeBucket(size)
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

// featuresRecord are features as they are stored.
type featuresRecord struct {
	_         struct{} `cbor:",toarray"`
	Referrers sketch.DistinctRecord
	Params    sketch.DistinctRecord
	Headers   sketch.DistinctRecord
	Cookies   sketch.DistinctRecord
	Reads     []uint64
	Payloads  []uint64
	Answers   [2]uint64
}

func (f *features) record(room *featuresRecord) featuresRecord {
	return featuresRecord{
		Referrers: f.referrers.Record(room.Referrers), Params: f.params.Record(room.Params),
		Headers: f.headers.Record(room.Headers), Cookies: f.cookies.Record(room.Cookies),
		Reads: f.answered[0].Record(room.Reads), Payloads: f.answered[1].Record(room.Payloads),
		Answers: [2]uint64{f.answers[0].Load(), f.answers[1].Load()},
	}
}

func (f *features) restore(rec featuresRecord) {
	f.referrers.Restore(rec.Referrers)
	f.params.Restore(rec.Params)
	f.headers.Restore(rec.Headers)
	f.cookies.Restore(rec.Cookies)
	f.answered[0].Restore(rec.Reads)
	f.answered[1].Restore(rec.Payloads)
	for i, answer := range rec.Answers {
		f.answers[i].Store(answer)
	}
}
