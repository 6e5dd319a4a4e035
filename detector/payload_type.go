package detector

import (
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

// payloadType is what a request says of its payload in its header.
type payloadType struct {
	media   baseline.MediaType
	upgrade bool // the connection is to become one of another protocol
}

// payloadType reads the header. A request has a type if it has a body, or names one.
func (x *Exchange) payloadType(h baseline.Hasher) (p payloadType) {
	if x.Header == nil {
		return payloadType{upgrade: x.Tunnel}
	}
	if contentType := x.header("Content-Type"); contentType != "" || x.Has(KnownBody) && x.HasBody {
		p.media = h.MediaTypeOf(contentType)
	}
	p.upgrade = x.Tunnel || anotherProtocol(x.header("Upgrade"))
	return p
}

// anotherProtocol reports whether an Upgrade field asks for anything but another version of
// HTTP or TLS, which some clients offer with every request (RFC 9110, 7.8).
func anotherProtocol(upgrade string) bool {
	for upgrade != "" {
		var protocol string
		protocol, upgrade, _ = strings.Cut(upgrade, ",")
		name, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(protocol)), "/")
		switch name {
		case "", "h2c", "h2", "http", "tls":
		default:
			return true
		}
	}
	return false
}

// upgraded reports whether the connection became one of another protocol.
func (e *Evaluation) upgraded() bool {
	return e.payload.upgrade && (e.x.Status == 101 || e.x.Tunnel && e.x.Status/100 == 2)
}

// upgrading reports the same, or that it may while the answer is not known.
func (e *Evaluation) upgrading() bool {
	return e.payload.upgrade && (e.stage() == signal.AtRequest || e.upgraded())
}

// describePayload fills in how a known script is used to payloads of the type, and to
// upgrades.
func (e *Evaluation) describePayload(f *signal.Features) {
	p := e.subject.profile
	if !p.KnowsPayloads() || f.Script.FellThrough || e.frontNotFound() {
		return
	}
	if t := e.payload.media; t != baseline.MediaUnknown {
		f.Script.Media = signal.PayloadKind{Name: e.x.mediaType(), MediaHabits: p.MediaHabits(t, e.method)}
	}
	if e.upgrading() {
		f.Script.Upgrade = signal.PayloadKind{Name: e.x.header("Upgrade"), MediaHabits: p.MediaHabits(baseline.MediaUpgrade, e.method)}
	}
}

// frontNotFound reports whether a script that the request did not name answers that nothing
// is there: a front controller says so to every scanner.
func (e *Evaluation) frontNotFound() bool {
	return e.progress != atRequest && e.x.gone() && e.requested.key != e.subject.key
}

// judgeUpgradedRoute judges an exchange that turned a connection to a known route into one of
// another protocol, and reports whether that is held against it.
func (e *Evaluation) judgeUpgradedRoute() bool {
	if !e.upgraded() {
		return false
	}
	s, x := &e.subject, e.x
	before := *s
	s.key = baseline.Key{Root: x.EffectiveRoot, Path: e.m.Routes.Template(x.EffectiveRoot, e.d.namer.Name(x.EffectivePath).Full)}
	s.profile, s.route, s.exists = e.m.Scripts.Lookup(s.key), true, true
	if s.profile != nil {
		if e.judge(); e.judgement.Verdict != Clean {
			return true
		}
	}
	*s = before
	return false
}
