package baseline

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

// proofOf is one of the n-th network at a path.
func proofOf(s *Site, path string, n int, at time.Time) Proof {
	client := netip.AddrFrom4([4]byte{10, byte(n >> 8), byte(n), 9})
	return Proof{
		ProvenClient: ProvenClient{Endpoint: Key{Path: path}, Script: Key{Path: path}, Client: client, Method: "POST", Score: 24.1, Signals: []int{1002}, Last: at},
		Network:      s.Hash.Network(client),
	}
}

func (s *Site) proves(path string, n int, at time.Time, sessions ...uint64) (FoundProof, bool) {
	network := proofOf(s, path, n, at).Network
	if f, ok := s.Proven.Find(Key{Path: path}, network, at); ok && s.Proven.Any(true, network, at) {
		return f, true
	}
	if !s.Proven.Any(true, network, at) || !s.Proven.AnySessions() {
		return FoundProof{}, false
	}
	return s.Proven.FindSession(Key{Path: path}, slices.Values(sessions), at)
}

func TestProvenClientsAreBounded(t *testing.T) {
	s := NewSeededSite("a", start, [2]uint64{1, 2})
	for n := range maxProven + 10 {
		s.Proven.Prove(proofOf(s, "/a.php", n, start.Add(time.Duration(n)*time.Millisecond)))
	}
	now := start.Add(time.Minute)
	list, dropped := s.Proven.List(now)
	if len(list) != maxProven || dropped != 10 || s.Proven.index.Size() != maxProven {
		t.Fatalf("%d, %d dropped, %d in the index", len(list), dropped, s.Proven.index.Size())
	}
	if _, ok := s.proves("/a.php", 9, now); ok {
		t.Error("the oldest did not make room")
	}
	if _, ok := s.proves("/a.php", 10, now); !ok {
		t.Error("more than the oldest made room")
	}
	flood := NewSeededSite("a", start, [2]uint64{1, 2})
	flood.Proven.Prove(proofOf(flood, "/a.php", 1, start))
	for n := range 2 * maxProven {
		flood.Proven.Prove(proofOf(flood, fmt.Sprintf("/%d.php", n), 2, now))
	}
	if list, _ := flood.Proven.List(now); len(list) != maxProvenOfNetwork+1 {
		t.Errorf("one network has %d", len(list)-1)
	}
	if _, ok := flood.proves("/a.php", 1, now); !ok {
		t.Error("one network pushes out another's")
	}
	flood.Proven.Prove(proofOf(flood, "/"+strings.Repeat("a", 100<<10), 1, now))
	if list, _ := flood.Proven.List(now); len(list) != maxProvenOfNetwork+1 {
		t.Error("an endpoint of any length is kept")
	}
}

func TestProofsRenew(t *testing.T) {
	s := NewSeededSite("a", start, [2]uint64{1, 2})
	first := proofOf(s, "/a.php", 1, start)
	first.SessionIDs, first.Carriers = []uint64{11}, Carriers{Params: []uint64{1}, ParamSet: 5}
	s.Proven.Prove(first)
	f, ok := s.proves("/A.php", 2, start, 11)
	if !ok || !f.BySession {
		t.Fatalf("%+v %v", f, ok)
	}
	s.Proven.Refused(f)
	later := start.Add(50 * time.Minute)
	second := proofOf(s, "/a.php", 1, later)
	second.SessionIDs, second.Carriers = []uint64{12}, Carriers{Params: []uint64{2}, Channels: []uint64{3}}
	s.Proven.Prove(second)
	list, _ := s.Proven.List(later)
	if len(list) != 1 || list[0].Proofs != 2 || list[0].Refused != 1 || !list[0].First.Equal(start) || !list[0].Until().Equal(later.Add(ProvenFor)) || list[0].Sessions != 2 {
		t.Fatalf("%+v", list)
	}
	end := later.Add(ProvenFor - 1)
	for _, session := range []uint64{11, 12} {
		f, ok := s.proves("/a.php", 7, end, session)
		if c := f.Proof; !ok || !slices.Equal(c.Carriers.Params, []uint64{2, 1}) || c.Carriers.ParamSet != 5 || len(c.Carriers.Channels) != 1 {
			t.Errorf("session %d: %+v", session, f)
		}
	}
	for n := range uint64(50) {
		more := proofOf(s, "/a.php", 1, later)
		more.SessionIDs, more.Carriers.Params = []uint64{100 + n}, []uint64{100 + n}
		s.Proven.Prove(more)
	}
	if f, _ := s.proves("/a.php", 1, later); len(f.SessionIDs) > maxProvenSessions || len(f.Carriers.Params) > maxCarriers {
		t.Errorf("%d sessions, %d parameters", len(f.SessionIDs), len(f.Carriers.Params))
	}
	if s.Proven.index.Size() > maxProvenSessions+1 {
		t.Errorf("%d in the index", s.Proven.index.Size())
	}
	if over := end.Add(1); s.Proven.Any(true, first.Network, over) {
		t.Error("it never ends")
	}
}

