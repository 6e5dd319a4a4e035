package baseline

import (
	"fmt"
	"slices"
	"time"
)

// provenClientRecord is a proven client as it is stored.
type provenClientRecord struct {
	Root       string   `cbor:"1,keyasint,omitempty"`
	Path       string   `cbor:"2,keyasint"`
	ScriptRoot string   `cbor:"3,keyasint,omitempty"`
	ScriptPath string   `cbor:"4,keyasint,omitempty"`
	Client     []byte   `cbor:"5,keyasint,omitempty"`
	Method     string   `cbor:"6,keyasint,omitempty"`
	Score      float64  `cbor:"7,keyasint"`
	Signals    []int    `cbor:"8,keyasint,omitempty"`
	First      int64    `cbor:"9,keyasint"` // Unix nanoseconds, as Last
	Last       int64    `cbor:"10,keyasint"`
	Proofs     uint64   `cbor:"11,keyasint"`
	Refused    uint64   `cbor:"12,keyasint,omitempty"`
	Network    uint64   `cbor:"13,keyasint,omitempty"`
	Sessions   []uint64 `cbor:"14,keyasint,omitempty"`
	Params     []uint64 `cbor:"15,keyasint,omitempty"`
	ParamSet   uint64   `cbor:"16,keyasint,omitempty"`
	Channels   []uint64 `cbor:"17,keyasint,omitempty"`
}

// List lists the clients that are proven at the time given, the latest first, and returns
// how many were dropped because there was no room.
func (p *ProvenClients) List(now time.Time) (list []ProvenClient, dropped uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range slices.Backward(p.list) {
		if c.holds(now) {
			shown := c.ProvenClient
			shown.Refused = c.refused.Load()
			list = append(list, shown)
		}
	}
	return list, p.dropped
}

// Expire forgets those whose hour is over.
func (p *ProvenClients) Expire(now time.Time) {
	p.removeIf(func(c *provenClient) bool { return !c.holds(now) })
}

// records returns all as they are stored, the oldest first.
func (p *ProvenClients) records() (records []provenClientRecord) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.list {
		records = append(records, provenClientRecord{
			Root: c.Endpoint.Root, Path: c.Endpoint.Path, ScriptRoot: c.Script.Root, ScriptPath: c.Script.Path, Client: c.Client.AsSlice(), Method: c.Method,
			Score: c.Score, Signals: c.Signals, First: c.First.UnixNano(), Last: c.Last.UnixNano(), Proofs: c.Proofs, Refused: c.refused.Load(),
			Network: c.Network, Sessions: c.SessionIDs, Params: c.Carriers.Params, ParamSet: c.Carriers.ParamSet, Channels: c.Carriers.Channels,
		})
	}
	return records
}

// restore takes back a proven client. Its bounds hold for what comes from storage, too.
func (p *ProvenClients) restore(rec *provenClientRecord) error {
	if !sensible(rec.Path, Malicious, rec.Score) || rec.Network == 0 && len(rec.Sessions) == 0 {
		return fmt.Errorf("the proven client of %q makes no sense", rec.Path)
	}
	few := func(hashes []uint64) []uint64 { return hashes[:min(len(hashes), maxCarriers)] }
	p.mu.Lock()
	defer p.mu.Unlock()
	p.add(Proof{
		ProvenClient: ProvenClient{
			Endpoint: Key{Root: rec.Root, Path: rec.Path}, Script: Key{Root: rec.ScriptRoot, Path: rec.ScriptPath}, Client: address(rec.Client), Method: rec.Method,
			Score: rec.Score, Signals: rec.Signals, First: time.Unix(0, rec.First).UTC(), Last: time.Unix(0, rec.Last).UTC(), Proofs: rec.Proofs,
		},
		Network: rec.Network, SessionIDs: rec.Sessions, Carriers: Carriers{Params: few(rec.Params), ParamSet: rec.ParamSet, Channels: few(rec.Channels)},
	})
	p.list[len(p.list)-1].refused.Add(rec.Refused)
	return nil
}

// inherit takes over the proven clients of the baseline that this one replaces, if its
// hashes are the same: those of another secret say nothing here.
func (p *ProvenClients) inherit(old *ProvenClients) {
	for _, rec := range old.records() {
		if p.hash != old.hash {
			rec.rehash(p.hash)
		}
		if p.restore(&rec) != nil {
			continue // neither its network nor a session is known
		}
	}
}

// rehash makes the record one of another secret: the client's network is known by its
// address, and its carriers and sessions only by their hashes, which are left.
func (rec *provenClientRecord) rehash(h Hasher) {
	rec.Network, rec.Sessions, rec.Params, rec.ParamSet, rec.Channels = 0, nil, nil, 0, nil
	if client := address(rec.Client); client.IsValid() {
		rec.Network = h.Network(client)
	}
}
