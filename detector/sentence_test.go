package detector

import (
	"strings"
	"testing"
)

func TestSentence(t *testing.T) {
	w := newWatch(t)
	w.learn(same, "/a.php")
	for path, want := range map[string]string{
		"/uploads/x.php": "POST to /uploads/x.php: never seen before: none of 100 visits touched it; a payload without Referer and Origin: no page sent it; the site served its network nothing lately that was clean; it lies in /uploads/, where data is kept, not programs",
		"/a.php":         "POST to /a.php: the method is new to it, 0 of 100 before; a payload without Referer and Origin: no page sent it; the site served its network nothing lately that was clean",
	} {
		var e Evaluation
		x := get(path, stranger).with(post).with(unreferred)
		x.Time, x.EffectivePath = w.now, path
		e.Whole(w.d, w.m, &x, func(*Judgement) {})
		if got := e.Judgement().Sentence(); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
	if got := w.log(get("/a.php", 1)).Sentence(); got != "" {
		t.Errorf("clean: %q", got)
	}
	long := w.log(get("/"+strings.Repeat("x", 500)+".php", stranger).with(post).with(unreferred)).Sentence()
	if len(long) > 500 || !strings.Contains(long, "…: never seen") {
		t.Errorf("a long path: %q", long)
	}
}
