package baseline

import "sync"

// births tell in which directories scripts come into being as a habit: a site that
// makes one for each article does so every day, in the same places. A new script
// there is less of a surprise.
type births struct {
	mu   sync.Mutex
	dirs map[string]*birthDays // no more than there are profiles
}

// habitDays is on how many days scripts must have been born in a directory until
// that is a habit.
const habitDays = 3

// birthDays are the UTC days on which scripts of a directory were first seen.
type birthDays struct{ last, count int64 }

// add notes that a script was first seen at a time, in Unix seconds, unless that
// was on the first day of learning, when every script is.
func (b *births) add(key Key, at, began int64) {
	day := at / 86400
	if day <= began/86400 {
		return
	}
	dir := directory(key)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.dirs == nil {
		b.dirs = make(map[string]*birthDays)
	}
	days := b.dirs[dir]
	if days == nil {
		days = new(birthDays)
		b.dirs[dir] = days
	}
	if day > days.last {
		days.last = day
		days.count++
	}
}

// BirthRate returns on which share of the days of learning, but for its first, a
// script of the same directory was first seen, 0 to 1, and how many days that were.
func (s *Site) BirthRate(key Key) (share float64, days int) {
	end := s.closed.Load()
	if end == 0 {
		return 0, 0
	}
	const day = 24 * 60 * 60 * 1_000_000_000
	all := end/day - s.started.Load()/day
	s.births.mu.Lock()
	defer s.births.mu.Unlock()
	born := s.births.dirs[directory(key)]
	if born == nil || born.count < habitDays || all <= 0 {
		return 0, int(max(all, 0))
	}
	return min(1, float64(born.count)/float64(all)), int(all)
}

// maxBirthDirs bounds the directories that are stored, of those with a habit.
const maxBirthDirs = 1000

func (b *births) record() map[string][2]int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := make(map[string][2]int64)
	for dir, days := range b.dirs {
		if days.count >= habitDays && len(list) < maxBirthDirs {
			list[dir] = [2]int64{days.last, days.count}
		}
	}
	return list
}

func (b *births) restore(list map[string][2]int64) {
	b.dirs = make(map[string]*birthDays, len(list))
	for dir, days := range list {
		b.dirs[dir] = &birthDays{last: days[0], count: days[1]}
	}
}
