package baseline

import "sync"

// creationRate is in which directories scripts come into being as a habit: a site
// that makes one for each article does so every day, in the same places. A new script
// there is less of a surprise.
type creationRate struct {
	mu   sync.Mutex
	dirs map[string]*creationDays // no more than there are profiles
}

// habitDays is on how many days scripts must have been created in a directory until
// that is a habit.
const habitDays = 3

// creationDays are the UTC days on which scripts of a directory were first seen.
type creationDays struct{ last, count int64 }

// add notes on which day, since 1970, a script was first seen.
func (c *creationRate) add(key Key, day int64) {
	dir := key.directory()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dirs == nil {
		c.dirs = make(map[string]*creationDays)
	}
	days := c.dirs[dir]
	if days == nil {
		days = new(creationDays)
		c.dirs[dir] = days
	}
	if day > days.last {
		days.last = day
		days.count++
	}
}

// days returns on how many days scripts were created in the directory of the key, or
// 0 if that is no habit.
func (c *creationRate) days(key Key) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if days := c.dirs[key.directory()]; days != nil && days.count >= habitDays {
		return days.count
	}
	return 0
}

// maxCreationDirs bounds the directories that are stored, of those with a habit.
const maxCreationDirs = 1000

func (c *creationRate) record() map[string][2]int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := make(map[string][2]int64)
	for dir, days := range c.dirs {
		if days.count >= habitDays && len(list) < maxCreationDirs {
			list[dir] = [2]int64{days.last, days.count}
		}
	}
	return list
}

func (c *creationRate) restore(list map[string][2]int64) {
	c.dirs = make(map[string]*creationDays, len(list))
	for dir, days := range list {
		c.dirs[dir] = &creationDays{last: days[0], count: days[1]}
	}
}
