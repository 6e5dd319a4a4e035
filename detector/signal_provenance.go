package detector

import "math"

// postNoReferer: a request with a payload came from no page: no Referer and no
// Origin.
//
// Bits: 14 of 15 recorded AntSword, Behinder and Godzilla sessions (0.93)
// against the site's own rate of such requests, which starts at 0.1 with the
// weight of ten requests. Between 1.5 and 4: a form is sent from a page, but
// programs call scripts too.
//
// Defeated by: a forged header. It is why this never decides alone.
var postNoReferer = Signal{
	ID: 1020, Name: "post-no-referer", Family: Provenance,
	Bits: func(f *Facts) float64 {
		if !f.CarriesPayload() || !f.Unreferred() {
			return 0
		}
		return clamp(math.Log2(0.93/f.Site.Rates.UnreferredPosts.Share(0.1, 10)), 1.5, 4)
	},
	Why: func(f *Facts) string {
		if f.Has(KnownOrigin) {
			return "a payload without Referer and Origin: no page sent it"
		}
		return "a payload without Referer: no page sent it"
	},
}

// noReferer: somebody asks for a new script that no page led him to.
//
// Bits: 1.8. Of honest requests to new scripts on four public sites 121 of 455
// had no referrer (0.27), of shell requests 0.93; log₂ 0.93/0.27.
//
// Defeated by: a forged header.
var noReferer = Signal{
	ID: 1021, Name: "no-referer", Family: Provenance,
	Bits: func(f *Facts) float64 {
		if f.CarriesPayload() || !f.Unreferred() {
			return 0
		}
		return 1.8
	},
	Why: func(*Facts) string { return "no page led to it" },
}

// linked: a client that has been on the site follows a link of the site.
//
// Bits: −3.3, log₂ 0.07/0.7: one in 15 recorded shell sessions sent a Referer,
// about 0.7 of honest requests to scripts do. It counts only for clients that
// were seen, because a page must be visited to have led anywhere, and never for
// payloads, or what may be one, because whoever sends one can send any header with it.
//
// Defeated by: visiting a page before, and forging the header.
var linked = Signal{
	ID: 1022, Name: "linked", Family: Provenance,
	Bits: func(f *Facts) float64 {
		if !f.ClientSeen || !f.ReferredBySite() || f.CarriesPayload() {
			return 0
		}
		if where, _ := f.opaquePlace(); where != "" {
			return 0
		}
		return -3.3
	},
	Why: func(*Facts) string { return "a client seen before came from a page of the site" },
}
