package baseline

import (
	"crypto/rand"
	"encoding/binary"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dchest/siphash"
	"github.com/puzpuzpuz/xsync/v4"
)

// Site is the baseline of one site. All methods may be called concurrently.
type Site struct {
	name     string
	secret   [2]uint64 // keys every stored hash
	profiles *xsync.Map[Key, *Profile]
	mounts   mounts
	fronts   fronts

	started   atomic.Int64 // Unix nanoseconds; when learning began
	closed    atomic.Int64 // when it ended; 0 while learning
	closing   sync.Mutex   // held by whoever ends learning
	visits    *xsync.Counter
	coverage  coverage
	networks  sketch // distinct client networks of the site
	rates     Rates
	trust     [trustCount]atomic.Int64 // profiles by trust
	overflows atomic.Uint64
	dirty     atomic.Bool
}

// NewSite returns an empty baseline that begins to learn at the time given.
func NewSite(name string, now time.Time) *Site {
	s := &Site{name: name, profiles: xsync.NewMap[Key, *Profile](), visits: xsync.NewCounter()}
	var secret [16]byte
	rand.Read(secret[:]) // never fails (Go 1.24)
	s.secret = [2]uint64{binary.LittleEndian.Uint64(secret[:]), binary.LittleEndian.Uint64(secret[8:])}
	s.started.Store(now.UnixNano())
	return s
}

// Name returns the site's name.
func (s *Site) Name() string { return s.name }

// Rates returns the habits of the site's traffic, for reading and counting.
func (s *Site) Rates() *Rates { return &s.rates }

// Lookup returns the profile of a script, or nil. It takes no lock and does
// not allocate.
func (s *Site) Lookup(key Key) *Profile {
	p, _ := s.profiles.Load(key)
	return p
}

// Scripts returns how many scripts have the trust given.
func (s *Site) Scripts(t Trust) int { return int(s.trust[min(t, trustCount-1)].Load()) }

// Visits returns how many visits were learned.
func (s *Site) Visits() int64 { return s.visits.Value() }

// Overflows returns how many times a script got no profile for want of room.
func (s *Site) Overflows() uint64 { return s.overflows.Load() }

// Networks estimates how many client networks visited the site's scripts.
func (s *Site) Networks() int { return s.networks.count() }

// NetworkHash identifies the network of a client: the /24 of an IPv4 address,
// the /48 of an IPv6 address (the size of an end site, RFC 6177), hashed with
// the site's secret. An unknown address is a network of its own.
func (s *Site) NetworkHash(client netip.Addr) uint64 {
	client = client.Unmap()
	size := 48
	if client.Is4() {
		size = 24
	}
	prefix, err := client.Prefix(size)
	if err != nil {
		return siphash.Hash(s.secret[0], s.secret[1], nil)
	}
	addr := prefix.Addr().As16()
	return siphash.Hash(s.secret[0], s.secret[1], addr[:])
}

// SetTrust sets the trust of a script as an operator or a manifest decides,
// and makes a profile for it if there is none. To trust a script is to approve
// of the methods it has taken so far. It reports whether there was room.
func (s *Site) SetTrust(key Key, t Trust, now time.Time, l Limits) bool {
	p := s.profile(key, now, l)
	if p == nil {
		return false
	}
	if t == Trusted {
		p.methods.approve()
	}
	s.setTrust(p, t)
	s.dirty.Store(true)
	return true
}

func (s *Site) setTrust(p *Profile, t Trust) {
	if old := Trust(p.trust.Swap(uint32(t))); old != t {
		s.trust[old].Add(-1)
		s.trust[t].Add(1)
	}
}

// profile returns the script's profile, making one if there is room.
func (s *Site) profile(key Key, now time.Time, l Limits) *Profile {
	if p := s.Lookup(key); p != nil {
		return p
	}
	if len(key.Path) > MaxPathLen || s.profiles.Size() >= l.MaxScripts {
		s.overflows.Add(1)
		return nil
	}
	fresh := &Profile{key: key, late: s.closed.Load() != 0}
	fresh.first.Store(now.Unix())
	fresh.last.Store(now.Unix())
	p, existed := s.profiles.LoadOrStore(key, fresh)
	if !existed {
		s.trust[Provisional].Add(1)
	}
	return p
}
