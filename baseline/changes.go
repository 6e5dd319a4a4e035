package baseline

import (
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

const (
	// changeTime is how soon after one another the scripts of a change are first seen, and
	// how long before them somebody sent what made it: the ten minutes of a burst of alerts.
	changeTime = 10 * time.Minute
	// changeScripts is from how many new scripts under one directory they are a change.
	changeScripts = 2
	// changeSettles is how long a change gathers scripts until it is told of.
	changeSettles = time.Minute
	// maxChanges bounds the changes that wait for a decision, and maxWatched the directories
	// in which one may begin. What finds no room is judged one by one.
	maxChanges = 64
	maxWatched = 1024
	// maxChangeScripts bounds the scripts of one change. Further ones are judged one by one.
	maxChangeScripts = 512
	// maxChangeDepth is how many of the directories above a script are watched, deepest first.
	maxChangeDepth = 4
)

// Change is several scripts that came under one directory together, as a plugin or an
// update does that an application's staff install by its own pages.
type Change struct {
	Directory Key // its path ends in a slash
	Since     time.Time
	Last      time.Time // when the latest of them was first seen
	Scripts   []string  // their paths, in order
	// Client is who sent something to the script After shortly before; invalid and "" if
	// only the files' times tell.
	Client netip.Addr
	After  string

	told bool
}

// Changes are those of a site about which nobody has decided. The lock is taken for
// scripts that are new only, but by NoteSender, which does not wait for it.
type Changes struct {
	scripts *Scripts
	dirty   *dirtyMark

	any     atomic.Bool // one waits for a decision, or may begin
	mu      sync.Mutex
	sender  changeSender
	watched map[Key]*change
}

// changeSender is a network that sent something to a script that is known.
type changeSender struct {
	at      int64 // Unix seconds; 0 if there is none
	client  netip.Addr
	script  *Profile
	callers int // how many networks sent that script something while the site was learned
}

// change is what came under one directory.
type change struct {
	since, last int64 // Unix seconds
	scripts     map[string]struct{}
	client      netip.Addr
	after       string
	opened      int64 // when it became a change; 0 until then
	told        bool
}

// NoteSender notes that staff, or a regular visitor, sent something to a script that is
// known. Of those within ten minutes the one counts whose script the fewest send anything
// to: on a busy site visitors send forms all the time. It neither waits nor allocates.
func (c *Changes) NoteSender(client netip.Addr, p *Profile, now time.Time) {
	if !c.mu.TryLock() {
		return
	}
	defer c.mu.Unlock()
	callers := p.senders()
	if s := &c.sender; s.at == 0 || now.Unix()-s.at > int64(changeTime/time.Second) || callers <= s.callers {
		*s = changeSender{at: now.Unix(), client: client, script: p, callers: callers}
	}
}

// senders estimates how many networks sent the script payloads while the site was learned.
func (p *Profile) senders() int {
	if c := p.callers.Load(); c != nil {
		return c.kinds[ofPayloads].list.Count()
	}
	return 0
}

// SentBy reports whether the network may have sent the script payloads while the site was
// learned.
func (p *Profile) SentBy(network uint64) bool {
	c := p.callers.Load()
	return c != nil && c.kinds[ofPayloads].list.Has(network)
}

// mayChange reports whether a script can be part of a change: not where data is kept.
func mayChange(key Key) bool {
	return scriptpath.DataDirectory(key.Path) == "" && !strings.Contains(key.Path, "/.")
}

// NoteScript notes that a script that is new is there. changed is when its file was, if
// that is known and was after learning.
func (c *Changes) NoteScript(key Key, now, changed time.Time) {
	if !mayChange(key) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if ch := c.find(key, now, changed); ch != nil {
		ch.add(key.Path, now)
		c.open(ch, now)
		c.dirty.set()
		return
	}
	if c.watched == nil {
		c.watched = make(map[Key]*change)
	}
	for dir := range ancestorsOf(key) {
		ch := c.watched[dir]
		switch {
		case ch == nil:
			if len(c.watched) >= maxWatched && !c.expire(now) {
				return
			}
			ch = &change{since: now.Unix(), scripts: make(map[string]struct{}, 1)}
			c.watched[dir] = ch
		case ch.opened != 0:
			continue // that change is over
		case now.Unix()-ch.last > int64(changeTime/time.Second):
			*ch = change{since: now.Unix(), scripts: make(map[string]struct{}, 1)}
		}
		ch.add(key.Path, now)
		if !changed.IsZero() && ch.after == "" {
			ch.after = newerFiles
		}
		c.take(ch, now)
		if c.open(ch, now); ch.opened != 0 {
			return // not one of the directories above as well
		}
	}
}

// newerFiles stands in after for what the files' times tell.
const newerFiles = "\x00"

// take has the sender be whom a change is told to be of.
func (c *Changes) take(ch *change, now time.Time) {
	if s := &c.sender; s.at != 0 && ch.client == (netip.Addr{}) && now.Unix()-s.at <= int64(changeTime/time.Second) && s.at <= ch.last {
		ch.client, ch.after = s.client, s.script.key.Path
	}
}

func (ch *change) add(path string, now time.Time) {
	if len(ch.scripts) < maxChangeScripts {
		ch.scripts[strings.Clone(path)] = struct{}{}
		ch.last = max(ch.last, now.Unix())
	}
}

// open makes a change of what is watched, if enough came and something made it.
func (c *Changes) open(ch *change, now time.Time) {
	c.any.Store(true)
	if ch.opened == 0 && len(ch.scripts) >= changeScripts && ch.after != "" && c.waiting() < maxChanges {
		ch.opened = now.Unix()
	}
}

func (c *Changes) waiting() (n int) {
	for _, ch := range c.watched {
		if ch.opened != 0 {
			n++
		}
	}
	return n
}

// Covers reports whether a script that is new is part of a change, or makes one: others
// are new near it, and somebody sent something before them, or files tell.
func (c *Changes) Covers(key Key, now, changed time.Time) bool {
	if !c.any.Load() || !mayChange(key) {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.find(key, now, changed) != nil {
		return true
	}
	if c.waiting() >= maxChanges {
		return false
	}
	for dir := range ancestorsOf(key) {
		ch := c.watched[dir]
		if ch == nil || ch.opened != 0 || now.Unix()-ch.last > int64(changeTime/time.Second) {
			continue
		}
		if _, there := ch.scripts[key.Path]; !there && (ch.after != "" || !changed.IsZero()) {
			return true
		}
	}
	return false
}

// find returns the change that a script is part of: it came with it, or comes within ten
// minutes of the others, or its file did.
func (c *Changes) find(key Key, now, changed time.Time) *change {
	for dir := range ancestorsOf(key) {
		ch := c.watched[dir]
		if ch == nil || ch.opened == 0 {
			continue
		}
		if _, there := ch.scripts[key.Path]; there {
			return ch
		}
		if len(ch.scripts) < maxChangeScripts && (ch.near(now) || !changed.IsZero() && ch.near(changed)) {
			return ch
		}
	}
	return nil
}

func (ch *change) near(t time.Time) bool {
	const around = int64(changeTime / time.Second)
	return ch.since-around <= t.Unix() && t.Unix() <= ch.last+around
}

// ancestorsOf lists the directories that a script lies under, the deepest first. The root
// counts for what lies in it itself only: everything lies under it.
func ancestorsOf(key Key) func(func(Key) bool) {
	return func(yield func(Key) bool) {
		end := strings.LastIndexByte(key.Path, '/')
		if end <= 0 {
			yield(Key{Root: key.Root, Path: "/"})
			return
		}
		for depth := 0; end > 0 && depth < maxChangeDepth; end = strings.LastIndexByte(key.Path[:end], '/') {
			depth++
			if !yield(Key{Root: key.Root, Path: key.Path[:end+1]}) {
				return
			}
		}
	}
}
