package baseline

import (
	"sync/atomic"
	"time"
)

// Alteration is what became of a known script's file, or of what configures its
// directories, since learning ended, and that nobody vouches for.
type Alteration struct {
	File          time.Time // when its own file was changed; zero if it was not
	Configuration time.Time // when the configuration was; zero if it was not
	ConfiguredBy  string    // the path of the newest such file
}

// alterations are the latest look at a script's files. They are not stored: files tell
// again.
type alterations struct {
	looked atomic.Int64 // Unix nanoseconds of the latest look; 0 if there was none
	found  atomic.Pointer[Alteration]
	// counted is true once the script counts among those that were looked at.
	counted atomic.Bool
}

// LookDue reports whether the latest look at the script's files is older than the
// duration given, or of a clock that was ahead. Of concurrent callers it tells one.
func (p *Profile) LookDue(now time.Time, fresh time.Duration) bool {
	at, last := now.UnixNano(), p.alterations.looked.Load()
	if last != 0 && at >= last && at-last < int64(fresh) {
		return false
	}
	return p.alterations.looked.CompareAndSwap(last, at)
}

// Alteration returns what the latest look found, or nil.
func (p *Profile) Alteration() *Alteration { return p.alterations.found.Load() }

// alteredScripts counts the known scripts whose files were looked at, and those of which
// the own file was changed.
type alteredScripts struct{ looked, changed atomic.Int64 }

// NoteAlteration keeps what a look at a script's files found, which is nil for nothing.
func (s *Scripts) NoteAlteration(p *Profile, a *Alteration) {
	before := p.alterations.found.Swap(a)
	if p.alterations.counted.CompareAndSwap(false, true) {
		s.altered.looked.Add(1)
	}
	was, is := before != nil && !before.File.IsZero(), a != nil && !a.File.IsZero()
	switch {
	case is && !was:
		s.altered.changed.Add(1)
	case was && !is:
		s.altered.changed.Add(-1)
	}
}

// AlteredShare estimates which share of the site's other scripts had their files changed,
// for one script that had: an update changes many, a backdoor one. A site of which
// nothing is known has 0.03, an estimate, with the weight of twenty scripts.
func (s *Scripts) AlteredShare() float64 {
	const usual, weight = 0.03, 20
	changed, looked := float64(s.altered.changed.Load()), float64(s.altered.looked.Load())
	return min(1, (max(0, changed-1)+usual*weight)/(max(0, looked-1)+weight))
}
