package accesslog

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"
)

// caddyFields are the fields of Caddy's access log that are no time of the entry, although
// some look like one.
var caddyFields = map[string]bool{
	"level": true, "logger": true, "msg": true, "request": true, "bytes_read": true, "user_id": true, "duration": true,
	"size": true, "status": true, "resp_headers": true,
}

// timeNames are parts of the names that people give to times.
var timeNames = []string{"time", "stamp", "date", "ts"}

// The years in which an access log can have been written: of HTTP's beginning, and far from
// now. A number outside is something else.
const earliestYear, latestYear = 1991, 2200

// timeOf returns the time of a line: `ts`, or the field that the encoder's option time_key
// calls otherwise.
func (p *caddyParser) timeOf(line []byte, ts json.RawMessage) (time.Time, bool) {
	if len(ts) > 0 {
		return p.parseTime(string(ts))
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(line, &fields) != nil {
		return time.Time{}, false
	}
	if t, ok := p.plausibleTime(fields[p.timeKey]); ok {
		return t, true
	}
	named := func(name string) bool {
		return slices.ContainsFunc(timeNames, func(part string) bool { return strings.Contains(strings.ToLower(name), part) })
	}
	for _, wanted := range []bool{true, false} {
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			if caddyFields[name] || named(name) != wanted {
				continue
			}
			if t, ok := p.plausibleTime(fields[name]); ok {
				p.timeKey = strings.Clone(name)
				return t, true
			}
		}
	}
	return time.Time{}, false
}

func (p *caddyParser) plausibleTime(value json.RawMessage) (time.Time, bool) {
	if len(value) == 0 {
		return time.Time{}, false
	}
	t, ok := p.parseTime(string(value))
	return t, ok && t.Year() >= earliestYear && t.Year() <= latestYear
}
