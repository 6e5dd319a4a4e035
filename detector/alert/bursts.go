package alert

import (
	"strings"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

const (
	// burstScripts is how many scripts must be new under one directory within
	// burstTime until one notice is about all of them: a deploy that nobody announced, or
	// somebody drops many. Between public sites' own new scripts lie hours.
	burstScripts = 3
	burstTime    = 10 * time.Minute
	// maxBursts bounds the directories that are watched.
	maxBursts = 4096
)

// burst is what is new under one directory. Scripts that are sent payloads and found
// malicious are not part of it: each is notified by itself.
type burst struct {
	since    time.Time // of the last notice or summary
	quiet    time.Duration
	last     time.Time
	scripts  int
	notified bool
	further  uint64 // since then
}

// burst counts a new script, and notifies of it alone or with the others under the
// deepest directory where there are many.
func (a *Alerts) burst(path string, now time.Time) Notice {
	if a.bursts == nil {
		a.bursts = make(map[string]*burst)
	}
	for dir := range ancestors(path) {
		if b := a.bursts[dir]; b != nil && b.notified && now.Sub(b.last) < burstTime {
			b.scripts++
			b.further++
			b.last = now
			return Notice{}
		}
	}
	for dir := range ancestors(path) {
		b := a.bursts[dir]
		if b == nil || now.Sub(b.last) >= burstTime && !b.notified {
			if b == nil && len(a.bursts) >= maxBursts {
				continue
			}
			b = &burst{since: now, quiet: firstQuiet}
			a.bursts[dir] = b
		}
		b.scripts++
		b.last = now
		if b.scripts >= burstScripts && !b.notified {
			b.notified, b.since = true, now
			return Notice{Notify: true, Burst: dir, Scripts: b.scripts}
		}
	}
	return Notice{Notify: true}
}

// inBurst reports whether a notice was about all that is new under a directory of the
// path, and more goes on being.
func (a *Alerts) inBurst(path string, now time.Time) bool {
	for dir := range ancestors(path) {
		if b := a.bursts[dir]; b != nil && b.notified && now.Sub(b.last) < burstTime {
			return true
		}
	}
	return false
}

// ancestors lists the directories that a path lies under, the deepest first. The
// root counts for what lies in it itself only: everything lies under it.
func ancestors(path string) func(func(string) bool) {
	return func(yield func(string) bool) {
		end := strings.LastIndexByte(path, '/')
		if end <= 0 {
			yield("/")
			return
		}
		for ; end > 0; end = strings.LastIndexByte(path[:end], '/') {
			if !yield(path[:end+1]) {
				return
			}
		}
	}
}

// endBursts adds the summaries of bursts that are due, and forgets those that ended.
func (a *Alerts) endBursts(list []Summary, now time.Time) []Summary {
	for dir, b := range a.bursts {
		if b.further > 0 && now.Sub(b.since) >= b.quiet {
			list = append(list, Summary{Script: baseline.Key{Path: dir}, Burst: true, Since: b.since, Repeated: b.further, Worst: detector.Suspicious})
			b.since, b.further = now, 0
			b.quiet = min(2*b.quiet, mostQuiet)
		}
		if b.further == 0 && now.Sub(b.last) >= burstTime {
			delete(a.bursts, dir)
		}
	}
	return list
}
