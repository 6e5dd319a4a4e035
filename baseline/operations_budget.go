package baseline

import "sync/atomic"

// operationBudget bounds the profiles of operations of a site.
type operationBudget struct {
	held, most atomic.Int64
	refused    atomic.Uint64
}

// allow sets for how many there is room.
func (b *operationBudget) allow(l Limits) {
	if most := int64(l.share(operationShare)); b.most.Load() != most {
		b.most.Store(most)
	}
}

// take reports whether there is room for another, and takes it.
func (b *operationBudget) take() bool {
	if b == nil {
		return false
	}
	if b.held.Add(1) > b.most.Load() {
		b.held.Add(-1)
		b.refused.Add(1)
		return false
	}
	return true
}

func (b *operationBudget) release(n int) {
	if b != nil {
		b.held.Add(-int64(n))
	}
}
