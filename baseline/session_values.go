package baseline

import (
	"github.com/webshell-guard/caddy-webshell-guard/baseline/sketch"
)

const (
	// leastSession is from how many characters a cookie's value can be a session: 20 are
	// what 64 bits, the least that OWASP asks of a session's identifier, take in decimal.
	leastSession = 20
	// maxSession is up to how many it is one. Longer values are data of the application.
	maxSession = 512
	// leastDistinct is of how many different characters a random value of that length
	// is: of 20 random hexadecimal digits fewer than eight differ once in 1,800 times.
	leastDistinct = 8
	// sharedBy is from how many client networks a value is nobody's session. One client
	// moves between home, office and phone.
	sharedBy = 4
)

// SessionValue reports whether a cookie's value can identify one client: it is long and
// looks random. Letters, digits, and the rest of what is not a separator in a cookie.
func SessionValue(value string) bool {
	if len(value) < leastSession || len(value) > maxSession {
		return false
	}
	var seen [4]uint64
	letters, digits, distinct := 0, 0, 0
	for i := range len(value) {
		c := value[i]
		switch {
		case c >= '0' && c <= '9':
			digits++
		case c|0x20 >= 'a' && c|0x20 <= 'z':
			letters++
		}
		if bit := uint64(1) << (c % 64); seen[c/64]&bit == 0 {
			seen[c/64] |= bit
			distinct++
		}
	}
	return distinct >= leastDistinct && letters >= 2 && digits >= 2
}

// Session hashes a cookie's value that [SessionValue] takes for a session.
func (h Hasher) Session(value string) uint64 { return h.chain(h.Text("session"), value) }

// SessionValues remembers which values of cookies several client networks brought
// lately: those are of the application, and identify nobody. It may be lost. The zero
// value is empty. Methods may be called concurrently and never block.
type SessionValues struct {
	pairs  sketch.RotatingBloom
	levels [sharedBy]sketch.RotatingBloom // values that one network brought, two, and so on
}

// Learn remembers that a network brought a value, by its hash.
func (s *SessionValues) Learn(value, network uint64) {
	if !s.pairs.Add(value ^ network*0x9e3779b97f4a7c15) {
		return
	}
	for i := range s.levels {
		if s.levels[i].Add(value) {
			return
		}
	}
}

// Shared reports whether so many networks brought the value that it is no session.
func (s *SessionValues) Shared(value uint64) bool { return s.levels[sharedBy-1].Seen(value) }
