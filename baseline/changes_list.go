package baseline

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Tell returns the changes that have settled by the time given and were not told yet, or
// all that were not if force is true.
func (c *Changes) Tell(now time.Time, force bool) (list []Change) {
	if !c.any.Load() {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for dir, ch := range c.watched {
		if ch.opened != 0 && !ch.told && (force || now.Unix()-ch.opened >= int64(changeSettles/time.Second)) {
			ch.told = true
			list = append(list, ch.export(dir))
			c.dirty.set()
		}
	}
	sortChanges(list)
	return list
}

// List lists the changes that wait for a decision, the latest first.
func (c *Changes) List() (list []Change) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle()
	for dir, ch := range c.watched {
		if ch.opened != 0 {
			list = append(list, ch.export(dir))
		}
	}
	sortChanges(list)
	return list
}

// Of reports whether a script came with a change that waits for a decision.
func (c *Changes) Of(key Key) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for dir := range ancestorsOf(key) {
		if ch := c.watched[dir]; ch != nil && ch.opened != 0 {
			if _, there := ch.scripts[key.Path]; there {
				return true
			}
		}
	}
	return false
}

// Expire forgets what was decided, and directories in which nothing came after one script.
func (c *Changes) Expire(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle()
	c.expire(now)
}

// settle forgets the changes of whose scripts none is new any more.
func (c *Changes) settle() {
	for dir, ch := range c.watched {
		if ch.opened == 0 {
			continue
		}
		waits := false
		for path := range ch.scripts {
			p := c.scripts.Lookup(Key{Root: dir.Root, Path: path})
			waits = waits || p != nil && p.Novel()
		}
		if !waits {
			delete(c.watched, dir)
			c.dirty.set()
		}
	}
	c.any.Store(len(c.watched) > 0)
}

// expire forgets directories that are watched for nothing, and reports whether there were
// any.
func (c *Changes) expire(now time.Time) (expired bool) {
	for dir, ch := range c.watched {
		if ch.opened == 0 && now.Unix()-ch.last > int64(changeTime/time.Second) {
			delete(c.watched, dir)
			expired = true
		}
	}
	c.any.Store(len(c.watched) > 0)
	return expired
}

func (ch *change) export(dir Key) Change {
	out := Change{Directory: dir, Since: time.Unix(ch.since, 0).UTC(), Last: time.Unix(ch.last, 0).UTC(), Client: ch.client, told: ch.told}
	if ch.after != newerFiles {
		out.After = ch.after
	}
	for path := range ch.scripts {
		out.Scripts = append(out.Scripts, path)
	}
	slices.Sort(out.Scripts)
	return out
}

func sortChanges(list []Change) {
	slices.SortFunc(list, func(a, b Change) int {
		return cmp.Or(b.Since.Compare(a.Since), strings.Compare(a.Directory.Path, b.Directory.Path), strings.Compare(a.Directory.Root, b.Directory.Root))
	})
}

// changeRecord is a change as it is stored: without the client, whom only the notice named.
type changeRecord struct {
	Root      string   `json:"root,omitempty"`
	Directory string   `json:"directory"`
	Since     int64    `json:"since"` // Unix seconds
	Last      int64    `json:"last"`
	After     string   `json:"after,omitempty"`
	Told      bool     `json:"told,omitempty"`
	Scripts   []string `json:"scripts"`
}

func (c *Changes) record() (list []changeRecord) {
	for _, ch := range c.List() {
		list = append(list, changeRecord{
			Root: ch.Directory.Root, Directory: ch.Directory.Path, Since: ch.Since.Unix(), Last: ch.Last.Unix(), After: ch.After, Scripts: ch.Scripts, Told: ch.told,
		})
	}
	return list
}

// restore takes back what was stored, as far as it makes sense.
func (c *Changes) restore(list []changeRecord) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, rec := range list[:min(len(list), maxChanges)] {
		if !strings.HasPrefix(rec.Directory, "/") || !strings.HasSuffix(rec.Directory, "/") || len(rec.Scripts) > maxChangeScripts || rec.Last < rec.Since {
			continue
		}
		ch := &change{since: rec.Since, last: rec.Last, after: cmp.Or(rec.After, newerFiles), opened: max(rec.Last, 1), told: rec.Told, scripts: make(map[string]struct{})}
		for _, path := range rec.Scripts {
			if strings.HasPrefix(path, rec.Directory) {
				ch.scripts[path] = struct{}{}
			}
		}
		if c.watched == nil {
			c.watched = make(map[Key]*change)
		}
		c.watched[Key{Root: rec.Root, Path: rec.Directory}] = ch
		c.any.Store(true)
	}
}

// Sentence says what came, in one clause.
func (c *Change) Sentence() string {
	s := fmt.Sprintf("%d new scripts under %s since %s", len(c.Scripts), c.Directory.Path, c.Since.Format("15:04"))
	switch {
	case c.Client.IsValid():
		s += fmt.Sprintf(", after %s posted to %s", c.Client, c.After)
	case c.After != "":
		s += ", after somebody posted to " + c.After
	default:
		s += ", with files newer than learning"
	}
	return s + ": an update? approve '" + c.Pattern() + "', or look at them"
}

// Pattern is what an operator approves all of the change by.
func (c *Change) Pattern() string { return c.Directory.Path + "**" }
