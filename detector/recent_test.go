package detector

import "testing"

func TestRecent(t *testing.T) {
	var r recent[int]
	one := func(n int) int { return n + 1 }
	for key := range uint64(maxRecent) {
		r.change(key, one)
	}
	r.change(0, one)
	if r.get(0) != 2 || r.get(maxRecent-1) != 1 {
		t.Errorf("%d, %d", r.get(0), r.get(maxRecent-1))
	}
	for key := range uint64(3 * maxRecent) {
		r.change(maxRecent+key, one)
	}
	if len(r.of) != maxRecent || len(r.order) != maxRecent {
		t.Errorf("%d kept, in an order of %d", len(r.of), len(r.order))
	}
	if r.get(0) != 0 || r.get(3*maxRecent-1) != 0 || r.get(3*maxRecent) != 1 || r.get(4*maxRecent-1) != 1 {
		t.Error("the newest are not what is kept")
	}
}
