package baseline

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/sketch"
)

// maxLater bounds what is remembered of what came after a script's reference was
// learned: sixteen names are more than an application gets in one release of it.
const maxLater = 16

// nameKind says what a name is of.
type nameKind uint8

const (
	paramName nameKind = iota
	headerName
	cookieName
	nameKinds
)

// Recurrence is how often something came after the end of learning that the reference
// does not have: by how many client networks, and on how many days.
type Recurrence struct{ Networks, Days int }

// laterNames are the names that a script was sent after its reference had been learned.
// They are kept apart from it: patience must not make a backdoor's parameter known. Only
// what is strange takes the lock.
type laterNames struct {
	made atomic.Pointer[laterList]
}

type laterList struct {
	mu   sync.Mutex
	list []*laterName
}

type laterName struct {
	kind     nameKind
	hash     uint64
	networks sketch.Distinct
	days     int
	last     int64 // the last of the days, since 1970
}

// of returns how often a name came.
func (l *laterNames) of(kind nameKind, hash uint64) Recurrence {
	made := l.made.Load()
	if made == nil {
		return Recurrence{}
	}
	made.mu.Lock()
	defer made.mu.Unlock()
	if found := made.find(kind, hash); found != nil {
		return Recurrence{found.networks.Count(), found.days}
	}
	return Recurrence{}
}

// add notes that a name came. If there is no room, the one makes room that the fewest
// networks brought, of these the oldest.
func (l *laterNames) add(kind nameKind, hash, network uint64, unix int64) {
	if l.made.Load() == nil {
		l.made.CompareAndSwap(nil, new(laterList))
	}
	made := l.made.Load()
	made.mu.Lock()
	defer made.mu.Unlock()
	found := made.find(kind, hash)
	if found == nil {
		found = &laterName{kind: kind, hash: hash}
		made.put(found)
	}
	found.networks.Add(network)
	if day := unix / secondsPerDay; day > found.last {
		found.last = day
		found.days++
	}
}

func (l *laterList) find(kind nameKind, hash uint64) *laterName {
	for _, found := range l.list {
		if found.kind == kind && found.hash == hash {
			return found
		}
	}
	return nil
}

func (l *laterList) put(fresh *laterName) {
	if len(l.list) >= maxLater {
		fewest := 0
		for i, name := range l.list {
			if name.networks.Count() < l.list[fewest].networks.Count() {
				fewest = i
			}
		}
		l.list = slices.Delete(l.list, fewest, fewest+1)
	}
	l.list = append(l.list, fresh)
}

// take removes all names, and returns them.
func (l *laterNames) take() []*laterName {
	made := l.made.Swap(nil)
	if made == nil {
		return nil
	}
	made.mu.Lock()
	defer made.mu.Unlock()
	return made.list
}

// laterRecord is a name as it is stored.
type laterRecord struct {
	_        struct{} `cbor:",toarray"`
	Kind     nameKind
	Hash     uint64
	Networks sketch.DistinctRecord
	Days     int
	Last     int64
}

func (l *laterNames) record() (list []laterRecord) {
	made := l.made.Load()
	if made == nil {
		return nil
	}
	made.mu.Lock()
	defer made.mu.Unlock()
	for _, name := range made.list {
		list = append(list, laterRecord{Kind: name.kind, Hash: name.hash, Networks: name.networks.Record(nil), Days: name.days, Last: name.last})
	}
	return list
}

func (l *laterNames) restore(list []laterRecord) {
	if len(list) == 0 {
		return
	}
	made := new(laterList)
	for _, rec := range list[:min(len(list), maxLater)] {
		name := &laterName{kind: min(rec.Kind, nameKinds-1), hash: rec.Hash, days: max(rec.Days, 0), last: rec.Last}
		name.networks.Restore(rec.Networks)
		made.list = append(made.list, name)
	}
	l.made.Store(made)
}
