package signal

// noReferer: somebody asks for a new script that no page led him to.
//
// Bits: 1.8. Of honest requests to new scripts on four public sites 121 of 455
// had no referrer (0.27), of shell requests 0.93; log₂ 0.93/0.27.
//
// Defeated by: a forged header.
var noReferer = Signal{
	ID: 1021, Name: "no-referer", Family: Provenance,
	Bits: func(f *Features) float64 {
		if f.Request.Payload || !f.Request.Unreferred {
			return 0
		}
		return 1.8
	},
	Why: func(*Features) string { return "no page led to it" },
}
