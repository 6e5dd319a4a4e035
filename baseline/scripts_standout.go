package baseline

import (
	"cmp"
	"slices"
	"strings"
)

// compare finds out, when learning ends, which scripts stand out among the others, but
// for those that an operator or a manifest decided about. What they are sent in reads and
// in payloads is compared with the same of the others.
func (s *Scripts) compare() {
	var rates [2]traitRates
	shown := make(map[*Profile][2]Traits)
	for p := range s.All() {
		if p.route {
			continue
		}
		traits := p.traits()
		rates[ofReads].add(traits[ofReads])
		rates[ofPayloads].add(traits[ofPayloads])
		if traits != [2]Traits{} && !p.decided() {
			shown[p] = traits
		}
	}
	for p, traits := range shown {
		most := standout(ofReads, traits[ofReads], &rates[ofReads])
		if payloads := standout(ofPayloads, traits[ofPayloads], &rates[ofPayloads]); payloads.Bits > most.Bits {
			most = payloads
		}
		if most.Bits >= reviewBits {
			p.callers.Load().standing.Store(&most)
		}
	}
}

// Standouts lists the scripts that stood out when learning ended and about which nobody
// has decided since, the furthest first. Traffic cannot add to them.
func (s *Scripts) Standouts() (list []*Profile) {
	for p := range s.All() {
		if p.Standout().Told() {
			list = append(list, p)
		}
	}
	slices.SortFunc(list, func(a, b *Profile) int {
		return cmp.Or(cmp.Compare(b.Standout().Bits, a.Standout().Bits), strings.Compare(a.key.Path, b.key.Path), strings.Compare(a.key.Root, b.key.Root))
	})
	return list
}

// traits are those that the script shows in what it is sent by reads, and by payloads.
func (p *Profile) traits() (list [2]Traits) {
	if c := p.callers.Load(); c != nil {
		for i := range c.kinds {
			list[i] = c.kinds[i].traits(i, p)
		}
	}
	return list
}

// maxTold bounds the scripts of which somebody is told when learning ends. The review list
// has the others.
const maxTold = 10

// TellStandouts lists the scripts that somebody is to be told of when learning has ended:
// those that stand out furthest, and how many more stand out.
func (s *Scripts) TellStandouts() (list []*Profile, further int) {
	list = s.Standouts()
	n := min(len(list), maxTold)
	return list[:n], len(list) - n
}

// Standout returns how far the script stood out among the site's others when learning
// ended; its bits are 0 if it hardly did, or if somebody decided about it.
func (p *Profile) Standout() Standout {
	c := p.callers.Load()
	if c == nil || p.decided() {
		return Standout{}
	}
	if out := c.standing.Load(); out != nil {
		return *out
	}
	return Standout{}
}

// toldBits is how far the script stands out, if it does.
func (p *Profile) toldBits() float64 {
	if out := p.Standout(); out.Told() {
		return out.Bits
	}
	return 0
}

// standoutRecord is a standout as it is stored.
type standoutRecord struct {
	_      struct{} `cbor:",toarray"`
	Tenths uint16   // of bits
	Traits Traits
}

func (o *Standout) record() *standoutRecord {
	if o == nil {
		return nil
	}
	return &standoutRecord{Tenths: uint16(o.Bits * 10), Traits: o.Traits}
}

func (rec *standoutRecord) standout() *Standout {
	if rec == nil || rec.Tenths == 0 {
		return nil
	}
	return &Standout{Bits: float64(rec.Tenths) / 10, Traits: rec.Traits}
}
