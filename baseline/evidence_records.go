package baseline

import (
	"fmt"
	"math"
	"net/netip"
	"strings"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
	"github.com/webshell-guard/caddy-webshell-guard/baseline/sketch"
)

// scriptEvidenceRecord is the evidence of a script as it is stored.
type scriptEvidenceRecord struct {
	Root       string                `cbor:"1,keyasint,omitempty"`
	Path       string                `cbor:"2,keyasint"`
	Exists     bool                  `cbor:"3,keyasint,omitempty"`
	Verdict    Verdict               `cbor:"4,keyasint,omitempty"`
	Score      float64               `cbor:"5,keyasint,omitempty"`
	Signals    []int                 `cbor:"6,keyasint,omitempty"`
	Flagged    uint64                `cbor:"7,keyasint"`
	WouldBlock uint64                `cbor:"8,keyasint,omitempty"`
	Networks   sketch.DistinctRecord `cbor:"9,keyasint"`
	First      int64                 `cbor:"10,keyasint"` // Unix nanoseconds, as all times here
	Last       int64                 `cbor:"11,keyasint"`
	Client     []byte                `cbor:"12,keyasint,omitempty"`
	Status     int                   `cbor:"13,keyasint,omitempty"`
	Against    int64                 `cbor:"14,keyasint,omitempty"`
	Approved   int64                 `cbor:"15,keyasint,omitempty"`
	Contained  bool                  `cbor:"16,keyasint,omitempty"`
	Mere       bool                  `cbor:"17,keyasint,omitempty"`
}

// flaggedRequestRecord is a flagged request as it is stored.
type flaggedRequestRecord struct {
	Time      int64   `cbor:"1,keyasint"`
	Client    []byte  `cbor:"2,keyasint,omitempty"`
	Method    string  `cbor:"3,keyasint,omitempty"`
	URI       string  `cbor:"4,keyasint,omitempty"`
	Root      string  `cbor:"5,keyasint,omitempty"`
	Path      string  `cbor:"6,keyasint"`
	Exists    bool    `cbor:"7,keyasint,omitempty"`
	Status    int     `cbor:"8,keyasint,omitempty"`
	Verdict   Verdict `cbor:"9,keyasint,omitempty"`
	Score     float64 `cbor:"10,keyasint,omitempty"`
	Signals   []int   `cbor:"11,keyasint,omitempty"`
	BlockedAt string  `cbor:"12,keyasint,omitempty"`
	TakenBack bool    `cbor:"13,keyasint,omitempty"`
	Denied    bool    `cbor:"14,keyasint,omitempty"`
	Contained bool    `cbor:"15,keyasint,omitempty"`
	Route     string  `cbor:"16,keyasint,omitempty"`
}

// records returns all evidence as it is stored, the requests oldest first.
func (e *Evidence) records() (scripts []scriptEvidenceRecord, requests []flaggedRequestRecord) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, s := range e.scripts.heap {
		scripts = append(scripts, scriptEvidenceRecord{
			Root: s.key.Root, Path: s.key.Path, Exists: s.exists, Verdict: s.verdict, Score: s.score, Signals: s.signals, Flagged: s.flagged, WouldBlock: s.wouldBlock,
			Networks: s.networks.Record(nil), First: s.first, Last: s.last, Client: s.client.AsSlice(), Status: s.status, Against: s.against, Approved: s.approved, Contained: s.contained, Mere: s.mere,
		})
	}
	for _, r := range e.requests.kept {
		requests = append(requests, flaggedRequestRecord{
			Time: r.Time.UnixNano(), Client: r.Client.AsSlice(), Method: r.Method, URI: r.URI, Root: r.Script.Root, Path: r.Script.Path, Exists: r.Exists, Status: r.Status,
			Verdict: r.Verdict, Score: r.Score, Signals: r.Signals, BlockedAt: r.BlockedAt, TakenBack: r.TakenBack, Denied: r.Denied, Contained: r.Contained, Route: r.Route,
		})
	}
	return scripts, requests
}

// evidence makes the evidence that was stored.
func (rec *scriptEvidenceRecord) evidence() *scriptEvidence {
	s := &scriptEvidence{
		key: Key{Root: rec.Root, Path: rec.Path}, exists: rec.Exists, verdict: rec.Verdict, score: rec.Score, signals: rec.Signals, flagged: rec.Flagged, wouldBlock: rec.WouldBlock,
		first: rec.First, last: rec.Last, client: address(rec.Client), status: rec.Status, against: rec.Against, approved: rec.Approved, contained: rec.Contained, mere: rec.Mere,
	}
	s.networks.Restore(rec.Networks)
	return s
}

// flagged makes the request that was stored.
func (e *Evidence) flagged(rec *flaggedRequestRecord) *flaggedRequest {
	client := address(rec.Client)
	return &flaggedRequest{FlaggedRequest{
		Time: time.Unix(0, rec.Time).UTC(), Client: client, Method: rec.Method, URI: rec.URI, Script: Key{Root: rec.Root, Path: rec.Path}, Exists: rec.Exists, Status: rec.Status,
		Verdict: rec.Verdict, Score: rec.Score, Signals: rec.Signals, BlockedAt: rec.BlockedAt, TakenBack: rec.TakenBack, Denied: rec.Denied, Contained: rec.Contained, Route: rec.Route[:min(len(rec.Route), maxTemplateLen)],
	}, e.hash.Network(client)}
}

func address(b []byte) netip.Addr {
	a, _ := netip.AddrFromSlice(b)
	return a
}

// restoreScript takes back the evidence of a script.
func (e *Evidence) restoreScript(rec *scriptEvidenceRecord) error {
	if !sensible(rec.Path, rec.Verdict, rec.Score) {
		return fmt.Errorf("the evidence of %q makes no sense", rec.Path)
	}
	e.scripts.merge(rec.evidence())
	return nil
}

// restoreRequest takes back a flagged request. They must come as they were stored.
func (e *Evidence) restoreRequest(rec *flaggedRequestRecord) error {
	if !sensible(rec.Path, rec.Verdict, rec.Score) {
		return fmt.Errorf("the flagged request to %q makes no sense", rec.Path)
	}
	e.requests.add(e.flagged(rec))
	return nil
}

func sensible(path string, v Verdict, score float64) bool {
	return strings.HasPrefix(path, "/") && len(path) <= scriptpath.MaxPathLen && v <= Malicious && !math.IsNaN(score)
}
