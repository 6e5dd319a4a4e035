package detector

import (
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

// maxScheme is the longest scheme that is looked for in a Referer, in bytes. The longest
// that browsers send is android-app.
const maxScheme = 16

// refererHost returns the host of the page that a Referer names, without a port, or "" if
// it names none: browsers send whole URLs, so "/page", "about:blank" or a word is something
// that a program made up.
func refererHost(referer string) string {
	host := afterScheme(referer)
	if end := strings.IndexAny(host, "/?#"); end >= 0 {
		host = host[:end]
	}
	host = host[strings.LastIndexByte(host, '@')+1:]
	if strings.HasPrefix(host, "[") {
		end := strings.IndexByte(host, ']')
		return host[:end+1]
	}
	if port := strings.LastIndexByte(host, ':'); port >= 0 {
		host = host[:port]
	}
	return host
}

// afterScheme returns what follows the scheme of an absolute URL, or "".
func afterScheme(url string) string {
	colon := strings.IndexByte(url[:min(len(url), maxScheme)], ':')
	if colon <= 0 || !strings.HasPrefix(url[colon:], "://") {
		return ""
	}
	return url[colon+len("://"):]
}

// page returns the Referer if it names a page, or "".
func (x *Exchange) page() string {
	if x.Referer == "" {
		return ""
	}
	host, found := strings.CutPrefix(x.Referer, "https://") // nearly all
	if !found {
		host = afterScheme(x.Referer)
	}
	if host == "" || !isLetterOrDigit(host[0]) && refererHost(x.Referer) == "" {
		return ""
	}
	return x.Referer
}

// isLetterOrDigit reports whether a host may begin with the character: nearly all do, and
// need no closer look.
func isLetterOrDigit(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9'
}

// referredBySite reports whether the request says that it came from a page of the site. A
// log that does not name the host is taken to be of the one that most Referers name.
func (e *Evaluation) referredBySite() bool {
	if e.x.Host != "" {
		return e.x.ReferredBySite()
	}
	return e.m.RefererHosts.Is(refererHost(e.x.Referer))
}

// learnReferer learns which host is the site's own, where that is not known.
func (e *Evaluation) learnReferer() {
	x := e.x
	if x.Host != "" || x.Referer == "" || e.enforcing() || !x.Has(KnownClient) {
		return
	}
	e.m.RefererHosts.Learn(refererHost(x.Referer), e.network, scriptpath.UsuallyStatic(x.EffectivePath))
}
