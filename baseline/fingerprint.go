package baseline

import (
	"bytes"
	"math/bits"
	"slices"
	"strings"
	"unicode"
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
	// minWords is how many words an answer must have to be distinguished from others.
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
func (h Hasher) Fingerprint(answer []byte, request string) (Fingerprint, bool) {
	f, _, words := h.sumUp(answer, request)
	return f, words >= minWords
}

// sumUp returns the simhash of an answer's words, a hash of their sequence, and
// how many there are.
func (h Hasher) sumUp(answer []byte, request string) (alike Fingerprint, exact uint64, words int) {
	var skip []uint64
	for word := range strings.FieldsFuncSeq(request, notWordRune) {
		if skip = append(skip, h.wordHash([]byte(word))); len(skip) == maxRequestWords {
			break
		}
	}
	var weights [64]int
	for word := range bytes.FieldsFuncSeq(answer[:min(len(answer), PrefixLen)], notWordRune) {
		if '0' <= word[0] && word[0] <= '9' {
			continue
		}
		hash := h.wordHash(word)
		if slices.Contains(skip, hash) {
			continue
		}
		words++
		exact = bits.RotateLeft64(exact, 7)*0x9e3779b97f4a7c15 + hash
		for i := range weights {
			weights[i] += int(hash>>i&1)*2 - 1
		}
	}
	for i, w := range weights {
		if w > 0 {
			alike |= 1 << i
		}
	}
	return alike, exact, words
}

func (h Hasher) wordHash(word []byte) uint64 {
	return h.bytes(bytes.ToLower(word))
}

func notWordRune(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
