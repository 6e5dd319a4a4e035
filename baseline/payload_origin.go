package baseline

import "sync/atomic"

// payloadOrigins are where the payloads came from that a script was sent while its
// site was learned: later ones do not count, or patience would buy a backdoor what it
// needs.
type payloadOrigins struct{ withReferer, withoutReferer atomic.Uint32 }

// learn counts a payload.
func (o *payloadOrigins) learn(from RefererStatus) {
	switch from {
	case HasReferer:
		countUp(&o.withReferer)
	case NoReferer:
		countUp(&o.withoutReferer)
	case RefererUnknown:
	}
}

func (o *payloadOrigins) record(room []uint32) []uint32 {
	with, without := o.withReferer.Load(), o.withoutReferer.Load()
	if with == 0 && without == 0 {
		return nil
	}
	return append(room[:0], with, without)
}

func (o *payloadOrigins) restore(rec []uint32) {
	if len(rec) == 2 {
		o.withReferer.Store(rec[0])
		o.withoutReferer.Store(rec[1])
	}
}