func TestProvenClientsAreStored(t *testing.T) {
	s := NewSeededSite("a", start, [2]uint64{1, 2})
	proof := proofOf(s, "/a.php", 1, start)
	proof.Script, proof.SessionIDs = Key{Root: "/srv", Path: "/index.php"}, []uint64{11}
	proof.Carriers = Carriers{Params: []uint64{1}, ParamSet: 5, Channels: []uint64{3}}
	s.Proven.Prove(proof)
	s.Proven.Prove(proofOf(s, "/old.php", 2, start.Add(-2*ProvenFor)))
	f, _ := s.proves("/a.php", 1, start)
	s.Proven.Refused(f)
	back := reopened(t, s, start)
	want, _ := s.Proven.List(start)
	list, _ := back.Proven.List(start)
	if len(list) != 1 || fmt.Sprint(list) != fmt.Sprint(want) {
		t.Errorf("%+v, want %+v", list, want)
	}
	if found, ok := back.proves("/a.php", 3, start, 11); !ok || fmt.Sprint(found.Carriers) != fmt.Sprint(proof.Carriers) {
		t.Errorf("%+v", found)
	}
	t.Run("and outlast a baseline of another secret", func(t *testing.T) {
		other := NewSite("a", start)
		back.Decisions.SetTrust([]Key{{Path: "/b.php"}}, Trusted, Author{Via: "test"}, start, DefaultLimits())
		back.Proven.Prove(proofOf(back, "/b.php", 1, start)) // after the approval
		other.Inherit(back, true, start)
		if _, ok := other.proves("/a.php", 1, start); !ok {
			t.Error("the network is lost")
		}
		if _, ok := other.proves("/b.php", 1, start); !ok {
			t.Error("an earlier approval lifts it")
		}
		other.Decisions.SetTrust([]Key{{Path: "/index.php"}}, Trusted, Author{Via: "test"}, start, DefaultLimits())
		if _, ok := other.proves("/a.php", 1, start); ok {
			t.Error("approving the script that ran lifts nothing")
		}
	})
}

func TestSessionValues(t *testing.T) {
	for value, want := range map[string]bool{
		"9f86d081884c7d659a2feaa0c55ad015": true, "k3v0b8rr1u6c2m5q7n4t9x0z1a": true, "550e8400-e29b-41d4-a716-446655440000": true,
		"": false, "9f86d081884c7d65": false, "accept-all-cookies-of-this-site": false, "00000000000000000000000000000001": false, "1700000000000000000000": false,
		strings.Repeat("9f86d081884c7d65", 40): false,
	} {
		if SessionValue(value) != want {
			t.Errorf("%q: %v", value, !want)
		}
	}
	var s SessionValues
	for n := range uint64(100) {
		s.Learn(7, n)
		s.Learn(8, n%3)
		s.Learn(100+n, n)
	}
	if !s.Shared(7) {
		t.Error("a value of a hundred networks is a session")
	}
	if s.Shared(8) || s.Shared(150) {
		t.Error("a value of three networks, or of one, is none")
	}
}
