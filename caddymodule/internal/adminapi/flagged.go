package adminapi

import (
	"math"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// FlaggedRequest is a request that was not clean.
type FlaggedRequest struct {
	Time   time.Time `json:"time"`
	Client string    `json:"client"`
	Method string    `json:"method"`
	// URI is the path and the names of the query's parameters.
	URI    string `json:"uri"`
	Script string `json:"script"`
	// Endpoint is the name of what was asked for, with the route where one is known.
	Endpoint string       `json:"endpoint"`
	Root     string       `json:"root,omitempty"`
	Status   int          `json:"status"`
	Verdict  string       `json:"verdict"`
	Score    float64      `json:"score"` // bits
	Signals  []SignalName `json:"signals"`
	// WouldBlock is true if block mode refuses it, at the stage BlockedAt: "request",
	// "response" or "".
	WouldBlock bool   `json:"would_block"`
	BlockedAt  string `json:"blocked_at"`
	// TakenBack is true if the answer showed after that that it was clean.
	TakenBack bool `json:"taken_back"`
	// Contained is true if containment refused it.
	Contained bool `json:"contained"`
}

// FlaggedList is what the API answers about the flagged requests of a site.
type FlaggedList struct {
	Site string `json:"site"`
	// Matched is how many of those that are kept match; Requests may be fewer.
	Matched int `json:"matched"`
	// Requests come newest first.
	Requests []FlaggedRequest `json:"requests"`
}

// flaggedQuery is which requests are asked for.
type flaggedQuery struct {
	wouldBlock bool
	script     *pathPattern // nil for any
	limit      int
}

func (c *siteCall) parseFlaggedQuery(values url.Values) (q flaggedQuery, err error) {
	q.limit = defaultListed
	for name, list := range values {
		value := list[len(list)-1]
		switch name {
		case "would_block":
			if q.wouldBlock, err = strconv.ParseBool(value); err != nil {
				return q, apiError(http.StatusBadRequest, "would_block %q: want 1 or 0", value)
			}
		case "script":
			patterns, err := c.patterns([]string{value})
			if err != nil {
				return q, err
			}
			q.script = &patterns[0]
		case "limit":
			if q.limit, err = strconv.Atoi(value); err != nil || q.limit < 1 || q.limit > maxListed {
				return q, apiError(http.StatusBadRequest, "limit %q: want 1 to %d", value, maxListed)
			}
		default:
			return q, apiError(http.StatusBadRequest, "unknown parameter %q: want would_block, script or limit", name)
		}
	}
	return q, nil
}

func (q *flaggedQuery) matches(r *baseline.FlaggedRequest, endpoint baseline.EndpointName) bool {
	return (!q.wouldBlock || r.BlockedAt != "") && (q.script == nil || q.script.means(endpoint) || q.script.means(baseline.EndpointName{Script: r.Script.Path}))
}

// flaggedEndpoint names the endpoint of a flagged request.
func (c *siteCall) flaggedEndpoint(r *baseline.FlaggedRequest) baseline.EndpointName {
	if r.Route != "" {
		return baseline.EndpointName{Script: r.Script.Path, Route: r.Route}
	}
	if p := c.memory.Scripts.Lookup(r.Script); p != nil {
		return p.Name()
	}
	return baseline.EndpointName{Script: r.Script.Path}
}

func (c *siteCall) flagged() error {
	values, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		return apiError(http.StatusBadRequest, "query: %v", err)
	}
	q, err := c.parseFlaggedQuery(values)
	if err != nil {
		return err
	}
	answer := FlaggedList{Site: c.settings.Name, Requests: []FlaggedRequest{}}
	for _, r := range c.memory.Evidence.Requests() {
		endpoint := c.flaggedEndpoint(&r)
		if !q.matches(&r, endpoint) {
			continue
		}
		if answer.Matched++; answer.Matched <= q.limit {
			answer.Requests = append(answer.Requests, newFlaggedRequest(&r, endpoint))
		}
	}
	return reply(c.w, answer)
}

func newFlaggedRequest(r *baseline.FlaggedRequest, endpoint baseline.EndpointName) FlaggedRequest {
	answer := FlaggedRequest{
		Time: r.Time, Method: r.Method, URI: r.URI, Script: r.Script.Path, Endpoint: endpoint.String(), Root: r.Script.Root, Status: r.Status, Verdict: r.Verdict.String(), Score: tenth(r.Score),
		Signals: signalNames(r.Signals), WouldBlock: r.BlockedAt != "", BlockedAt: r.BlockedAt, TakenBack: r.TakenBack, Contained: r.Contained,
	}
	if r.Client.IsValid() {
		answer.Client = r.Client.String()
	}
	return answer
}

// tenth rounds bits: more digits would pretend to a precision they lack.
func tenth(bits float64) float64 { return math.Round(bits*10) / 10 }
