package baseline

import (
	"crypto/rand"
	"encoding/binary"
	"iter"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dchest/siphash"
	"github.com/puzpuzpuz/xsync/v4"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/sketch"
)

// Site is the baseline of one site. All methods may be called concurrently.
type Site struct {
	name     string
	secret   [2]uint64 // keys every stored hash
	profiles *xsync.Map[Key, *Profile]
	mounts   mounts
	absent   absentPages
	births   births
	routes   routes
	places   places

	started     atomic.Int64 // Unix nanoseconds; when learning began
	closed      atomic.Int64 // when it ended; 0 while learning
	closing     sync.Mutex   // held by whoever ends learning
	visits      *xsync.Counter
	coverage    coverage
	networks    sketch.Distinct // distinct client networks of the site
	rates       Rates
	trust       [trustCount]atomic.Int64 // profiles by trust
	takers      atomic.Int64             // scripts that take payloads, when learning had ended
	amongData   atomic.Int64             // scripts among data that were only read, the same
	quota       quota
	decisions   decisions
	deploy      deployment
	containment containment
	decided     atomic.Bool            // an operator decided about scripts before any root was known
	rootless    atomic.Bool            // profiles without a document root stand for any: logs taught them
	saved       atomic.Int64           // Unix nanoseconds of the generation last stored; 0 if none is
	suffixes    atomic.Pointer[string] // of scripts, as it was last used
	dirty       atomic.Bool
	tidy        bool // nothing that failed has left parts behind; only Save touches it
}

// NewSite returns an empty baseline that begins to learn at the time given.
func NewSite(name string, now time.Time) *Site {
	var secret [16]byte
	rand.Read(secret[:]) // never fails (Go 1.24)
	return NewSeededSite(name, now, [2]uint64{binary.LittleEndian.Uint64(secret[:]), binary.LittleEndian.Uint64(secret[8:])})
}

// NewSeededSite is NewSite with a given secret, for outcomes that repeat. Whoever
// knows the secret can make what is counted in sketches collide.
func NewSeededSite(name string, now time.Time, secret [2]uint64) *Site {
	s := &Site{name: name, secret: secret, profiles: xsync.NewMap[Key, *Profile](), visits: xsync.NewCounter()}
	s.routes.nodes = xsync.NewMap[uint64, *routeNode]()
	s.places.dirs = xsync.NewMap[uint64, *Place]()
	s.started.Store(now.UnixNano())
	return s
}

// UseSuffixes notes which suffixes scripts have from now on, and returns those they
// had before, or "" if that is not known. What was learned under others means
// something else: a script of a new suffix was a file.
func (s *Site) UseSuffixes(suffixes string) (before string) {
	old := s.suffixes.Swap(&suffixes)
	if old == nil {
		s.dirty.Store(true)
		return ""
	}
	if *old != suffixes {
		s.dirty.Store(true)
	}
	return *old
}

// Name returns the site's name.
func (s *Site) Name() string { return s.name }

// Rates returns the habits of the site's traffic, for reading and counting.
func (s *Site) Rates() *Rates { return &s.rates }

// Lookup returns the profile of a script, or nil. It takes no lock and does
// not allocate.
func (s *Site) Lookup(key Key) *Profile {
	p, ok := s.profiles.Load(key)
	if ok || key.Root == "" {
		return p
	}
	if s.rootless.Load() {
		p, _ = s.profiles.Load(Key{Path: key.Path})
	} else if s.decided.Load() {
		if q, _ := s.profiles.Load(Key{Path: key.Path}); q != nil && q.decided() {
			return q
		}
	}
	return p
}

// noteRootless finds out whether no profile has a document root: logs know none. Then
// each stands for the script of its path under any root.
func (s *Site) noteRootless() {
	for key := range s.profiles.AllRelaxed() {
		if key.Root != "" {
			return
		}
	}
	s.rootless.Store(s.profiles.Size() > 0)
}

// Scripts returns how many scripts have the trust given.
func (s *Site) Scripts(t Trust) int { return int(s.trust[min(t, trustCount-1)].Load()) }

// Saved returns the time of the generation that was stored last, or the zero time.
func (s *Site) Saved() time.Time {
	if at := s.saved.Load(); at != 0 {
		return time.Unix(0, at).UTC()
	}
	return time.Time{}
}

// Roots lists the document roots under which scripts are known, in order; "" is
// where none was.
func (s *Site) Roots() []string {
	roots := make(map[string]struct{})
	for key := range s.profiles.AllRelaxed() {
		roots[key.Root] = struct{}{}
	}
	if list := s.mounts.list.Load(); list != nil {
		for _, m := range *list {
			roots[m.root] = struct{}{}
		}
	}
	return slices.Sorted(maps.Keys(roots))
}

// Profiles lists the scripts and routes that are known, in no order.
func (s *Site) Profiles() iter.Seq[*Profile] {
	return func(yield func(*Profile) bool) {
		for _, p := range s.profiles.AllRelaxed() {
			if !yield(p) {
				return
			}
		}
	}
}

// Visits returns how many visits were learned.
func (s *Site) Visits() int64 { return s.visits.Value() }

// Networks estimates how many client networks visited the site's scripts.
func (s *Site) Networks() int { return s.networks.Count() }

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
