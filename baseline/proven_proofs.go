package baseline

import (
	"slices"
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

// Prove keeps a proof. One of a client that is proven already renews that.
func (p *ProvenClients) Prove(proof Proof) {
	if proof.Network == 0 && len(proof.SessionIDs) == 0 || len(proof.Endpoint.Path) > scriptpath.MaxPathLen || len(proof.Endpoint.Root) > scriptpath.MaxPathLen {
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
	proof.SessionIDs = proof.SessionIDs[:min(len(proof.SessionIDs), maxProvenSessions)]
	c := &provenClient{Proof: proof}
	at := p.endpoint(proof.Endpoint)
	if proof.Network != 0 {
		c.ids = append(c.ids, provenID{at, proof.Network})
	}
	for _, session := range proof.SessionIDs {
		c.ids = append(c.ids, provenID{at, session})
	}
	if old, ok := p.index.Load(c.ids[0]); ok && old.ids[0] == c.ids[0] {
		c.renew(old)
		p.remove(old)
	}
	c.Sessions = len(c.ids)
	if proof.Network != 0 {
		c.Sessions--
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
			c.SessionIDs = append(c.SessionIDs, id.client)
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
	p.sessions.Add(by * int64(c.Sessions))
}
