package baseline

import (
	"strings"
	"sync/atomic"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/sketch"
)

// features are what the requests to a script looked like. Reads and payloads have
// sizes and answers of their own, by [Method.kind].
type features struct {
	referrers sketch.Distinct
	names     [nameKinds]sketch.SharedSet // of parameters, header fields and cookies
	answered  [2]sketch.Histogram         // sizes of answers
	answers   [2]atomic.Uint64            // a Fingerprint of one of each
}

// learn adds what a visit by a client network looked like.
func (f *features) learn(seen *RequestFeatures, m Method, network uint64, h Hasher) {
	if page, _, _ := strings.Cut(seen.Referrer, "?"); page != "" {
		f.referrers.Add(h.Text(page))
	}
	seen.names(h, func(kind nameKind, hash uint64) { f.names[kind].Add(hash, network) })
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
	Names     [nameKinds]sketch.SharedSetRecord
	Reads     []uint64
	Payloads  []uint64
	Answers   [2]uint64
}

func (f *features) record(room *featuresRecord) featuresRecord {
	rec := featuresRecord{
		Referrers: f.referrers.Record(room.Referrers),
		Reads:     f.answered[0].Record(room.Reads), Payloads: f.answered[1].Record(room.Payloads),
		Answers: [2]uint64{f.answers[0].Load(), f.answers[1].Load()},
	}
	for kind := range f.names {
		rec.Names[kind] = f.names[kind].Record(room.Names[kind])
	}
	return rec
}

func (f *features) restore(rec featuresRecord) {
	f.referrers.Restore(rec.Referrers)
	for kind := range f.names {
		f.names[kind].Restore(rec.Names[kind])
	}
	f.answered[0].Restore(rec.Reads)
	f.answered[1].Restore(rec.Payloads)
	for i, answer := range rec.Answers {
		f.answers[i].Store(answer)
	}
}
