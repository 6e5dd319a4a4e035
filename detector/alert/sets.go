package alert

import (
	"slices"

	"github.com/webshell-guard/caddy-webshell-guard/detector"
	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

// sets are the notices that were given of one script: of which set of signals, to which
// client network. What strangers do to a script must not keep an attack quiet that shows
// by other signs.
type sets struct{ suspicious, malicious []told }

type told struct{ signals, network uint64 }

// tell reports whether a person is to be notified of the event for its set of signals:
// nobody was of this network's, and of few networks' so far. A notice that says malicious
// says suspicious as well.
func (s *sets) tell(e *Event) bool {
	this, list := told{e.Signals, e.Network}, &s.suspicious
	networks := s.networks(s.malicious, this)
	if e.Verdict == detector.Malicious {
		list = &s.malicious
	} else {
		networks += s.networks(s.suspicious, this)
	}
	if networks >= maxNetworks || len(*list) >= maxTold {
		return false
	}
	*list = append(*list, this)
	return true
}

// networks counts the networks of which a set was told; all that there are if this one's
// was.
func (*sets) networks(list []told, this told) (n int) {
	if slices.Contains(list, this) {
		return maxNetworks
	}
	for _, t := range list {
		if t.signals == this.signals {
			n++
		}
	}
	return n
}

// signalSet hashes the set of signals that speak against the script. Those about the client
// and where it came from differ between the visits of one attack.
func signalSet(j *detector.Judgement) (set uint64) {
	for _, f := range j.Findings() {
		if f.Bits >= 0 && f.Family != signal.Client && f.Family != signal.Provenance && f.ID != signal.ProvenClientID {
			set = (set ^ uint64(f.ID)) * 0x9e3779b97f4a7c15 // they come in order
		}
	}
	return set
}
