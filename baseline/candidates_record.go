package baseline

import (
	"iter"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/sketch"
)

// candidateRecord is a candidate as it is stored. Of one that is a script by now the
// profile is stored with the others, and only its path here.
type candidateRecord struct {
	Profile  profileRecord           `cbor:"1,keyasint"`
	Promoted bool                    `cbor:"2,keyasint,omitempty"`
	First    uint64                  `cbor:"3,keyasint"`
	Answers  []candidateAnswerRecord `cbor:"4,keyasint,omitempty"`
	Linked   sketch.DistinctRecord   `cbor:"5,keyasint"`
	Visited  bool                    `cbor:"6,keyasint,omitempty"`
	Probed   bool                    `cbor:"7,keyasint,omitempty"`
	Gone     uint64                  `cbor:"8,keyasint,omitempty"`
}

type candidateAnswerRecord struct {
	_        struct{} `cbor:",toarray"`
	Status   int
	Networks sketch.DistinctRecord
	Page     *Page
}

// records lists the candidates.
func (c *Candidates) records() iter.Seq[candidateRecord] {
	return func(yield func(candidateRecord) bool) {
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, found := range c.list {
			if !c.forgotten(found) && !yield(found.record()) {
				return
			}
		}
	}
}

func (c *candidate) record() candidateRecord {
	rec := candidateRecord{
		Promoted: c.promoted, First: c.first, Linked: c.linked.Record(nil), Visited: c.visited, Probed: c.probed, Gone: c.gone,
	}
	if c.promoted {
		rec.Profile.Path = c.profile.key.Path
	} else {
		c.profile.record(&rec.Profile)
	}
	for i := range c.answers {
		answer := &c.answers[i]
		rec.Answers = append(rec.Answers, candidateAnswerRecord{Status: answer.status, Networks: answer.networks.Record(nil), Page: answer.page})
	}
	return rec
}

// restore adds a candidate that was stored, after the profiles.
func (c *Candidates) restore(rec *candidateRecord) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.list) >= maxCandidates {
		return nil
	}
	fresh := &candidate{promoted: rec.Promoted, first: rec.First, visited: rec.Visited, probed: rec.Probed, gone: rec.Gone}
	if rec.Promoted {
		if fresh.profile = c.scripts.Lookup(Key{Path: rec.Profile.Path}); fresh.profile == nil {
			return nil
		}
	} else {
		p, err := rec.Profile.profile()
		if err != nil {
			return err
		}
		fresh.profile = p
	}
	fresh.linked.Restore(rec.Linked)
	for _, stored := range rec.Answers[:min(len(rec.Answers), candidateStatuses)] {
		answer := fresh.answer(stored.Status)
		answer.networks.Restore(stored.Networks)
		answer.page = stored.Page
	}
	c.put(fresh)
	return nil
}

// missingRecord is how missing names are answered, as it is stored.
type missingRecord struct {
	Gone     sketch.DistinctRecord            `json:"gone,omitempty"`
	Dirs     map[uint64]sketch.DistinctRecord `json:"dirs,omitempty"`
	Answered map[int]sketch.DistinctRecord    `json:"answered,omitempty"`
}

func (c *Candidates) recordMissing() (rec missingRecord) {
	c.mu.Lock()
	defer c.mu.Unlock()
	rec.Gone = c.missing.gone.Record(nil)
	rec.Dirs, rec.Answered = distinctRecords(c.missing.dirs), distinctRecords(c.missing.answered)
	return rec
}

func distinctRecords[K comparable](counters map[K]*sketch.Distinct) map[K]sketch.DistinctRecord {
	if len(counters) == 0 {
		return nil
	}
	list := make(map[K]sketch.DistinctRecord, len(counters))
	for key, counter := range counters {
		list[key] = counter.Record(nil)
	}
	return list
}

func (c *Candidates) restoreMissing(rec missingRecord) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.missing.gone.Restore(rec.Gone)
	for dir, names := range rec.Dirs {
		if in := distinctOf(&c.missing.dirs, dir, maxMissingDirs); in != nil {
			in.Restore(names)
		}
	}
	for status, names := range rec.Answered {
		if in := distinctOf(&c.missing.answered, status, maxMissingStatuses); in != nil {
			in.Restore(names)
		}
	}
}
