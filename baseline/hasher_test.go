package baseline

import (
	"encoding/binary"
	"net/netip"
	"testing"
)

// Sketches keep 31 bits of a hash, in which collisions are easily found by whoever
// knows the secret: networks that count as one, or fill up what is exact. Whoever
// knows that of one site knows nothing of another.
func TestCollisionsOfOneSiteAreNoneOfAnother(t *testing.T) {
	one, other := NewSite("a", start), NewSite("a", start)
	if one.Hash.secret == other.Hash.secret || one.Hash.secret == [2]uint64{} {
		t.Fatalf("secrets %x and %x", one.Hash.secret, other.Hash.secret)
	}
	network := func(n uint32) netip.Addr {
		return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, n<<8)))
	}
	short := func(s *Site, n uint32) uint32 { return uint32(s.Hash.Network(network(n))>>32) | 1 } // as sketch.add
	seen := make(map[uint32]uint32)
	collisions, shared := 0, 0
	for n := range uint32(1 << 19) {
		if before, there := seen[short(one, n)]; there {
			collisions++
			if short(other, n) == short(other, before) {
				shared++
			}
		}
		seen[short(one, n)] = n
	}
	// 2³⁸ / 2 pairs, of which one in 2³¹ collides: 64.
	if collisions < 20 || shared > 0 {
		t.Errorf("%d collisions in one site, %d of them in another too", collisions, shared)
	}
}

func TestNetworksAreWhatOneClientCanHave(t *testing.T) {
	s := NewSite("a", start)
	hash := func(addr string) uint64 { return s.Hash.Network(netip.MustParseAddr(addr)) }
	if hash("192.0.2.1") != hash("192.0.2.200") || hash("192.0.2.1") != hash("::ffff:192.0.2.9") {
		t.Error("addresses of one IPv4 /24 differ")
	}
	if hash("192.0.2.1") == hash("192.0.3.1") {
		t.Error("two IPv4 /24 are one")
	}
	if hash("2001:db8:1:2::1") != hash("2001:db8:1:3::1") || hash("2001:db8:1::1") == hash("2001:db8:2::1") {
		t.Error("the IPv6 network is not the /48")
	}
	if hash("192.0.2.1") == NewSite("a", start).Hash.Network(netip.MustParseAddr("192.0.2.1")) {
		t.Error("the hash does not depend on the site's secret")
	}
	s.Hash.Network(netip.Addr{}) // unknown is a network too
}
