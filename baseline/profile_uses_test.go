package baseline

import (
	"fmt"
	"testing"
	"time"
)

func TestAnswersToTheSameParameters(t *testing.T) {
	s := NewSeededSite("a", start, [2]uint64{1, 2}) // one in 24 secrets makes two types one
	key := Key{Path: "/form.php"}
	learn := func(look RequestFeatures, status int) {
		s.Learn(key, Visit{Time: start, Method: MethodPost, Status: status, Features: look}, DefaultLimits())
	}
	for n := range 100 {
		learn(RequestFeatures{Params: form(s, []byte("name=x&text=y")), Answered: 5000 + int64(n), Type: "text/html; charset=utf-8"}, 200)
		learn(RequestFeatures{Params: form(s, []byte("export=1")), Answered: 90_000, Type: "text/csv"}, 200)
	}
	for n := range 20 { // more sets than there is room for
		learn(RequestFeatures{Params: form(s, fmt.Appendf(nil, "p%d=1", n)), Answered: 10, Type: "text/html"}, 302)
	}
	s.Phases.Enforce(Author{Via: "test"}, start.Add(time.Hour))
	for range 100 { // patience
		learn(RequestFeatures{Params: form(s, []byte("name=x&text=y")), Answered: 40, Type: "text/plain"}, 500)
	}
	p := s.Scripts.Lookup(key)
	for what, c := range map[string]struct {
		look    RequestFeatures
		status  int
		unlike  Unlike
		answers int
	}{
		"as ever, in another order": {RequestFeatures{Params: form(s, []byte("text=1&name=2")), Answered: 6000, Type: "TEXT/HTML"}, 200, UnlikeNone, 100},
		"status":                    {RequestFeatures{Params: form(s, []byte("name=x&text=y")), Answered: 5000, Type: "text/html"}, 500, UnlikeStatus, 100},
		"type":                      {RequestFeatures{Params: form(s, []byte("name=x&text=y")), Answered: 5000, Type: "text/csv"}, 200, UnlikeType, 100},
		"size":                      {RequestFeatures{Params: form(s, []byte("name=x&text=y")), Answered: 40, Type: "text/html"}, 200, UnlikeSize, 100},
		"of other parameters":       {RequestFeatures{Params: form(s, []byte("export=1")), Answered: 90_000, Type: "text/csv"}, 200, UnlikeNone, 100},
		"size and type unknown":     {RequestFeatures{Params: form(s, []byte("name=x&text=y")), Answered: -1}, 200, UnlikeNone, 100},
		"no such parameters":        {RequestFeatures{Params: form(s, []byte("cmd=1")), Answered: 40}, 200, UnlikeNone, 0},
	} {
		if in, answers, _ := p.UnlikeAnswer(s.Hash, &c.look, MethodPost, c.status); in != c.unlike || answers != c.answers {
			t.Errorf("%s: %d of %d, want %d", what, in, answers, c.unlike)
		}
		if in, answers, _ := p.UnlikeAnswer(s.Hash, &c.look, MethodGet, c.status); in != UnlikeNone || answers != 0 {
			t.Errorf("%s, read: %d of %d", what, in, answers)
		}
	}
	var rec profileRecord
	p.record(&rec)
	back, err := rec.profile()
	if err != nil {
		t.Fatal(err)
	}
	look := RequestFeatures{Params: form(s, []byte("name=x&text=y")), Answered: 40, Type: "text/html"}
	if in, answers, kinds := back.UnlikeAnswer(s.Hash, &look, MethodPost, 200); in != UnlikeSize || answers != 100 || kinds != 1 {
		t.Errorf("stored: %d of %d, %d kinds", in, answers, kinds)
	}
}

// form is the names of a form's parameters.
func form(s *Site, body []byte) *ParamNames {
	p := new(ParamNames)
	p.Hash(s.Hash, "", body)
	return p
}
