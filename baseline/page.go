package baseline

import "strings"

// Page is what an answer looked like, as far as answers to missing names have it
// in common.
type Page struct {
	Status int
	Type   uint64 // hash of the media type
	// Body is a [Fingerprint] if the body has at least twelve words, otherwise a
	// hash of its few.
	Body  uint64
	Wordy bool
	// Sized is true if the body is not known: Body is its length then, exactly.
	Sized bool
}

// SizedPage sums up an answer of which nothing is known but status and length, as
// in an access log.
func SizedPage(status int, length int64) Page {
	return Page{Status: status, Body: uint64(length), Sized: true}
}

// newPage sums up an answer. The request's path is left out, because a page may
// repeat it.
func newPage(h Hasher, status int, contentType string, body []byte, path string) Page {
	media, _, _ := strings.Cut(contentType, ";")
	page := Page{Status: status, Type: h.Text(strings.ToLower(strings.TrimSpace(media)))}
	alike, exact, words := h.sumUp(body, path)
	if page.Wordy = words >= minWords; page.Wordy {
		page.Body = uint64(alike)
	} else {
		page.Body = exact
	}
	return page
}

// wordyLike reports whether the answer has enough words for a fingerprint, and one that
// is alike.
func (p Page) wordyLike(f Fingerprint) bool { return p.Wordy && Fingerprint(p.Body).Alike(f) }

// Alike reports whether two answers are instances of one page.
func (p Page) Alike(q Page) bool {
	if p.Status != q.Status || p.Type != q.Type || p.Wordy != q.Wordy || p.Sized != q.Sized {
		return false
	}
	if p.Wordy {
		return Fingerprint(p.Body).Alike(Fingerprint(q.Body))
	}
	return p.Body == q.Body
}
