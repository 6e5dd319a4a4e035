package baseline

import (
	"math"
	"strings"
)

// A script stands out if it is used as shells are and the site's other scripts are not.
// It is asked once, when learning ends: a shell that was there all the time looks like
// a script of the site by everything else, however many networks use it.

// Trait is a way in which a script is used.
type Trait uint8

// The traits. Of those of one group only the weightiest counts, since one comes with
// the others.
const (
	// TraitFromNowhere: what it is sent comes from no page, but for one network in ten.
	TraitFromNowhere Trait = iota
	// TraitUnlinked: nobody ever came to it by a link.
	TraitUnlinked
	// TraitStrangers: those who send it something read nothing else of the site, but for
	// one network in ten.
	TraitStrangers
	// TraitAgents: the networks that send it something change their user agents.
	TraitAgents
	// TraitOneNetwork: one network uses it.
	TraitOneNetwork
	// TraitOnlySent: it is sent payloads and hardly ever read.
	TraitOnlySent
	// TraitOpaque: half of the networks send it what nobody can read.
	TraitOpaque
	// TraitBareAnswer: it answered a payload by a page without markup.
	TraitBareAnswer
	traitCount

	// TraitRegulars: most of those who send it something read the site before. It speaks
	// for the script.
	TraitRegulars = traitCount
)

const (
	traitsOfOrigin = iota
	traitsOfClients
	traitsOfUse
	traitsOfContent
	traitGroups
)

// traits are what is known of each: how many of the shells show it, and what it is said
// to be. The shares are those of 15 recorded AntSword, Behinder and Godzilla sessions,
// which do not say how many networks use a shell, or what else these read: estimates.
var traits = [traitCount]struct {
	group int
	shell float64
	words string
}{
	TraitFromNowhere: {traitsOfOrigin, 14. / 15, "what it is sent comes from no page"},
	TraitUnlinked:    {traitsOfOrigin, 14. / 15, "nothing links to it"},
	TraitStrangers:   {traitsOfClients, 0.9, "those who send it something read nothing else of the site"},
	TraitAgents:      {traitsOfClients, 2. / 15, "their user agents change"},
	TraitOneNetwork:  {traitsOfClients, 0.5, "one network uses it"},
	TraitOnlySent:    {traitsOfUse, 14. / 15, "it is sent payloads and not read"},
	TraitOpaque:      {traitsOfContent, 8. / 15, "what it is sent cannot be read"},
	TraitBareAnswer:  {traitsOfContent, 13. / 15, "it answers payloads without markup"},
}

// String says what the trait is.
func (t Trait) String() string { return traits[min(t, traitCount-1)].words }

// Traits is a set of traits.
type Traits uint16

func (s Traits) has(t Trait) bool { return s&(1<<t) != 0 }

// All lists the traits of the set that speak against a script.
func (s Traits) All() (list []Trait) {
	for t := range traitCount {
		if s.has(t) {
			list = append(list, t)
		}
	}
	return list
}

// traitRates are how many of a site's scripts show each trait.
type traitRates struct {
	scripts int
	shows   [traitCount]int
}

func (r *traitRates) add(s Traits) {
	r.scripts++
	for t := range traitCount {
		if s.has(t) {
			r.shows[t]++
		}
	}
}

// Standout is how far a script stands out among the others of its site.
type Standout struct {
	// Bits is log₂ of how much likelier its traits are of a shell than of another
	// script of the site; 0 if it does not stand out.
	Bits   float64
	Traits Traits // those that say so
}

const (
	// standoutBits is from how many bits a script stands out: what else is told from, odds
	// of 2¹⁰. Half as many are enough for the review list.
	standoutBits = 10
	reviewBits   = standoutBits / 2
	// mostTraitBits bounds what one group of traits adds (an estimate): even on a large site
	// two must agree. mostReadBits is the same for where reads come from and whose they are:
	// crawlers read a page by its query, come from no page and read nothing else, so what is
	// sent or answered must agree.
	mostTraitBits = 6
	// regularsBits is log₂ 0.1/1: whoever uses a shell seldom looks around on the site first
	// (an estimate), visitors of a form nearly always do.
	regularsBits = -3.3
	mostReadBits = 4.5
	// usualShare is the share of scripts that show a trait on a site of which nothing else is
	// known, with the weight of usualWeight scripts: of 146 scripts of four public logs one
	// showed each of those of payloads, and one to eight those of reads.
	usualShare  = 0.02
	usualWeight = 10
)

// standout compares a script's traits with those of the site's other scripts, which
// rates counts together with it. A script alone stands out from nothing.
func standout(kind int, s Traits, rates *traitRates) (out Standout) {
	others := float64(rates.scripts - 1)
	if others < 1 {
		return out
	}
	var most [traitGroups]float64
	for _, t := range s.All() {
		share := (float64(rates.shows[t]-1) + usualShare*usualWeight) / (others + usualWeight)
		if bits := math.Log2(traits[t].shell / share); bits > 0 {
			most[traits[t].group] = max(most[traits[t].group], bits)
			out.Traits |= 1 << t
		}
	}
	for group, bits := range most {
		if kind == ofReads && group != traitsOfContent {
			bits = min(bits, mostReadBits)
		}
		out.Bits += min(bits, mostTraitBits)
	}
	if s.has(TraitRegulars) {
		out.Bits = max(0, out.Bits+regularsBits)
	}
	return out
}

// Sentence says why the script stands out, in one clause.
func (o Standout) Sentence() string {
	var words []string
	for _, t := range o.Traits.All() {
		words = append(words, t.String())
	}
	return "used as shells are, unlike the site's other scripts: " + strings.Join(words, ", ")
}

// Told reports whether the script stands out so far that somebody is told of it, and that
// traffic alone does not have it trusted.
func (o Standout) Told() bool { return o.Bits >= standoutBits }
