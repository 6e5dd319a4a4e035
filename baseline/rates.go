package baseline

import "sync/atomic"

// Rate is how often something happened among the occasions it could have. The
// zero value has seen nothing. Methods may be called concurrently.
type Rate struct{ hits, occasions atomic.Uint64 }

// Count adds one occasion, and whether it happened.
func (r *Rate) Count(happened bool) {
	r.occasions.Add(1)
	if happened {
		r.hits.Add(1)
	}
}

// Share estimates the probability that it happens, between 0 and 1, starting
// from a prior worth the given number of occasions.
func (r *Rate) Share(prior, worth float64) float64 {
	return (float64(r.hits.Load()) + prior*worth) / (float64(r.occasions.Load()) + worth)
}

// Rates are the habits of a site's honest traffic, against which the same in a
// judged request is weighed.
type Rates struct {
	// FreshClients: visits to known scripts by client networks not seen lately.
	FreshClients Rate
	// UnreferredPosts: requests with a payload to known scripts that had
	// neither Referer nor Origin.
	UnreferredPosts Rate
	// MissingFiles: scripts that answered although no such file was under the
	// document root. Where that happens the root says nothing about scripts.
	MissingFiles Rate
}

// ratesRecord is rates as they are stored.
type ratesRecord struct {
	FreshClients    rateRecord `json:"fresh_clients"`
	UnreferredPosts rateRecord `json:"unreferred_posts"`
	MissingFiles    rateRecord `json:"missing_files"`
}

func (r *Rates) record() ratesRecord {
	return ratesRecord{FreshClients: r.FreshClients.record(), UnreferredPosts: r.UnreferredPosts.record(), MissingFiles: r.MissingFiles.record()}
}

func (r *Rates) restore(rec ratesRecord) {
	r.FreshClients.restore(rec.FreshClients)
	r.UnreferredPosts.restore(rec.UnreferredPosts)
	r.MissingFiles.restore(rec.MissingFiles)
}

type rateRecord struct {
	_               struct{} `cbor:",toarray"`
	Hits, Occasions uint64
}

func (r *Rate) record() rateRecord {
	return rateRecord{Hits: r.hits.Load(), Occasions: r.occasions.Load()}
}

func (r *Rate) restore(rec rateRecord) {
	r.hits.Store(min(rec.Hits, rec.Occasions))
	r.occasions.Store(rec.Occasions)
}
