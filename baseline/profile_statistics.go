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

// Params returns how many names of parameters the script's reference has.
func (p *Profile) Params() int { return p.count(paramName) }

// HeaderNames returns how many names of header fields it has.
func (p *Profile) HeaderNames() int { return p.count(headerName) }

// CookieNames returns how many names of cookies it has.
func (p *Profile) CookieNames() int { return p.count(cookieName) }

// count returns how many names of a kind are known, whoever sends them.
func (p *Profile) count(kind nameKind) int {
	all, shared := p.features.names[kind].Count()
	if p.Frequented() {
		return shared
	}
	return all
}

// ParamNovelty returns how many client networks brought a parameter that no other did, and
// of how many networks that is known: a script that everybody sends names of his own is
// used to new ones. One client counts once, whatever it makes up.
func (p *Profile) ParamNovelty() (networks, of int) {
	if of = int(p.learnedFrom.Load()); of == 0 {
		of = p.Networks()
	}
	return min(p.features.names[paramName].Sources(), of), of
}

// KnowsName reports whether the reference may have the name of a header field or a
// cookie that a client network sends.
func (p *Profile) KnowsName(h Hasher, name string, cookie bool, network uint64) bool {
	return p.knows(fieldName(cookie), h.Text(name), network)
}

// NameSince returns how often the name of a header field or a cookie came after the end of
// learning that the reference does not have.
func (p *Profile) NameSince(h Hasher, name string, cookie bool) Recurrence {
	return p.later.of(fieldName(cookie), h.Text(name))
}

func fieldName(cookie bool) nameKind {
	if cookie {
		return cookieName
	}
	return headerName
}

// KnowsParam reports whether the reference may have a parameter that a client network
// sends, by the hash of its name.
func (p *Profile) KnowsParam(name, network uint64) bool { return p.knows(paramName, name, network) }

// StrangeParams returns how many of the parameters that a client network sends have names
// that the reference certainly does not have, and how often that one of them came since
// which the fewest networks brought.
func (p *Profile) StrangeParams(params *ParamNames, network uint64) (strange int, since Recurrence) {
	for _, hash := range params.All() {
		if p.knows(paramName, hash, network) {
			continue
		}
		if came := p.later.of(paramName, hash); strange == 0 || came.Networks < since.Networks {
			since = came
		}
		strange++
	}
	return strange, since
}

// ReferredPayloads returns how many payloads the reference has of which it is known
// whether they came from a page; and counted once for each client network and day, how
// many these are, and how many of them came from none.
func (p *Profile) ReferredPayloads() (payloads, samples, withoutReferer int) {
	return p.origins.count()
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
	return p.uses.unlike(seen, m, status, h, p.Frequented())
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
