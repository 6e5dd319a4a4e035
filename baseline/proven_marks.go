package baseline

import "sync/atomic"

// marks are bits that say of most values at once that they are none of a few thousand. The
// others have to be looked up.
type marks [64]atomic.Uint64

func (m *marks) has(value uint64) bool { return m[value/64%64].Load()&(1<<(value%64)) != 0 }

func (m *marks) set(value uint64) { m[value/64%64].Or(1 << (value % 64)) }

// endpointMark is what an endpoint is marked by, whatever its case. It looks at a few
// characters only.
func endpointMark(path string) uint64 {
	n := len(path)
	if n == 0 {
		return 0
	}
	at := func(i int) uint64 { return uint64(path[i] | 0x20) }
	return uint64(n)*0x9e5 ^ at(n/2)*0x1d3 ^ at(n/3)*0x6b ^ at(n-1)*0x25 ^ at(min(1, n-1))*0x3f1
}

// mark marks a client. It must be called with the lock held, as must remark.
func (p *ProvenClients) mark(c *provenClient) {
	p.networkBits.set(c.Network)
	p.endpointBits.set(endpointMark(c.Endpoint.Path))
}

// remark makes the marks anew, of those that are left: the marks of each stay.
func (p *ProvenClients) remark() {
	var networks, endpoints marks
	until := int64(0)
	for _, c := range p.list {
		networks.set(c.Network)
		endpoints.set(endpointMark(c.Endpoint.Path))
		until = max(until, c.Until().UnixNano())
	}
	for i := range networks {
		p.networkBits[i].Store(networks[i].Load())
		p.endpointBits[i].Store(endpoints[i].Load())
	}
	p.until.Store(until)
}
