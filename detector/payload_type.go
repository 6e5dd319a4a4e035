package detector

import (
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

// media is what the request says that its body is. It says something if it has a body, or
// names a type.
func (x *Exchange) media(h baseline.Hasher) baseline.MediaType {
	if x.Header == nil {
		return baseline.MediaUnknown
	}
	contentType, body := x.header("Content-Type"), x.Has(KnownBody) && x.HasBody
	if contentType == "" && !body {
		return baseline.MediaUnknown
	}
	return h.MediaTypeOf(contentType)
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

// upgraded reports whether the connection became one of another protocol. Whether the
// server agrees to that is known with the answer.
func (e *Evaluation) upgraded() bool {
	x := e.x
	if e.progress == atRequest || x.Status != 101 && !x.Tunnel {
		return false
	}
	return x.Tunnel && x.Status/100 == 2 || x.Status == 101 && (x.Header == nil || anotherProtocol(x.header("Upgrade")))
}

// describePayload fills in how a known script is used to payloads of the type, and to
// upgrades.
func (e *Evaluation) describePayload(f *signal.Features) {
	p := e.subject.habits
	if !p.KnowsPayloads() || f.Script.FellThrough || e.frontNotFound() {
		return
	}
	if t := e.media; t != baseline.MediaUnknown {
		f.Script.Media = signal.PayloadKind{Name: e.x.mediaType(), MediaHabits: p.MediaHabits(t, e.method)}
	}
	if e.upgraded() {
		f.Script.Upgrade = signal.PayloadKind{Name: e.x.header("Upgrade"), MediaHabits: p.MediaHabits(baseline.MediaUpgrade, e.method)}
	}
}

// frontNotFound reports whether a script that the request did not name answers that nothing
// is there: a front controller says so to every scanner.
func (e *Evaluation) frontNotFound() bool {
	return e.progress != atRequest && e.x.gone() && e.requested.key != e.subject.key
}
