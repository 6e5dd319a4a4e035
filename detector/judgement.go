package detector

import (
	"cmp"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

// Verdict is what the detector makes of an exchange.
type Verdict = baseline.Verdict

// The verdicts.
const (
	Clean      = baseline.Clean
	Suspicious = baseline.Suspicious
	Malicious  = baseline.Malicious
)

// Refusal says whether an exchange is to be refused at the stage at hand, and why.
type Refusal uint8

// The refusals. All but the first two hold in every mode.
const (
	NotRefused       Refusal = iota
	RefusedMalicious         // in block mode
	RefusedDenied            // an operator denied the script
	RefusedContained         // the site is contained, and nobody vouches for the script
	// RefusedMissing keeps back what came with a 404 or 410 while the site is contained:
	// the status stays.
	RefusedMissing
)

// InEveryMode reports whether the refusal does not depend on the mode.
func (r Refusal) InEveryMode() bool { return r >= RefusedDenied }

// byContainment reports whether it is containment that refuses.
func (r Refusal) byContainment() bool { return r >= RefusedContained }

// Judgement is the outcome of judging an exchange at one stage, and how it came
// about. It may be copied. It is not safe for concurrent use.
type Judgement struct {
	Time   time.Time
	Method string // as sent
	Stage  signal.Stage
	Phase  baseline.Phase
	// Script is what the exchange is about; its path is empty if it names no script, and
	// nothing is held against it.
	Script baseline.Key
	// Route is the template of the path that was asked for if it names no script; "" if it
	// does, or if the route is not known to be one.
	Route string
	// Selector and Selected are the name and the value by which an operation of it was asked
	// for: the client's text, the value printable ASCII, the name as it was sent; "" if by none.
	Selector, Selected string
	// Exists is true if the script is known to exist: its file is there, or its answer
	// says so.
	Exists  bool
	Trusted bool // the script is trusted
	// Page is what an unknown script answered, nil if that is not known, by which it can be
	// compared with others.
	Page *baseline.Page

	Verdict Verdict
	// Score is in bits; 0 if no gate opened.
	Score   float64
	Refusal Refusal
	// InChange is true if a form was sent to a script that came with a change, and nothing
	// else is held against it: somebody was told of the change.
	InChange bool

	mere     bool   // it is what visitors of any new page do
	front    string // the front controller that answered the route before, until it is known what ran
	features signal.Features
	findings [maxFindings]Finding
	n        int
}

// Finding is a signal that fired.
type Finding struct {
	*signal.Signal
	Bits float64
}

// maxFindings is the room a judgement has for findings.
const maxFindings = 48

// Findings lists the signals that fired, by ID. It is empty if clean, and is valid until
// the judgement is reused.
func (j *Judgement) Findings() []Finding { return j.findings[:j.n] }

// Features returns what the signals looked at, which is incomplete unless a gate opened.
// It is valid until the judgement is reused.
func (j *Judgement) Features() *signal.Features { return &j.features }

// Endpoint names what the client addressed, for people: the script, the route, or a front
// controller with the route by which it was asked. Before the upstream runs that is the
// one which answered the route before.
func (j *Judgement) Endpoint() string {
	return j.EndpointName().String()
}

// EndpointName is [Judgement.Endpoint] in its parts.
func (j *Judgement) EndpointName() baseline.EndpointName {
	name := baseline.EndpointName{Script: cmp.Or(j.front, j.Script.Path), Route: j.Route}
	if name.Script == name.Route {
		name.Script = "" // no script answers it
	}
	if j.Selector != "" {
		name.Operation = j.Selector + "=" + j.Selected
	}
	return name
}

// Why explains a finding, with the numbers, in one clause.
func (j *Judgement) Why(f Finding) string { return f.Signal.Why(&j.features) }

// Fired reports whether the signal of the ID fired.
func (j *Judgement) Fired(id int) bool {
	for i := range j.n {
		if j.findings[i].ID == id {
			return true
		}
	}
	return false
}

// clear takes back what was held against the exchange. It leaves the room for findings
// as it is, which is larger than all the rest and names signals only.
func (j *Judgement) clear() {
	j.Verdict, j.Score, j.Refusal, j.n = Clean, 0, NotRefused, 0
	j.InChange, j.mere = false, false
}

func (j *Judgement) add(s *signal.Signal, bits float64) {
	if j.n < maxFindings {
		j.findings[j.n] = Finding{Signal: s, Bits: bits}
		j.n++
	}
}
