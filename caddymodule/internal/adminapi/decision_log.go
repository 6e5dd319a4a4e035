package adminapi

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// DecisionList is what the API answers about the decisions about a site.
type DecisionList struct {
	Site string `json:"site"`
	// Decisions are the latest, the newest last.
	Decisions []LoggedDecision `json:"decisions"`
}

// LoggedDecision is a decision as the API lists it.
type LoggedDecision struct {
	Time    time.Time `json:"time"`
	Decided string    `json:"decided"`
	// Path and Root are of the script that it is about, or of a standing denial; empty for
	// the site.
	Path string `json:"path,omitempty"`
	Root string `json:"root,omitempty"`
	// Endpoint is the name of the endpoint that it is about, if that is not a script.
	Endpoint string          `json:"endpoint,omitempty"`
	Host     string          `json:"host,omitempty"` // of a standing denial that is about one
	Reason   string          `json:"reason,omitempty"`
	By       baseline.Author `json:"by"` // empty for the guard itself
}

func newLoggedDecision(d baseline.Decision) LoggedDecision {
	return LoggedDecision{Time: d.Time, Decided: d.Decided, Path: d.Script.Path, Root: d.Script.Root, Endpoint: d.Endpoint, Host: d.Host, Reason: d.Reason, By: d.By}
}

func (c *siteCall) decisions() error {
	values, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		return apiError(http.StatusBadRequest, "query: %v", err)
	}
	limit := defaultListed
	for name, list := range values {
		if name != "limit" {
			return apiError(http.StatusBadRequest, "unknown parameter %q: want limit", name)
		}
		if limit, err = strconv.Atoi(list[len(list)-1]); err != nil || limit < 1 || limit > maxListed {
			return apiError(http.StatusBadRequest, "limit %q: want 1 to %d", list[len(list)-1], maxListed)
		}
	}
	answer := DecisionList{Site: c.settings.Name, Decisions: []LoggedDecision{}}
	list := c.memory.Decisions.List()
	for _, d := range list[max(0, len(list)-limit):] {
		answer.Decisions = append(answer.Decisions, newLoggedDecision(d))
	}
	return reply(c.w, answer)
}

// decided lists what this call decided.
func (c *siteCall) decided() []baseline.Decision {
	return slices.DeleteFunc(c.site.Memory().Decisions.List(), func(d baseline.Decision) bool {
		return d.By != c.by || !d.Time.Equal(c.now)
	})
}
