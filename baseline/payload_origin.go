package baseline

import (
	"sync/atomic"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/sketch"
)

// payloadOrigins are where the payloads came from that a script was sent while it was
// learned: later ones do not count, or patience would buy a backdoor what it needs. A
// client network counts once a day, however much it sends. They are made when there is
// a payload.
type payloadOrigins struct{ made atomic.Pointer[originCounts] }

type originCounts struct {
	payloads atomic.Uint32
	samples  [2]sketch.Distinct // distinct (client network, UTC day) with a Referer, and without
}

// learn counts a payload, of a network on a day.
func (o *payloadOrigins) learn(from RefererStatus, sample uint64) {
	if from == RefererUnknown {
		return
	}
	if o.made.Load() == nil {
		o.made.CompareAndSwap(nil, new(originCounts))
	}
	counts, without := o.made.Load(), 0
	if from == NoReferer {
		without = 1
	}
	countUp(&counts.payloads)
	counts.samples[without].Add(sample)
}

func (o *payloadOrigins) count() (payloads, samples, withoutReferer int) {
	counts := o.made.Load()
	if counts == nil {
		return 0, 0, 0
	}
	withoutReferer = counts.samples[1].Count()
	return int(counts.payloads.Load()), counts.samples[0].Count() + withoutReferer, withoutReferer
}

// originsRecord are origins as they are stored.
type originsRecord struct {
	_        struct{} `cbor:",toarray"`
	Payloads uint32
	Samples  [2]sketch.DistinctRecord
}

func (o *payloadOrigins) record() *originsRecord {
	counts := o.made.Load()
	if counts == nil {
		return nil
	}
	return &originsRecord{Payloads: counts.payloads.Load(), Samples: [2]sketch.DistinctRecord{counts.samples[0].Record(nil), counts.samples[1].Record(nil)}}
}

func (o *payloadOrigins) restore(rec *originsRecord) {
	if rec == nil {
		return
	}
	counts := new(originCounts)
	counts.payloads.Store(rec.Payloads)
	for i := range counts.samples {
		counts.samples[i].Restore(rec.Samples[i])
	}
	o.made.Store(counts)
}
