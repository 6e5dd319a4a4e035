package baseline

// bodyMethods are those by which applications are sent something. PROPFIND, TRACE and the
// like are not among them: scanners try them on every page, and many pages answer.
var bodyMethods = [...]Method{MethodPost, MethodPut, MethodPatch, MethodDelete}

// TakesPayloads reports whether the script normally takes what it is sent: it answered POST,
// PUT, PATCH or DELETE with success or by a redirect, by methods that are habits.
func (p *Profile) TakesPayloads() bool {
	for _, m := range bodyMethods {
		if p.KnowsMethod(m) && (p.StatusVisits(m, 200) > 0 || p.StatusVisits(m, 302) > 0) {
			return true
		}
	}
	return false
}
