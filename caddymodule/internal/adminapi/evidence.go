package adminapi

import (
	"cmp"
	"fmt"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

// Evidence is what was held against the requests to one script in the last 30 days.
type Evidence struct {
	// Verdict, Score (in bits) and Signals are those of the worst request since the script
	// was last approved, or before that if none came since; "clean" if nothing was held
	// against the script itself.
	Verdict string       `json:"verdict"`
	Score   float64      `json:"score"`
	Signals []SignalName `json:"signals"`
	// Flagged counts the requests, and WouldBlock those that block mode refuses.
	Flagged    uint64 `json:"flagged"`
	WouldBlock uint64 `json:"would_block"`
	// Networks is from how many client networks they came, an estimate past eight.
	Networks int       `json:"networks"`
	First    time.Time `json:"first"`
	Last     time.Time `json:"last"`
	// Client and Status are of the last request.
	Client string `json:"client"`
	Status int    `json:"status"`
	// Approved is when somebody last approved the script in spite of earlier evidence.
	Approved *time.Time `json:"approved,omitempty"`
	// Standing is true if something was held against the script since, and Contained if
	// containment refused all those requests.
	Standing  bool `json:"standing"`
	Contained bool `json:"contained"`
}

// SignalName names a signal.
type SignalName struct {
	ID   int    `json:"id"`
	Name string `json:"name"`
}

// evidence is what is held against a script, or nil if nothing ever was.
func (c *siteCall) evidence(key baseline.Key) *Evidence {
	e, ok := c.memory.Evidence.Of(key)
	if !ok {
		return nil
	}
	return newEvidence(&e)
}

func newEvidence(e *baseline.ScriptEvidence) *Evidence {
	answer := &Evidence{
		Verdict: e.Verdict.String(), Score: tenth(e.Score), Signals: signalNames(e.Signals), Flagged: e.Flagged, WouldBlock: e.WouldBlock, Networks: e.Networks,
		First: e.First, Last: e.Last, Status: e.Status, Standing: e.Standing, Contained: e.Contained,
	}
	if e.Client.IsValid() {
		answer.Client = e.Client.String()
	}
	if !e.Approved.IsZero() {
		answer.Approved = &e.Approved
	}
	return answer
}

// weight is by what scripts are sorted, worst first.
func (e *Evidence) weight() float64 {
	if e == nil || !e.Standing {
		return 0
	}
	return e.Score
}

// String sums up the evidence in one clause.
func (e *Evidence) String() string {
	return fmt.Sprintf("%s, %.1f bits; flagged requests: %s, the last at %s by %s with status %d",
		e.Verdict, e.Score, e.Requests(), e.Last.Format(time.RFC3339), cmp.Or(e.Client, "an unknown client"), e.Status)
}

// Requests says how many flagged requests there were, and from how many networks.
func (e *Evidence) Requests() string {
	if e.Networks == 1 {
		return fmt.Sprintf("%d from 1 network", e.Flagged)
	}
	return fmt.Sprintf("%d from %d networks", e.Flagged, e.Networks)
}

func signalNames(ids []int) []SignalName {
	list := make([]SignalName, 0, len(ids))
	for _, id := range ids {
		name := SignalName{ID: id}
		for _, all := range [][]*signal.Signal{signal.Catalog(), signal.Decisions()} {
			for _, s := range all {
				if s.ID == id {
					name.Name = s.Name
				}
			}
		}
		list = append(list, name)
	}
	return list
}
