package signal

// StrangeUse reports whether a known script is used in a way that it was not: by a
// method or by parameters that surprise.
func (f *Features) StrangeUse() bool { return methodSurprise(f) > 0 || parameterSurprise(f) > 0 }

// unusual reports whether what a request brings may be held against it: what a trusted
// script is sent in the way that it always was says nothing, unless the script is not
// what it was.
func unusual(f *Features) bool {
	return !f.Script.Trusted() || f.Evidence.Strange || f.Script.Altered()
}
