package detector

import "github.com/webshell-guard/caddy-webshell-guard/baseline"

// Newcomer returns, after Conclude, the script or route that the exchange is about if it
// appeared after learning, nothing is held against the exchange, and nothing says that a
// page led there: too little for an alert, and enough to look at. That is a new script in
// a log without Referers, and a new route that took a payload from nowhere.
func (e *Evaluation) Newcomer() (baseline.Key, bool) {
	x, s := e.x, &e.subject
	switch {
	case e.progress != concluded || !e.enforcing() || e.judgement.Verdict != Clean || x.refererStatus() == baseline.HasReferer:
	case s.named() && !s.guessed:
		return s.key, s.exists && e.novel() && !x.Has(KnownReferer)
	case e.notFound.absent || x.Status/100 != 2 || !x.CarriesPayload() || e.answeredAsRead():
	default:
		key, route := e.m.route(x.EffectiveRoot, e.d.namer.Name(x.EffectivePath).Full)
		return key, route == nil || route.Novel()
	}
	return baseline.Key{}, false
}
