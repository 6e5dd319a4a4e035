package detector

import (
	"bytes"
	"math/bits"
	"strings"
	"sync"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

// maxHistories bounds the scripts whose payloads are followed. Only scripts that are
// unknown, or used strangely, have a history; the oldest makes room.
const maxHistories = 1024

// payloadHistories are what payloads to scripts that are not trusted did, one after
// another. They may be lost. The zero value is empty; methods may be called concurrently.
type payloadHistories struct {
	mu    sync.Mutex
	of    map[baseline.Key]*payloadHistory
	order []baseline.Key // of making
}

// payloadHistory is one script's.
type payloadHistory struct {
	framed  int                        // answers in a row with the frame
	frame   [2 * signal.FrameLen]byte  // beginning and end
	lengths [signal.FrameLengths]int64 // different ones of these, as far as there is room
	taken   int                        // payloads with parameters
	fresh   int                        // those with a parameter that none before had
	names   [4]uint64                  // of parameters: linear counting (Whang and others, 1990)
}

// preview returns what the script's history is with the payload at hand. It changes
// nothing.
func (h *payloadHistories) preview(e *Evaluation) signal.PayloadHistory {
	var p payloadHistory
	h.mu.Lock()
	if known := h.of[e.subject.key]; known != nil {
		p = *known
	}
	h.mu.Unlock()
	return p.add(e)
}

// record adds the payload at hand to the script's history.
func (h *payloadHistories) record(e *Evaluation) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.of[e.subject.key]
	if p == nil {
		if h.of == nil {
			h.of = make(map[baseline.Key]*payloadHistory)
		}
		if len(h.order) >= maxHistories {
			delete(h.of, h.order[0])
			h.order = h.order[1:]
		}
		p = new(payloadHistory)
		key := baseline.Key{Root: e.subject.key.Root, Path: strings.Clone(e.subject.key.Path)}
		h.of[key] = p
		h.order = append(h.order, key)
	}
	p.add(e)
}

// add adds a payload, and sums up the history.
func (p *payloadHistory) add(e *Evaluation) (sum signal.PayloadHistory) {
	if p.addFrame(e) {
		sum.Framed = p.framed
	}
	p.addNames(e)
	for _, l := range p.lengths {
		if l != 0 {
			sum.Lengths++
		}
	}
	sum.Taken, sum.Fresh = p.taken, p.fresh
	begin, end := p.frame[:signal.FrameLen], p.frame[signal.FrameLen:]
	sum.Marks = !bytes.ContainsAny(begin, "<>{}[] \t\r\n") && !bytes.ContainsAny(end, "<>{}[]")
	return sum
}

// addFrame compares the answer with those before it, and reports whether it could.
func (p *payloadHistory) addFrame(e *Evaluation) bool {
	const n = signal.FrameLen
	x := e.x
	if !e.answerTaken() || len(x.Answer) < n || len(x.AnswerEnd) < n || x.Length < 2*n {
		return false
	}
	var frame [2 * n]byte
	copy(frame[:], x.Answer[:n])
	copy(frame[n:], x.AnswerEnd[len(x.AnswerEnd)-n:])
	if frame != p.frame {
		p.frame, p.framed, p.lengths = frame, 1, [signal.FrameLengths]int64{x.Length}
		return true
	}
	p.framed++
	for i := range p.lengths {
		if p.lengths[i] == x.Length {
			break
		}
		if p.lengths[i] == 0 {
			p.lengths[i] = x.Length
			break
		}
	}
	return true
}

// addNames compares the names of parameters with those before.
func (p *payloadHistory) addNames(e *Evaluation) {
	names := e.paramNames().Form()
	if e.body.asForm() == nil && len(names) == 0 {
		return
	}
	fresh := false
	for _, name := range names {
		at := name % (64 * uint64(len(p.names)))
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
