package detector

import (
	"bytes"
	"math/bits"
	"sync"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

const (
	// maxCourses bounds the scripts whose payloads are followed. Only scripts that are
	// unknown, or used strangely, have one; the oldest makes room.
	maxCourses = 1024
	// frameLen is how much of the beginning and the end of answers is compared, in
	// bytes: as much as the tools put there that mark their output.
	frameLen = AnswerEndLen
	// frameLengths is in how many lengths answers of one frame must have come.
	frameLengths = 3
)

// courses are what payloads to scripts that are not trusted did, one after another.
// They may be lost.
type courses struct {
	mu    sync.Mutex
	of    map[baseline.Key]*payloads
	order []baseline.Key // of making
}

// payloads is the course of one script's.
type payloads struct {
	framed  int                 // answers in a row with the frame
	frame   [2 * frameLen]byte  // beginning and end
	lengths [frameLengths]int64 // different ones of these, as far as there is room
	taken   int                 // payloads with parameters
	fresh   int                 // those with a parameter that none before had
	names   [4]uint64           // of parameters: linear counting (Whang and others, 1990)
}

// Course is what is known of the payloads to a script, this one included.
type Course struct {
	Framed  int // answers in a row that began and ended like this one; 0 if that is unknown
	Lengths int // in how many different lengths, up to three
	Taken   int // payloads with parameters
	Fresh   int // of these had a name of a parameter that none before had
}

// note adds an exchange, and returns the script's course.
func (c *courses) note(f *Facts) Course {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.of[f.Key]
	if p == nil {
		if c.of == nil {
			c.of = make(map[baseline.Key]*payloads)
		}
		if len(c.order) >= maxCourses {
			delete(c.of, c.order[0])
			c.order = c.order[1:]
		}
		p = new(payloads)
		key := f.Key
		key.Path = string(append([]byte(nil), key.Path...))
		c.of[key] = p
		c.order = append(c.order, key)
	}
	framed := 0
	if p.noteFrame(f) {
		framed = p.framed
	}
	p.noteNames(f)
	lengths := 0
	for _, l := range p.lengths {
		if l != 0 {
			lengths++
		}
	}
	return Course{Framed: framed, Lengths: lengths, Taken: p.taken, Fresh: p.fresh}
}

// noteFrame compares the answer with those before it, and reports whether it could.
func (p *payloads) noteFrame(f *Facts) bool {
	if !f.AnswerTaken || len(f.Answer) < frameLen || len(f.AnswerEnd) < frameLen || f.Length < 2*frameLen {
		return false
	}
	var frame [2 * frameLen]byte
	copy(frame[:], f.Answer[:frameLen])
	copy(frame[frameLen:], f.AnswerEnd[len(f.AnswerEnd)-frameLen:])
	if frame != p.frame {
		p.frame, p.framed, p.lengths = frame, 1, [frameLengths]int64{f.Length}
		return true
	}
	p.framed++
	for i := range p.lengths {
		if p.lengths[i] == f.Length {
			break
		}
		if p.lengths[i] == 0 {
			p.lengths[i] = f.Length
			break
		}
	}
	return true
}

// noteNames compares the names of parameters with those before.
func (p *payloads) noteNames(f *Facts) {
	form := f.form()
	if form == nil {
		return
	}
	fresh := false
	for param := range bytes.SplitSeq(form, []byte{'&'}) {
		name, _, whole := bytes.Cut(param, []byte{'='})
		if !whole || len(name) == 0 {
			continue
		}
		at := f.memory.Hash.FileName(string(name)) % (64 * uint64(len(p.names)))
		if bit := uint64(1) << (at % 64); p.names[at/64]&bit == 0 {
			p.names[at/64] |= bit
			fresh = true
		}
	}
	filled := 0
	for _, word := range p.names {
		filled += bits.OnesCount64(word)
	}
	if filled > 48*len(p.names) { // three quarters: begin anew, or nothing is fresh
		p.names = [4]uint64{}
	}
	p.taken++
	if fresh {
		p.fresh++
	}
}
