package adminapi

import (
	"fmt"
	"strings"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// maxProvenShown is how many proven clients a status lists.
const maxProvenShown = 100

// ProvenClient is a client whose request to an endpoint was malicious, and whose payloads
// to it `block` refuses until then.
type ProvenClient struct {
	Endpoint string `json:"endpoint"`
	Root     string `json:"root,omitempty"`
	// Script is what ran, where that is not the endpoint itself.
	Script string `json:"script,omitempty"`
	Client string `json:"client,omitempty"`
	// Sessions is how many sessions identify the client, besides its network.
	Sessions int       `json:"sessions"`
	Since    time.Time `json:"since"`
	Until    time.Time `json:"until"`
	// Why says what proved it malicious: the verdict of the latest such request.
	Why     string       `json:"why"`
	Method  string       `json:"method"`
	Score   float64      `json:"score"`
	Signals []SignalName `json:"signals"`
	Proofs  uint64       `json:"proofs"`
	// Refused counts the requests that were held against it since, whatever the mode.
	Refused uint64 `json:"refused"`
}

// provenClients lists the clients that are proven malicious, the latest first.
func provenClients(s *baseline.Site, now time.Time) (list []ProvenClient, all int, dropped uint64) {
	proven, dropped := s.Proven.List(now)
	list = []ProvenClient{}
	for _, p := range proven[:min(len(proven), maxProvenShown)] {
		shown := ProvenClient{
			Endpoint: p.Endpoint.Path, Root: p.Endpoint.Root, Sessions: p.Sessions, Since: p.First, Until: p.Until(), Method: p.Method,
			Score: tenth(p.Score), Signals: signalNames(p.Signals), Proofs: p.Proofs, Refused: p.Refused,
		}
		var names []string
		for _, s := range shown.Signals {
			names = append(names, s.Name)
		}
		shown.Why = fmt.Sprintf("%s was malicious (%.1f bits): %s", p.Method, p.Score, strings.Join(names, " "))
		if p.Script != p.Endpoint {
			shown.Script = p.Script.Path
		}
		if p.Client.IsValid() {
			shown.Client = p.Client.String()
		}
		list = append(list, shown)
	}
	return list, len(proven), dropped
}
