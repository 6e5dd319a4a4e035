package baseline

import "sync/atomic"

// referred is where the payloads came from that a script took while its site was
// learned: later ones do not count, or patience would buy a backdoor what it needs.
type referred struct{ from, nowhere atomic.Uint32 }

// learn counts a payload that came from a page, or from none.
func (r *referred) learn(nowhere bool) {
	count := &r.from
	if nowhere {
		count = &r.nowhere
	}
	if count.Load() < 1<<31 {
		count.Add(1)
	}
}

func (r *referred) record(room []uint32) []uint32 {
	from, nowhere := r.from.Load(), r.nowhere.Load()
	if from == 0 && nowhere == 0 {
		return nil
	}
	return append(room[:0], from, nowhere)
}

func (r *referred) restore(rec []uint32) {
	if len(rec) == 2 {
		r.from.Store(rec[0])
		r.nowhere.Store(rec[1])
	}
}

// ReferredPayloads returns how many payloads the script took while the site was
// learned of which it is known where they came from, and how many of them came from
// no page.
func (p *Profile) ReferredPayloads() (all, nowhere int) {
	nowhere = int(p.referred.nowhere.Load())
	return int(p.referred.from.Load()) + nowhere, nowhere
}
