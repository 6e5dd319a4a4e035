package baseline

// NameNovelty returns how many client networks brought a name of a header field or a cookie
// that no other did, and of how many networks that is known. One client counts once for each
// of both, whatever it makes up.
func (p *Profile) NameNovelty() (networks, of int) {
	_, of = p.ParamNovelty()
	names := &p.features.names
	return min(names[headerName].Sources()+names[cookieName].Sources(), of), of
}
