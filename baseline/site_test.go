package baseline

import (
	"net/netip"
	"time"
)

var (
	start  = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	limits = Limits{LearnMin: time.Hour, Coverage: 0.95, MaxScripts: 1000}
)

func network(s *Site, n int) uint64 {
	return s.Hash.Network(netip.AddrFrom4([4]byte{10, byte(n >> 8), byte(n), 1}))
}

// visit has the n-th network GET the path.
func visit(s *Site, path string, n int, at time.Time) *Profile {
	return s.Learn(Key{Path: path}, Visit{Time: at, Status: 200, Network: network(s, n)}, limits)
}
