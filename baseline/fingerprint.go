package baseline

import (
	"bytes"
	"math/bits"
	"slices"
	"strings"
	"sync/atomic"
	"unicode"

	"github.com/dchest/siphash"
)

const (
	// PrefixLen is how much of an answer a fingerprint needs, in bytes: enough
	// to reach past the head of an HTML page's template.
	PrefixLen = 1024
	// alikeBits is how many of their 64 bits two alike fingerprints may differ
	// in. Under 2,000 secrets, two pages of one template differed in 6 bits on
	// average and 16 at most, unrelated answers in 31 and at least 17
	// (fingerprint_test.go has the texts).
	alikeBits = 14
	// minWords is how many words an answer must have to be told from others.
	// With fewer, unrelated answers such as "ok" and "hello" become alike by
	// chance.
	minWords = 12
	// maxRequestWords bounds the words of a request that are left out.
	maxRequestWords = 64
)

// Fingerprint sums up the words at the beginning of an answer, so that alike
// answers have alike fingerprints: a simhash (Charikar, 2002) keyed by the
// site's secret.
type Fingerprint uint64

// Alike reports whether two answers begin with mostly the same words.
func (f Fingerprint) Alike(g Fingerprint) bool { return bits.OnesCount64(uint64(f^g)) <= alikeBits }

// Fingerprint returns the fingerprint of an answer's first [PrefixLen] bytes.
// Words that the request contains too do not count, because a page may repeat
// them, nor do numbers. It reports false if fewer than 12 words are left.
func (s *Site) Fingerprint(answer []byte, request string) (Fingerprint, bool) {
	var skip []uint64
	for word := range strings.FieldsFuncSeq(request, notWordRune) {
		if skip = append(skip, s.wordHash([]byte(word))); len(skip) == maxRequestWords {
			break
		}
	}
	var weights [64]int
	words := 0
	for word := range bytes.FieldsFuncSeq(answer[:min(len(answer), PrefixLen)], notWordRune) {
		if '0' <= word[0] && word[0] <= '9' {
			continue
		}
		hash := s.wordHash(word)
		if slices.Contains(skip, hash) {
			continue
		}
		words++
		for i := range weights {
			weights[i] += int(hash>>i&1)*2 - 1
		}
	}
	var f Fingerprint
	for i, w := range weights {
		if w > 0 {
			f |= 1 << i
		}
	}
	return f, words >= minWords
}

func (s *Site) wordHash(word []byte) uint64 {
	return siphash.Hash(s.secret[0], s.secret[1], bytes.ToLower(word))
}

func notWordRune(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// maxFronts bounds the fingerprints of front-controller answers.
const maxFronts = 16

// fronts are fingerprints of what the site answers to paths that name no file:
// pages of a front controller. A script that is missing behind it is answered
// alike. The zero value is empty.
type fronts [maxFronts]atomic.Uint64 // filled in order; 0 is free

// LearnFront notes an answer to a path that names no file.
func (s *Site) LearnFront(f Fingerprint) {
	for i := range s.fronts {
		slot := &s.fronts[i]
		if slot.Load() == 0 && slot.CompareAndSwap(0, uint64(f)) {
			s.dirty.Store(true)
			return
		}
		if f.Alike(Fingerprint(slot.Load())) {
			return
		}
	}
}

// FellThrough reports whether an answer is alike to what the site answers to
// paths that name no file.
func (s *Site) FellThrough(f Fingerprint) bool {
	for i := range s.fronts {
		front := s.fronts[i].Load()
		if front == 0 {
			return false
		}
		if f.Alike(Fingerprint(front)) {
			return true
		}
	}
	return false
}

func (f *fronts) record() []uint64 {
	var list []uint64
	for i := range f {
		if v := f[i].Load(); v != 0 {
			list = append(list, v)
		}
	}
	return list
}

func (f *fronts) restore(list []uint64) {
	for i, v := range list[:min(len(list), maxFronts)] {
		f[i].Store(v)
	}
}
