package baseline

// Networks estimates how many client networks visited the script: exact up to
// eight, within about 13 % beyond.
func (p *Profile) Networks() int { return p.networks.Count() }

// Visits returns how many answered requests of the method were learned.
func (p *Profile) Visits(m Method) uint64 { return p.counts.total(m) }

// StatusVisits returns how many visits by a method were answered with the class
// of a status, such as 2xx.
func (p *Profile) StatusVisits(m Method, status int) uint64 { return p.counts.answered(m, status) }

// KnowsMethod reports whether the script normally takes the method.
func (p *Profile) KnowsMethod(m Method) bool { return p.methods.knows(m) }

// MethodCounts returns how many visits were learned over all known methods, and
// how many of these methods were seen exactly once.
func (p *Profile) MethodCounts() (visits, once uint64) {
	for m := range methodCount {
		if !p.KnowsMethod(m) {
			continue
		}
		n := p.Visits(m)
		visits += n
		if n == 1 {
			once++
		}
	}
	return visits, once
}

// StrangeNetworks estimates how many client networks used a method that the
// script does not normally take.
func (p *Profile) StrangeNetworks() int { return p.methods.strangeNetworks() }

// Params estimates how many names of query parameters the script was sent.
func (p *Profile) Params() int { return p.features.params.Count() }

// HeaderNames estimates how many names of header fields the script was sent.
func (p *Profile) HeaderNames() int { return p.features.headers.Count() }

// CookieNames estimates how many names of cookies the script was sent.
func (p *Profile) CookieNames() int { return p.features.cookies.Count() }

// KnowsName reports whether the script may have been sent a header field or a
// cookie of the name before.
func (p *Profile) KnowsName(h Hasher, name string, cookie bool) bool {
	if cookie {
		return p.features.cookies.Has(h.Text(name))
	}
	return p.features.headers.Has(h.Text(name))
}

// StrangeParams returns how many names of parameters a request brings, and how many
// of them the script was certainly not sent before.
func (p *Profile) StrangeParams(params *ParamNames) (names, strange int) {
	for _, hash := range params.All() {
		names++
		if !p.features.params.Has(hash) {
			strange++
		}
	}
	return names, strange
}

// ReferredPayloads returns how many payloads the script was sent while the site was
// learned of which it is known whether they came from a page, and how many of them
// came from none.
func (p *Profile) ReferredPayloads() (all, withoutReferer int) {
	withoutReferer = int(p.origins.withoutReferer.Load())
	return int(p.origins.withReferer.Load()) + withoutReferer, withoutReferer
}

// Answers returns how many answers to reads, or to payloads, were of the order of
// magnitude of the size, in bytes (a power of four or next to it), how many there
// were, and of how many orders they were.
func (p *Profile) Answers(m Method, size int64) (alike, all, orders int) {
	return p.features.sizesLike(m, size)
}

// UnlikeAnswer returns in what an answer differs from all those that the same
// parameters got while the site was learned, by the first of status, type and size
// that does; how many answers these were; and of how many kinds in that respect.
// Without a type or a size (−1) that is no difference.
func (p *Profile) UnlikeAnswer(h Hasher, seen *RequestFeatures, m Method, status int) (in Unlike, answers, kinds int) {
	return p.uses.unlike(seen, m, status, h)
}

// Answer returns the fingerprint of an answer to a read or to a payload that
// was learned, if any was.
func (p *Profile) Answer(m Method) (f Fingerprint, ok bool) {
	f = Fingerprint(p.features.answers[m.kind()].Load())
	return f, f != 0
}

// LearnAnswer keeps the fingerprint of an answer, unless one is kept already.
func (p *Profile) LearnAnswer(m Method, f Fingerprint) {
	p.features.answers[m.kind()].CompareAndSwap(0, uint64(f))
}
