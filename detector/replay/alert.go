package replay

import (
	"math"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

// Alert is one exchange that is not clean, as `replay --json` prints it.
type Alert struct {
	Type     string    `json:"type"` // "alert", or "notice" if it is of no request
	Time     time.Time `json:"time"`
	File     string    `json:"file"`
	Line     int       `json:"line"` // of a HAR file the entry; from 1
	Client   string    `json:"client"`
	Method   string    `json:"method"`
	URI      string    `json:"uri"`
	Script   string    `json:"script"`
	Endpoint string    `json:"endpoint,omitempty"` // if it is not the script alone
	Status   int       `json:"status"`
	Verdict  string    `json:"verdict"`
	Score    float64   `json:"score"` // bits
	Sentence string    `json:"sentence"`
	// WouldBlock is true if block mode would have refused it, at BlockedAt, which is
	// "request", "response" or "".
	WouldBlock bool   `json:"would_block"`
	BlockedAt  string `json:"blocked_at"`
	// First is true if a person would have been told at once, false if it is
	// part of something that was told before.
	First bool `json:"first"`
	// Burst is the directory under which so many scripts are new that the notice was
	// about all of them, and Scripts is how many those were.
	Burst   string   `json:"burst,omitempty"`
	Scripts int      `json:"scripts,omitempty"`
	Signals []Signal `json:"signals"`
}

// Signal is a signal that fired.
type Signal struct {
	ID   int     `json:"id"`
	Name string  `json:"name"`
	Bits float64 `json:"bits"`
	Why  string  `json:"why"`
}

func newAlert(it *item, file string, j *detector.Judgement) *Alert {
	a := &Alert{
		Type: "alert", Time: it.Time, File: file, Line: it.Line, Method: it.Method, URI: it.URI, Script: j.Script.Path,
		Status: it.Status, Verdict: j.Verdict.String(), Score: tenths(j.Score), Sentence: j.Sentence(),
	}
	if endpoint := j.Endpoint(); endpoint != a.Script {
		a.Endpoint = endpoint
	}
	if it.Client.IsValid() {
		a.Client = it.Client.String()
	}
	for _, f := range j.Findings() {
		a.Signals = append(a.Signals, Signal{ID: f.ID, Name: f.Name, Bits: tenths(f.Bits), Why: j.Why(f)})
	}
	return a
}

// standoutAlert tells of a script that stood out when learning ended. It is of no
// request: file, client and method are empty, line and status 0.
func standoutAlert(p *baseline.Profile, closed time.Time) *Alert {
	out, path := p.Standout(), p.Key().Path
	return &Alert{
		Type: "notice", Time: closed, URI: path, Script: path, Verdict: detector.Suspicious.String(), Score: tenths(out.Bits),
		Sentence: path + ": " + out.Sentence(), First: true,
		Signals: []Signal{{ID: signal.StandoutID, Name: signal.StandoutName, Bits: tenths(out.Bits), Why: out.Sentence()}},
	}
}

// changeAlert tells of scripts that came together. It is of no request, either.
func changeAlert(c *baseline.Change) *Alert {
	a := &Alert{
		Type: "notice", Time: c.Last, URI: c.Directory.Path, Script: c.Directory.Path, Verdict: detector.Suspicious.String(), Sentence: c.Sentence(), First: true,
		Burst: c.Directory.Path, Scripts: len(c.Scripts), Signals: []Signal{{ID: signal.NewScriptID, Name: "new-script", Why: c.Sentence()}},
	}
	if c.Client.IsValid() {
		a.Client = c.Client.String()
	}
	return a
}

// tenths rounds bits: more digits would pretend to a precision they lack.
func tenths(bits float64) float64 { return math.Round(bits*10) / 10 }

// Review is a script that learning did not trust, or did not see, for somebody to look at.
type Review struct {
	Type      string    `json:"type"` // "review"
	Script    string    `json:"script"`
	Networks  int       `json:"networks"` // distinct client networks, estimated
	Visits    uint64    `json:"visits"`
	FirstSeen time.Time `json:"first_seen"`
	LastSeen  time.Time `json:"last_seen"`
	Directory string    `json:"data_directory,omitempty"` // for data, not programs, in which it lies
	// New is true if it appeared after learning had ended, and the log shows too little of
	// it to hold anything against it.
	New bool `json:"new,omitempty"`
	// Standout is how far the script stands out among the others, in bits, and Why says why.
	Standout float64 `json:"standout,omitempty"`
	Why      string  `json:"why,omitempty"`
}

// Summary is what came of a replay.
type Summary struct {
	Type       string  `json:"type"` // "summary"
	Requests   int     `json:"requests"`
	Learned    int     `json:"learned"`
	Judged     int     `json:"judged"`
	Malformed  int     `json:"malformed"`
	Days       float64 `json:"days"`
	Scripts    int     `json:"scripts"`  // known when learning ended
	Coverage   float64 `json:"coverage"` // then
	Alerts     int     `json:"alerts"`
	Suspicious int     `json:"suspicious_requests"`
	Malicious  int     `json:"malicious_requests"`
	WouldBlock int     `json:"would_block"`
	Seconds    float64 `json:"seconds"`
	Rate       float64 `json:"requests_per_second"`

	From          time.Time `json:"from"` // the first entry
	To            time.Time `json:"to"`   // and the last
	Closed        time.Time `json:"learned_until"`
	Review        int       `json:"review"`           // scripts to look at that are listed
	ReviewFurther int       `json:"review_further"`   // and not listed: the list is to be short
	Unread        []string  `json:"unread,omitempty"` // logs that broke off, with the reason
}
