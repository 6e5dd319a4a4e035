package signal

// StrangeUse reports whether a known script is used in a way that it was not: by a
// method, parameters or a type of payload that surprise, or by a payload to an endpoint of
// it that is new. A further method of a script that takes payloads is none.
func (f *Features) StrangeUse() bool {
	return !f.Script.TakesPayloads && methodSurprise(f) > 0 || parameterSurprise(f) > 0 || mediaSurprise(f) > 0 ||
		f.Request.Payload && endpointSurprise(f) > 0
}

// unusual reports whether what a request brings may be held against it: what a trusted
// script is sent in the way that it always was says nothing, unless the script is not
// what it was, or it is sent a value in a field that never had one, by a client that was not
// served lately: an application's cookies are brought by its visitors.
func unusual(f *Features) bool {
	e := &f.Evidence
	fresh := e.ClientKnown && !e.ClientSeen && f.Script.NewChannel.Name != "" && f.Script.NewChannel.Name == e.Opaque.Where
	return !f.Script.Trusted() || e.Strange || f.Script.Altered() || fresh
}
