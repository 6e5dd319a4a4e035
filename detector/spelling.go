package detector

import (
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

// find looks a script up, on a server that knows no case by any spelling.
func (m *Memory) find(key baseline.Key) (baseline.Key, *baseline.Profile) {
	p := m.Scripts.Lookup(key)
	if p == nil {
		if known := m.Scripts.Known(key); known != key {
			return known, m.Scripts.Lookup(known)
		}
	}
	return key, p
}

// disguise returns the spelling without an upper-case suffix where that is none: the server
// knows no case, the site spells its scripts so, or the segment is the name of a service.
func (e *Evaluation) disguise() scriptpath.Spelling {
	spelling := e.subject.spelling
	if spelling&scriptpath.SpelledCase == 0 {
		return spelling
	}
	if e.x.IgnoresCase || e.m.Scripts.IgnoresCase() || e.m.Scripts.UpperCaseUsual() || e.mayBeService() {
		spelling &^= scriptpath.SpelledCase
	}
	return spelling
}

// mayBeService reports whether what looks like a script can be the name of a service in the
// path of a remote call, such as /shop.Svc/Get: more follows it, no file is there, and the
// call says so or the site never had a script of that suffix.
func (e *Evaluation) mayBeService() bool {
	s := &e.subject
	if s.spelling&scriptpath.SpelledPathInfo == 0 || s.file.State == FileThere {
		return false
	}
	return e.grpc() || !e.m.Scripts.RunsSuffix(s.key.Path)
}

// service reports whether an unknown script is a service that is called by gRPC, as far as
// its request and its answer say: its payloads are unreadable by their nature.
func (e *Evaluation) service() bool { return e.grpc() && e.novel() && e.mayBeService() }

// grpc reports whether the request is a call by gRPC, and the answer to it, once that is
// known, an answer to one (the protocol's document PROTOCOL-HTTP2.md, "Content-Type").
func (e *Evaluation) grpc() bool {
	const media = "application/grpc"
	return e.method == baseline.MethodPost && strings.HasPrefix(e.x.header("Content-Type"), media) &&
		(e.progress == atRequest || strings.HasPrefix(e.x.ContentType, media))
}

// learnSpelling learns how the site spells its scripts.
func (e *Evaluation) learnSpelling() {
	if e.enforcing() {
		return
	}
	if e.x.IgnoresCase {
		e.m.Scripts.IgnoreCase()
	}
	if e.subject.spelling&scriptpath.SpelledCase != 0 && e.x.succeeded() && e.x.Has(KnownClient) {
		e.m.Scripts.NoteUpperCase(e.network)
	}
}
