package detector

import (
	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

// sending is what the exchange shows of a client that may tell a script what to do: of
// use only while the site is learned, when nothing can be held against anybody.
func (e *Evaluation) sending() (s baseline.Sending) {
	x := e.x
	if e.enforcing() || !e.subject.named() || !x.CarriesPayload() && x.Query == "" && !e.bringsChannel() {
		return s
	}
	s.Some = true
	s.Opaque = e.opaque().Where != "" || e.body.notAForm(x)
	s.Bare = e.bareAnswer()
	if x.Agent != "" {
		s.Agent = e.m.Hash.Text(x.Agent)
	}
	// Where clients are not known nobody is a stranger.
	s.Regular = !x.Has(KnownClient) || e.m.readers.Seen(e.network) || e.client.ReadOther(x.Time, e.m.Hash.Text(x.Path))
	return s
}

// bringsChannel reports whether a header field or cookie has a long unreadable value.
func (e *Evaluation) bringsChannel() bool {
	for range e.opaqueChannels(channelLength) {
		return true
	}
	return false
}

// learnReader remembers the networks that read what is no script, while the site is
// learned: pages of routes and static files.
func (e *Evaluation) learnReader() {
	x := e.x
	if e.enforcing() || e.subject.named() || x.CarriesPayload() || x.Status < 200 || x.Status >= 400 {
		return
	}
	if x.namesNoFile() || scriptpath.StaticSuffix(x.EffectivePath) {
		e.m.readers.Add(e.network)
	}
}
