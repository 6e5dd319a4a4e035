package baseline

import "time"

// Visit is an answered request to a script that exists, as far as the baseline
// learns from it.
type Visit struct {
	Time            time.Time
	Method          Method
	Status          int
	Network         uint64 // from [Hasher.Network]
	WithoutPathInfo bool   // nothing followed the script's name
	// Deployed is true if the script's file came in a deploy window.
	Deployed bool
	Features RequestFeatures
	// Choices are the parameters by which it may have asked for an operation; nil if that
	// is of no interest.
	Choices *Choices
	// RanBy is the path of the script that ran; "" if that is unknown.
	RanBy string
	// Endpoint is true if what was asked for is learned of a route, and of the script that
	// ran only that it did.
	Endpoint bool
	// Payload is true if the request carried one, Referer where it came from.
	Payload bool
	Referer RefererStatus
	// Media is the type of the payload, or that which a request without one names.
	Media MediaType
	// Upgraded is true if the connection became one of another protocol.
	Upgraded bool
	// Opaque are the hashes of fields with long unreadable values, then zeroes; nil if
	// there are none.
	Opaque *[OpaqueFields]uint64
	// Sending is what it shows of a client that sends something, while the site is learned.
	Sending Sending
}

// RefererStatus is whether a request says that it came from a page.
type RefererStatus uint8

// The states.
const (
	RefererUnknown RefererStatus = iota
	HasReferer
	NoReferer // neither a Referer nor an Origin
)
