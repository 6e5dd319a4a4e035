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

	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
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
	Network  uint64   // of the client; 0 if it is unknown
	Sessions []uint64 // by [Hasher.Session]
	Carriers Carriers
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

// Prove keeps a proof. One of a client that is proven already renews that.
func (p *ProvenClients) Prove(proof Proof) {
	if proof.Network == 0 && len(proof.Sessions) == 0 || len(proof.Endpoint.Path) > scriptpath.MaxPathLen || len(proof.Endpoint.Root) > scriptpath.MaxPathLen {
		return
	}
	proof.Endpoint.Path, proof.Script.Path = strings.Clone(proof.Endpoint.Path), strings.Clone(proof.Script.Path)
	proof.Proofs, proof.First = max(proof.Proofs, 1), proof.Last
	p.mu.Lock()
	defer p.mu.Unlock()
	p.add(proof)
	p.dirty.set()
}

// add must be called with the lock held.
func (p *ProvenClients) add(proof Proof) {
	proof.Sessions = proof.Sessions[:min(len(proof.Sessions), maxProvenSessions)]
	c := &provenClient{Proof: proof}
	at := p.endpoint(proof.Endpoint)
	if proof.Network != 0 {
		c.ids = append(c.ids, provenID{at, proof.Network})
	}
	for _, session := range proof.Sessions {
		c.ids = append(c.ids, provenID{at, session})
	}
	if old, ok := p.index.Load(c.ids[0]); ok && old.ids[0] == c.ids[0] {
		c.renew(old)
		p.remove(old)
	}
	c.ProvenClient.Sessions = len(c.ids)
	if proof.Network != 0 {
		c.ProvenClient.Sessions--
	}
	p.makeRoom(proof.Network)
	for _, id := range c.ids {
		p.index.Store(id, c)
	}
	p.list = append(p.list, c)
	p.count(c, 1)
	p.mark(c)
	if p.networks == nil {
		p.networks = make(map[uint64]int)
	}
	p.networks[proof.Network]++
	p.until.Store(max(p.until.Load(), c.Until().UnixNano()))
}

// renew adds what was known of the client before.
func (c *provenClient) renew(old *provenClient) {
	c.First = old.First
	c.Proofs += old.Proofs
	c.refused.Store(old.refused.Load())
	for _, id := range old.ids {
		if len(c.ids) <= maxProvenSessions && !slices.Contains(c.ids, id) {
			c.ids = append(c.ids, id)
			c.Proof.Sessions = append(c.Proof.Sessions, id.client)
		}
	}
	c.Carriers.merge(&old.Carriers)
}

// maxCarriers bounds the names of each kind that are kept.
const maxCarriers = 16

func (c *Carriers) merge(old *Carriers) {
	union := func(names, more []uint64) []uint64 {
		for _, name := range more {
			if len(names) < maxCarriers && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
		return names
	}
	c.Params, c.Channels = union(c.Params, old.Params), union(c.Channels, old.Channels)
	if c.ParamSet == 0 {
		c.ParamSet = old.ParamSet
	}
}

// makeRoom drops the oldest where there is no room for one more.
func (p *ProvenClients) makeRoom(network uint64) {
	drop := func(of func(*provenClient) bool) {
		if i := slices.IndexFunc(p.list, of); i >= 0 {
			p.remove(p.list[i])
			p.dropped++
		}
	}
	if p.networks[network] >= maxProvenOfNetwork && network != 0 {
		drop(func(c *provenClient) bool { return c.Network == network })
	}
	if len(p.list) >= maxProven {
		drop(func(*provenClient) bool { return true })
	}
}

// remove must be called with the lock held.
func (p *ProvenClients) remove(c *provenClient) {
	for _, id := range c.ids {
		if held, ok := p.index.Load(id); ok && held == c {
			p.index.Delete(id)
		}
	}
	if i := slices.Index(p.list, c); i >= 0 {
		p.list = slices.Delete(p.list, i, i+1)
	}
	p.count(c, -1)
	if p.networks[c.Network]--; p.networks[c.Network] <= 0 {
		delete(p.networks, c.Network)
	}
}

// count counts what a client was proven by, and is known by.
func (p *ProvenClients) count(c *provenClient, by int64) {
	if c.Carriers.ParamSet != 0 || len(c.Carriers.Params)+len(c.Carriers.Channels) > 0 {
		p.reads.Add(by)
	}
	p.sessions.Add(by * int64(c.ProvenClient.Sessions))
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
func (p *ProvenClients) removeIf(of func(*provenClient) bool) (any bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range slices.Clone(p.list) {
		if of(c) {
			p.remove(c)
			any = true
		}
	}
	p.remark()
	return any
}
