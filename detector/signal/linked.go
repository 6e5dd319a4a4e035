package signal

// linked: a client that has been on the site follows a link of the site.
//
// Bits: −3.3, log₂ 0.07/0.7: one in 15 recorded shell sessions sent a Referer,
// about 0.7 of honest requests to scripts do. It counts only for clients that
// were seen, because a page must be visited to have led anywhere, and never for
// payloads, or what may be one, because whoever sends one can send any header with it; nor
// if answers or values vary as those of commands do.
//
// A log that does not name the host is of the one that most client networks came from while
// the site was learned.
//
// Defeated by: visiting a page before, and forging the header.
var linked = Signal{
	ID: 1022, Name: "linked", Family: Provenance,
	Bits: func(f *Features) float64 {
		e := &f.Evidence
		if !e.ClientSeen || !e.FromSite || f.Request.Payload || e.Opaque.Where != "" || e.Changing.Values >= changingNeeded || e.AnswerOrders >= VariedOrders {
			return 0
		}
		return -3.3
	},
	Why: func(*Features) string { return "a client seen before came from a page of the site" },
}
