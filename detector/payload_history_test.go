package detector

import (
	"fmt"
	"strings"
	"testing"
)

// marked is an answer between marks.
func marked(begin, end string, n int) func(*Exchange) {
	body := begin + strings.Repeat("A", 10+n) + end
	return func(x *Exchange) {
		x.Answer, x.AnswerTaken, x.ContentType = []byte(body), true, "text/html"
		x.AnswerEnd, x.Length = []byte(body[len(body)-AnswerEndLen:]), int64(len(body))
	}
}

// log plays one exchange as log mode does, which refuses nothing.
func (w *watch) log(x Exchange) *Judgement {
	x.Time, x.EffectivePath = w.now, x.Path
	e := new(Evaluation)
	e.Whole(w.d, w.m, &x, func(*Judgement) {})
	e.Learn()
	return e.Judgement()
}

func TestAnswersBetweenMarks(t *testing.T) {
	mark, other := "72b16f3c9a0e45d1", "f03ed9c2b7a16e58"
	for name, c := range map[string]struct {
		answer func(n int) func(*Exchange)
		fires  bool
	}{
		"marks":            {func(n int) func(*Exchange) { return marked(mark, other, n*7) }, true},
		"of one length":    {func(int) func(*Exchange) { return marked(mark, other, 7) }, false},
		"that change":      {func(n int) func(*Exchange) { return marked(fmt.Sprintf("%016d", n), other, n*7) }, false},
		"that are markup":  {func(n int) func(*Exchange) { return marked("<!doctype html>\n", "</body>\n</html>\n", n*7) }, false},
		"that are of JSON": {func(n int) func(*Exchange) { return marked(`{"status":"fine",`, `,"more":"false"}`, n*7) }, false},
	} {
		w := newWatch(t)
		w.learn(same, "/a.php")
		fired := 0
		for n := range 10 {
			if w.log(get("/x.php", stranger).with(post).with(c.answer(n))).Fired(1051) {
				fired++
			}
		}
		if want := map[bool]int{true: 10 - 5 + 1}[c.fires]; fired != want {
			t.Errorf("%s: fires %d times, want %d", name, fired, want)
		}
		// A script that is trusted, and used as ever, has none.
		if o := w.see(get("/a.php", 1).with(c.answer(1))); o.has(1051) {
			t.Errorf("%s: %+v", name, o)
		}
	}
}

func TestParametersThatNeverComeAgain(t *testing.T) {
	w := newWatch(t)
	w.learn(same, "/a.php")
	churn, form := 0, 0
	for n := range 20 {
		if w.log(get("/x.php", stranger).with(sends(formType, fmt.Sprintf("pass=1&q%dz%d=2", n*n, n)))).Fired(1042) {
			churn++
		}
		if w.log(get("/y.php", stranger).with(sends(formType, "name=1&text=2"))).Fired(1042) {
			form++
		}
	}
	if churn != 20-5+1 || form != 0 {
		t.Errorf("fires %d and %d times", churn, form)
	}
}

func TestPayloadHistoriesAreBounded(t *testing.T) {
	w := newWatch(t)
	w.learn(same, "/a.php")
	for n := range 3 * maxHistories {
		w.log(get(fmt.Sprintf("/%d.php", n), stranger).with(sends(formType, "a=1")))
	}
	if n := len(w.m.histories.of); n > maxHistories || len(w.m.histories.order) > maxHistories {
		t.Errorf("%d histories", n)
	}
}
