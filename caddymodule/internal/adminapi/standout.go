package adminapi

import (
	"math"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// Standout says how far a script stood out among the others when learning ended.
type Standout struct {
	Score float64 `json:"score"` // bits
	Why   string  `json:"why"`
}

func newStandout(p *baseline.Profile) *Standout {
	out := p.Standout()
	if !out.Told() {
		return nil
	}
	return &Standout{Score: math.Round(out.Bits*10) / 10, Why: out.Sentence()}
}
