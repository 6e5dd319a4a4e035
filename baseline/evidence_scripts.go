package baseline

import (
	"cmp"
	"container/heap"
	"net/netip"
	"slices"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/sketch"
)

const (
	// maxEvidenceScripts bounds the scripts of which evidence is kept. Those that are
	// known to exist come first, then the worst: made-up names push nothing out.
	maxEvidenceScripts = 4096
	maxMadeUpPath      = 512 // bytes
)

// scriptEvidence is [ScriptEvidence] as it is kept. Times are Unix nanoseconds.
type scriptEvidence struct {
	key        Key
	exists     bool
	verdict    Verdict
	score      float64
	signals    []int
	flagged    uint64
	wouldBlock uint64
	networks   sketch.Distinct
	first      int64
	last       int64
	client     netip.Addr
	status     int
	against    int64 // when the last request came that speaks against the script
	approved   int64
	contained  bool // containment refused all requests against it, since the approval
	mere       bool // all of them are what visitors do, since the approval

	place int // in the heap
}

// of reports whether the evidence is about the script.
func (s *scriptEvidence) of(key Key) bool {
	return s.key.Path == key.Path && (s.key.Root == key.Root || s.key.Root == "" || key.Root == "")
}

// standing reports whether something is held against the script that nobody approved.
func (s *scriptEvidence) standing() bool { return s.against > s.approved }

// less reports whether the evidence is rather to be given up than the other.
func (s *scriptEvidence) less(other *scriptEvidence) bool {
	if s.exists != other.exists {
		return other.exists
	}
	return cmp.Or(cmp.Compare(s.verdict, other.verdict), cmp.Compare(s.score, other.score), cmp.Compare(s.last, other.last)) < 0
}

// count adds a request.
func (s *scriptEvidence) count(r *FlaggedRequest, network uint64) {
	at := r.Time.UnixNano()
	s.flagged++
	if r.BlockedAt != "" {
		s.wouldBlock++
	}
	s.networks.Add(network)
	s.exists = s.exists || r.Exists
	if s.flagged == 1 || at < s.first {
		s.first = at
	}
	if s.flagged == 1 || at >= s.last {
		s.last, s.client, s.status = at, r.Client, r.Status
	}
	if !r.standing() {
		return
	}
	begins := !s.standing()
	s.against = max(s.against, at)
	begins = begins && s.standing()
	s.contained = r.Contained && (begins || s.contained)
	s.mere = r.Mere && (begins || s.mere)
	if begins || cmp.Or(cmp.Compare(s.verdict, r.Verdict), cmp.Compare(s.score, r.Score)) < 0 {
		s.verdict, s.score, s.signals = r.Verdict, r.Score, slices.Clone(r.Signals)
	}
}

// merge adds the evidence of another baseline. The sketches of the networks can be
// merged only if both have the same secret: the larger one is a lower bound.
func (s *scriptEvidence) merge(other *scriptEvidence) {
	if other.networks.Count() > s.networks.Count() {
		s.networks.Restore(other.networks.Record(nil))
	}
	s.exists = s.exists || other.exists
	s.flagged += other.flagged
	s.wouldBlock += other.wouldBlock
	s.first = min(s.first, other.first)
	if other.last >= s.last {
		s.last, s.client, s.status = other.last, other.client, other.status
	}
	if cmp.Or(cmp.Compare(s.verdict, other.verdict), cmp.Compare(s.score, other.score)) < 0 {
		s.verdict, s.score, s.signals = other.verdict, other.score, other.signals
	}
	s.contained = s.contained && other.contained
	s.mere = s.mere && other.mere
	s.against, s.approved = max(s.against, other.against), max(s.approved, other.approved)
}

func (s *scriptEvidence) export() ScriptEvidence {
	e := ScriptEvidence{
		Key: s.key, Verdict: s.verdict, Score: s.score, Signals: slices.Clone(s.signals), Flagged: s.flagged, WouldBlock: s.wouldBlock, Networks: s.networks.Count(),
		First: time.Unix(0, s.first).UTC(), Last: time.Unix(0, s.last).UTC(), Client: s.client, Status: s.status, Standing: s.standing(), Contained: s.standing() && s.contained,
		Mere: s.standing() && s.mere,
	}
	if s.approved != 0 {
		e.Approved = time.Unix(0, s.approved).UTC()
	}
	return e
}

// scriptEvidences is the evidence of scripts by path, and as a heap with what is given
// up first on top.
type scriptEvidences struct {
	byPath map[string][]*scriptEvidence
	heap   []*scriptEvidence
}

// add counts a request to a script or route, if there is room for it.
func (t *scriptEvidences) add(key Key, r *FlaggedRequest, network uint64) {
	s := t.find(key)
	if s != nil {
		s.count(r, network)
		heap.Fix(t, s.place)
		return
	}
	s = &scriptEvidence{key: key}
	s.count(r, network)
	t.insert(s)
}

// merge adds the evidence of another baseline.
func (t *scriptEvidences) merge(other *scriptEvidence) {
	if s := t.find(other.key); s != nil {
		s.merge(other)
		heap.Fix(t, s.place)
		return
	}
	t.insert(other)
}

func (t *scriptEvidences) find(key Key) *scriptEvidence {
	for _, s := range t.byPath[key.Path] {
		if s.key == key {
			return s
		}
	}
	return nil
}

// insert adds evidence of a script that has none. If there is no room, the weakest of
// all is given up.
func (t *scriptEvidences) insert(s *scriptEvidence) {
	if len(t.heap) >= maxEvidenceScripts {
		if s.less(t.heap[0]) {
			return
		}
		t.remove(t.heap[0])
	}
	if t.byPath == nil {
		t.byPath = make(map[string][]*scriptEvidence)
	}
	t.byPath[s.key.Path] = append(t.byPath[s.key.Path], s)
	heap.Push(t, s)
}

func (t *scriptEvidences) remove(s *scriptEvidence) {
	heap.Remove(t, s.place)
	same := slices.DeleteFunc(t.byPath[s.key.Path], func(other *scriptEvidence) bool { return other == s })
	if len(same) == 0 {
		delete(t.byPath, s.key.Path)
	} else {
		t.byPath[s.key.Path] = same
	}
}

// expire removes what was last seen before the time given.
func (t *scriptEvidences) expire(before time.Time) (expired bool) {
	for _, s := range slices.Clone(t.heap) {
		if s.last < before.UnixNano() {
			t.remove(s)
			expired = true
		}
	}
	return expired
}

// Len, Less, Swap, Push and Pop implement [heap.Interface].
func (t *scriptEvidences) Len() int           { return len(t.heap) }
func (t *scriptEvidences) Less(i, j int) bool { return t.heap[i].less(t.heap[j]) }

func (t *scriptEvidences) Swap(i, j int) {
	t.heap[i], t.heap[j] = t.heap[j], t.heap[i]
	t.heap[i].place, t.heap[j].place = i, j
}

func (t *scriptEvidences) Push(x any) {
	s := x.(*scriptEvidence)
	s.place = len(t.heap)
	t.heap = append(t.heap, s)
}

func (t *scriptEvidences) Pop() any {
	last := len(t.heap) - 1
	s := t.heap[last]
	t.heap[last] = nil
	t.heap = t.heap[:last]
	return s
}
