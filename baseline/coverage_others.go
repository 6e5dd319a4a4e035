package baseline

import (
	"sync/atomic"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/sketch"
)

// A site without scripts has none to cover, but a scanner can make it seem to have one: a
// name that is not there and is answered with success, as some applications answer
// anything. A handful of such samples would keep learning from ending for good.

// strayNetworks is from how many networks that asked for scripts these may be part of the
// site: as many as trust takes. straySamples is up to how many samples may be strays, of
// scripts that are hardly part of it. It is an estimate: the smallest public log of a site
// with scripts has 41.
const (
	strayNetworks = trustedNetworks
	straySamples  = 5
)

// otherTraffic is the client networks that were served what is no script while the site
// was learned: routes, directories and files.
type otherTraffic struct {
	networks atomic.Pointer[sketch.Distinct]
	grown    atomic.Int64 // Unix nanoseconds of the latest network
}

// LearnOther counts a client network that was served something that is no script, while
// the site learns.
func (c *Coverage) LearnOther(network uint64, at time.Time) {
	if !c.period.lasts() {
		return
	}
	networks := c.others.networks.Load()
	if networks == nil {
		c.others.networks.CompareAndSwap(nil, new(sketch.Distinct))
		networks = c.others.networks.Load()
	}
	if networks != nil && networks.Add(network) {
		raiseTo(&c.others.grown, at.UnixNano())
	}
}

// strays reports whether the scripts that were sampled are hardly part of the site: a
// handful of samples, and at least as many networks, three or more, were served what is
// no script. If several networks asked for the scripts, coverage of all that the site
// serves, each of these networks one sample of what is known, must be on target.
func (c *Coverage) strays(networks int, target float64) bool {
	samples, others := int(c.samples.Load()), c.otherNetworks()
	if samples > straySamples {
		return false
	}
	if networks < strayNetworks {
		return others >= max(samples, strayNetworks)
	}
	return float64(c.singletons.Load())+3 <= (1-target)*float64(samples+others)
}

// otherNetworks estimates how many client networks were served what is no script.
func (c *Coverage) otherNetworks() int {
	if networks := c.others.networks.Load(); networks != nil {
		return networks.Count()
	}
	return 0
}

// forgetOthers begins to count anew.
func (c *Coverage) forgetOthers() {
	c.others.networks.Store(nil)
	c.others.grown.Store(0)
}

// otherRecord is other traffic as it is stored.
type otherRecord struct {
	Networks sketch.DistinctRecord `json:"networks,omitzero"`
	Grown    int64                 `json:"grown,omitempty"`
}

func (o *otherTraffic) record() (rec otherRecord) {
	if networks := o.networks.Load(); networks != nil {
		rec = otherRecord{Networks: networks.Record(nil), Grown: o.grown.Load()}
	}
	return rec
}

func (o *otherTraffic) restore(rec otherRecord) {
	if len(rec.Networks) == 0 {
		return
	}
	networks := new(sketch.Distinct)
	networks.Restore(rec.Networks)
	o.networks.Store(networks)
	o.grown.Store(rec.Grown)
}
