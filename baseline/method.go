package baseline

// Method is an HTTP method as a profile counts it. Methods without a counter
// of their own share [MethodOther], so that a client cannot grow a profile.
type Method uint8

// The methods with a counter of their own: those of RFC 9110 and PATCH.
const (
	MethodGet Method = iota
	MethodHead
	MethodOptions
	MethodPost
	MethodPut
	MethodPatch
	MethodDelete
	MethodOther
	methodCount
)

// MethodOf returns the class of a request's method, which is case-sensitive.
func MethodOf(method string) Method {
	switch method {
	case "GET", "":
		return MethodGet
	case "HEAD":
		return MethodHead
	case "OPTIONS":
		return MethodOptions
	case "POST":
		return MethodPost
	case "PUT":
		return MethodPut
	case "PATCH":
		return MethodPatch
	case "DELETE":
		return MethodDelete
	}
	return MethodOther
}

// payloadMethods are the methods that do more than read, as bits.
const payloadMethods = (1<<methodCount - 1) &^ (1<<MethodGet | 1<<MethodHead | 1<<MethodOptions)

// Reads reports whether the method asks for nothing but an answer, and so
// normally carries no body.
func (m Method) Reads() bool { return m <= MethodOptions }

// String returns the method as requests have it, or "other".
func (m Method) String() string {
	return [...]string{"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "other"}[min(m, MethodOther)]
}

// kind is 0 for methods that read and 1 for others, whose answers are kept apart.
func (m Method) kind() int {
	if m.Reads() {
		return 0
	}
	return 1
}
