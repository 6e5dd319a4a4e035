package detector

import (
	"fmt"
	"testing"
)

// What an unknown script answers is known by its page, at any status.
func TestJudgementKnowsTheAnswersPage(t *testing.T) {
	w := newWatch(t)
	for n := range 4 {
		w.see(get(fmt.Sprintf("/wp-%d.php", n), n).with(missing))
	}
	w.learn(same, "/a.php")
	for _, s := range []int{200, 302, 500} {
		var e Evaluation
		x := get(fmt.Sprintf("/x%d.php", s), stranger).with(unreferred).with(status(s)).with(says("denied"))
		x.Time, x.EffectivePath = w.now, x.Path
		e.Whole(w.d, w.m, &x, func(*Judgement) {})
		if j := e.Judgement(); j.Verdict == Clean || j.Page == nil || j.Page.Status != s {
			t.Errorf("%d: %s, page %v", s, j.Verdict, j.Page)
		}
		e.Reset()
		if e.Judgement().Page != nil {
			t.Error("the page outlasts the exchange")
		}
	}
}
