package alert

import (
	"net/netip"
	"slices"
)

// maxClients is how many clients a summary names, one of a network.
const maxClients = 8

// clients are those that a summary is about.
type clients struct {
	networks []uint64
	named    []netip.Addr
	more     bool // there are others
}

func (c *clients) add(e *Event) {
	switch {
	case slices.Contains(c.networks, e.Network):
	case len(c.networks) >= maxClients:
		c.more = true
	default:
		c.networks, c.named = append(c.networks, e.Network), append(c.named, e.Client)
	}
}
