package baseline

import (
	"slices"
	"time"
)

// The bounds of the flagged requests that are kept. Within each the latest stay, so
// that no flood hides what came before it: of one script or network, of made-up names,
// or of what block mode would let pass.
const (
	maxFlaggedRequests = 1000
	maxPassed          = maxFlaggedRequests / 2
	maxMadeUp          = maxFlaggedRequests / 4
	maxOfNetwork       = maxFlaggedRequests / 10
	maxOfScript        = maxFlaggedRequests / 20
)

// flaggedRequest is a request with its client's network.
type flaggedRequest struct {
	FlaggedRequest
	network uint64
}

// flaggedRequests are the latest, and how many there are of each kind.
type flaggedRequests struct {
	kept      []*flaggedRequest // oldest first
	ofScript  map[Key]int
	ofNetwork map[uint64]int
	madeUp    int
	passed    int
}

// add keeps a request, in the place of the oldest of its kind if there are too many.
func (f *flaggedRequests) add(r *flaggedRequest) {
	if i := f.crowded(r); i >= 0 {
		f.count(f.kept[i], -1)
		f.kept = slices.Delete(f.kept, i, i+1)
	}
	f.count(r, 1)
	f.kept = append(f.kept, r)
}

// crowded returns which request must go for another, or −1 if there is room.
func (f *flaggedRequests) crowded(r *flaggedRequest) int {
	var same func(*flaggedRequest) bool
	switch {
	case f.ofScript[r.Script] >= maxOfScript:
		same = func(o *flaggedRequest) bool { return o.Script == r.Script }
	case f.ofNetwork[r.network] >= maxOfNetwork:
		same = func(o *flaggedRequest) bool { return o.network == r.network }
	case !r.Exists && f.madeUp >= maxMadeUp:
		same = func(o *flaggedRequest) bool { return !o.Exists }
	case r.BlockedAt == "" && f.passed >= maxPassed:
		same = func(o *flaggedRequest) bool { return o.BlockedAt == "" }
	case len(f.kept) >= maxFlaggedRequests:
		return 0
	default:
		return -1
	}
	return slices.IndexFunc(f.kept, same)
}

// count adds a request to the numbers of its kinds, or takes it from them.
func (f *flaggedRequests) count(r *flaggedRequest, by int) {
	if f.ofScript == nil {
		f.ofScript, f.ofNetwork = make(map[Key]int), make(map[uint64]int)
	}
	if f.ofScript[r.Script] += by; f.ofScript[r.Script] == 0 {
		delete(f.ofScript, r.Script)
	}
	if f.ofNetwork[r.network] += by; f.ofNetwork[r.network] == 0 {
		delete(f.ofNetwork, r.network)
	}
	if !r.Exists {
		f.madeUp += by
	}
	if r.BlockedAt == "" {
		f.passed += by
	}
}

// list returns copies, newest first.
func (f *flaggedRequests) list() []FlaggedRequest {
	list := make([]FlaggedRequest, 0, len(f.kept))
	for _, r := range slices.Backward(f.kept) {
		list = append(list, r.FlaggedRequest)
	}
	slices.SortStableFunc(list, func(a, b FlaggedRequest) int { return b.Time.Compare(a.Time) })
	return list
}

// merge adds those of another baseline.
func (f *flaggedRequests) merge(others []*flaggedRequest) {
	all := slices.Concat(f.kept, others)
	slices.SortStableFunc(all, func(a, b *flaggedRequest) int { return a.Time.Compare(b.Time) })
	*f = flaggedRequests{}
	for _, r := range all {
		f.add(r)
	}
}

// expire removes those from before the time given.
func (f *flaggedRequests) expire(before time.Time) (expired bool) {
	had := len(f.kept)
	f.kept = slices.DeleteFunc(f.kept, func(r *flaggedRequest) bool {
		old := r.Time.Before(before)
		if old {
			f.count(r, -1)
		}
		return old
	})
	return len(f.kept) < had
}
