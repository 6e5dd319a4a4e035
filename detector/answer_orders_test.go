package detector

import (
	"fmt"
	"testing"
)

func answered(bytes int64) func(*Exchange) { return func(x *Exchange) { x.Length = bytes } }

// logged leaves of an exchange what a log has.
func logged(x *Exchange) { x.Known, x.Host = KnownReferer|KnownClient, "" }

func TestVariedAnswers(t *testing.T) {
	site := func(t *testing.T) *watch {
		w := newWatch(t)
		w.learn(logged, "/a.php", "/b.php")
		return w
	}
	read := func(w *watch, n int, sizes []int64, change func(*Exchange)) (last outcome) {
		for _, size := range sizes {
			last = w.see(get("/x.php", n).with(logged).with(answered(size)).with(change))
		}
		return last
	}
	varied := []int64{20, 900, 30000}
	t.Run("of a new script that is read by a link", func(t *testing.T) {
		if o := read(site(t), 1, varied, same); !o.has(1052) || o.has(1022) || o.response != Suspicious {
			t.Errorf("%+v", o)
		}
	})
	t.Run("of about one size", func(t *testing.T) {
		if o := read(site(t), 1, []int64{4000, 5000, 3900, 4100, 5000}, same); o.response != Clean {
			t.Errorf("%+v", o)
		}
	})
	t.Run("to different questions", func(t *testing.T) {
		n := 0
		o := read(site(t), 1, varied, func(x *Exchange) { n++; x.Query = fmt.Sprintf("page=%d", n) })
		if o.response != Clean {
			t.Errorf("%+v", o)
		}
	})
	t.Run("to different networks", func(t *testing.T) {
		w := site(t)
		for n, size := range varied {
			if o := w.see(get("/x.php", n).with(logged).with(answered(size))); o.response != Clean {
				t.Errorf("%+v", o)
			}
		}
	})
	t.Run("with different statuses", func(t *testing.T) {
		n := 0
		o := read(site(t), 1, varied, func(x *Exchange) { n++; x.Status = []int{200, 200, 304}[n-1] })
		if o.response != Clean {
			t.Errorf("%+v", o)
		}
	})
	t.Run("of a known script", func(t *testing.T) {
		w := site(t)
		for _, size := range varied {
			if o := w.see(get("/a.php", 1).with(logged).with(answered(size))); o.response != Clean {
				t.Errorf("%+v", o)
			}
		}
	})
}

func TestVariedAnswersToPayloads(t *testing.T) {
	sent := func(w *watch, path string, change func(*Exchange)) (last outcome) {
		for _, size := range []int64{20, 900, 30000} {
			last = w.see(get(path, 1).with(logged).with(post).with(unreferred).with(answered(size)).with(change))
		}
		return last
	}
	form := func(sizes ...int64) *watch {
		w := newWatch(t)
		n := 0
		w.learn(func(x *Exchange) {
			logged(x)
			if x.Path == "/form" {
				n++
				post(x)
				answered(sizes[n%len(sizes)])(x)
			}
		}, "/form", "/read", "/a.php")
		return w
	}
	forged := func(x *Exchange) { x.Referer = "https://example.com/read" }
	for name, c := range map[string]struct {
		w      *watch
		path   string
		change func(*Exchange)
		fires  bool
	}{
		"that a form was never sent from nowhere":    {form(300), "/form", same, true},
		"that come from its page":                    {form(300), "/form", forged, false},
		"of a form that always answered so":          {form(20, 900, 30000), "/form", same, false},
		"to a page that was only read, forged":       {form(300), "/read", forged, true},
		"to a new route":                             {form(300), "/api/run", same, true},
		"to a new route from a page":                 {form(300), "/api/run", forged, false},
		"that are about equally long":                {form(300), "/form", answered(500), false},
		"that ask for different things in the query": {form(300), "/form", func(x *Exchange) { x.Query = fmt.Sprint("q=", x.Length) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			if o := sent(c.w, c.path, c.change); o.has(1052) != c.fires || c.fires && o.response == Clean {
				t.Errorf("%+v", o)
			}
		})
	}
}

func TestBareAnswerOfANewScriptThatIsRead(t *testing.T) {
	w := newWatch(t)
	w.learn(same, "/a.php", "/b.php")
	short := get("/x.php", 1).with(says("uid=33(www-data)"))
	if o := w.see(short.with(unreferred)); !o.has(1050) {
		t.Errorf("%+v", o)
	}
	if o := w.see(short); o.response != Clean {
		t.Errorf("by a link alone: %+v", o)
	}
	hidden := func(x *Exchange) { x.Header = map[string][]string{"Cookie": {"k=" + unreadable(300, 7)}} }
	if o := w.see(short.with(hidden)); !o.has(1050) || !o.has(1040) || o.response != Suspicious {
		t.Errorf("by a link, with a long cookie: %+v", o)
	}
}
