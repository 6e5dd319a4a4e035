package baseline

import (
	"hash/maphash"
	"iter"
	"math/bits"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/puzpuzpuz/xsync/v4"
)

const (
	// ProvenFor is how long a proof counts. An estimate: sessions with shells last
	// minutes, and an address that changes hands should not be refused for long.
	ProvenFor = time.Hour
	// maxProven bounds the proven clients of a site, and maxProvenOfNetwork those of one
	// client network. The oldest make room.
	maxProven          = 4096
	maxProvenOfNetwork = 64
	// maxProvenSessions bounds the sessions that one request brings.
	maxProvenSessions = 4
)

// ProvenClient is a client whose request to an endpoint was malicious.
type ProvenClient struct {
	Endpoint Key
	Script   Key        // what the verdict was about, which may be what ran for the endpoint
	Client   netip.Addr // of the latest proof; invalid if unknown
	Method   string
	Score    float64 // bits, of the latest proof
	Signals  []int   // IDs of those that fired then
	// First and Last are the times of the first proof and the latest.
	First, Last time.Time
	Proofs      uint64
	// Refused counts the requests that were held against the client since.
	Refused uint64
	// Sessions is how many sessions identify the client, besides its network.
	Sessions int
}

// Until returns when the client is no longer refused.
func (c *ProvenClient) Until() time.Time { return c.Last.Add(ProvenFor) }

// Carriers are the ways by which a proof came that carried no payload: hashed names. What
// comes by one of them may be the next command.
type Carriers struct {
	Params   []uint64 // of parameters that the endpoint did not know
	ParamSet uint64   // of all of the query's parameters, if it knew each; 0 if there are none
	Channels []uint64 // of header fields and cookies
}

// Proof is a malicious exchange, as far as it proves who is an attacker.
type Proof struct {
	ProvenClient
	Network    uint64   // of the client; 0 if it is unknown
	SessionIDs []uint64 // by [Hasher.Session]
	Carriers   Carriers
}

// ProvenClients are the clients that were proven malicious at an endpoint within the last
// hour. Looking one up takes no lock. It is bounded: the oldest make room.
type ProvenClients struct {
	hash  Hasher // of networks and sessions
	dirty *dirtyMark
	seed  maphash.Seed // of the index
	index *xsync.Map[provenID, *provenClient]
	until atomic.Int64 // Unix nanoseconds at which the last one ends
	// reads is how many were proven by reads, and sessions how many sessions there are.
	reads, sessions atomic.Int64
	// networkBits and endpointBits are marked for each: most requests need no more than one
	// look at either. They are made anew when clients expire.
	networkBits, endpointBits marks

	mu       sync.Mutex
	list     []*provenClient // by the time of the latest proof
	networks map[uint64]int  // how many each has
	dropped  uint64
}

// provenID is an endpoint with a client network, or with a session.
type provenID struct{ endpoint, client uint64 }

// provenClient is a proven client as it is kept. Only refused changes.
type provenClient struct {
	Proof
	ids     []provenID
	refused atomic.Uint64
}

// Any reports whether a request of a network at the time given can be one of a proven
// client's: a payload can while there are any, a read while one was proven by reads.
func (p *ProvenClients) Any(payload bool, network uint64, now time.Time) bool {
	return now.UnixNano() < p.until.Load() && (payload || p.reads.Load() > 0) && (p.networkBits.has(network) || p.sessions.Load() > 0)
}

// Find returns the proof that holds of a client network at an endpoint. The network is 0
// if unknown.
func (p *ProvenClients) Find(endpoint Key, network uint64, now time.Time) (found FoundProof, ok bool) {
	if network == 0 || !p.networkBits.has(network) || !p.endpointBits.has(endpointMark(endpoint.Path)) {
		return FoundProof{}, false
	}
	c, ok := p.index.Load(provenID{p.endpoint(endpoint), network})
	if !ok || !c.holds(now) {
		return FoundProof{}, false
	}
	return FoundProof{Proof: &c.Proof, kept: c}, true
}

// FindSession returns the proof that holds of one of a client's sessions at an endpoint.
func (p *ProvenClients) FindSession(endpoint Key, sessions iter.Seq[uint64], now time.Time) (found FoundProof, ok bool) {
	if !p.endpointBits.has(endpointMark(endpoint.Path)) {
		return FoundProof{}, false
	}
	at := p.endpoint(endpoint)
	for session := range sessions {
		if c, ok := p.index.Load(provenID{at, session}); ok && c.holds(now) {
			return FoundProof{Proof: &c.Proof, BySession: true, kept: c}, true
		}
	}
	return FoundProof{}, false
}

// AnySessions reports whether any proven client is known by a session.
func (p *ProvenClients) AnySessions() bool { return p.sessions.Load() > 0 }

// FoundProof is a proof that holds of a client. It must not be changed.
type FoundProof struct {
	*Proof
	BySession bool // the client was known by a session, and came from another network
	kept      *provenClient
}

// Refused counts a request that was held against the client.
func (p *ProvenClients) Refused(f FoundProof) {
	f.kept.refused.Add(1)
	p.dirty.set()
}

// holds reports whether the latest proof is not too old, nor of a clock that was ahead.
func (c *provenClient) holds(now time.Time) bool {
	age := now.Sub(c.Last)
	return age < ProvenFor && age > -ProvenFor
}

// endpoint hashes an endpoint, whatever its case: servers that tell cases apart have no
// two endpoints that differ in nothing else.
func (p *ProvenClients) endpoint(key Key) uint64 {
	return bits.RotateLeft64(maphash.String(p.seed, key.Root), 1) ^ maphash.String(p.seed, strings.ToLower(key.Path))
}

// lift forgets the clients that were proven malicious at a script, or at an endpoint for
// which it ran. If one of both has no document root, they are the same where the path is.
func (p *ProvenClients) lift(key Key) {
	if p.removeIf(func(c *provenClient) bool { return key.means(c.Endpoint) || key.means(c.Script) }) {
		p.dirty.set()
	}
}

func (k Key) means(other Key) bool {
	return k.Path == other.Path && (k.Root == other.Root || k.Root == "" || other.Root == "")
}

// removeIf removes those of which the function says so, and reports whether there were any.
func (p *ProvenClients) removeIf(of func(*provenClient) bool) (removed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range slices.Clone(p.list) {
		if of(c) {
			p.remove(c)
			removed = true
		}
	}
	p.remark()
	return removed
}
