package detector

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"testing"
)

// unreadable is a value of so many characters.
func unreadable(length int, seed uint64) string {
	r := rand.New(rand.NewPCG(seed, 1))
	text := make([]byte, length)
	for i := range text {
		text[i] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"[r.IntN(62)]
	}
	return string(text)
}

// browser sends the fields that browsers do.
func browser(x *Exchange) {
	x.Header = map[string][]string{"User-Agent": {"Mozilla/5.0"}, "Accept": {"text/html"}, "Cookie": {"sid=12ab"}}
}

func TestChangingValue(t *testing.T) {
	site := func(t *testing.T) *watch {
		w := newWatch(t)
		w.learn(browser, "/a.php", "/b.php", "/route/a")
		return w
	}
	cookie := func(name, value string) func(*Exchange) {
		return func(x *Exchange) { x.Header["Cookie"] = []string{"lang=de; " + name + "=" + value} }
	}
	header := func(_, value string) func(*Exchange) {
		return func(x *Exchange) { x.Header["X-Id"] = []string{value} }
	}
	send := func(w *watch, path string, lengths []int, field func(name, value string) func(*Exchange)) (last outcome) {
		for i, n := range lengths {
			last = w.see(get(path, 1).with(browser).with(field("k", unreadable(n, uint64(i)))))
		}
		return last
	}
	lengths := []int{80, 120, 100}
	for _, path := range []string{"/a.php", "/route/a", "/x.php"} {
		for name, field := range map[string]func(string, string) func(*Exchange){"a cookie": cookie, "a header field": header} {
			t.Run("in "+name+" of "+path, func(t *testing.T) {
				if o := send(site(t), path, lengths, field); !o.has(1044) || o.response != Suspicious || o.refuseRequest {
					t.Errorf("%+v", o)
				}
			})
		}
	}
	t.Run("of a session that is known by its field", func(t *testing.T) {
		w := newWatch(t)
		n := 0
		w.learn(func(x *Exchange) { n++; browser(x); cookie("k", unreadable(90, uint64(n)))(x) }, "/a.php")
		if o := send(w, "/a.php", lengths, cookie); o.has(1044) {
			t.Errorf("%+v", o)
		}
	})
	t.Run("that goes to other pages too", func(t *testing.T) {
		w := site(t)
		w.see(get("/b.php", 1).with(browser).with(cookie("k", unreadable(90, 9))))
		if o := send(w, "/a.php", lengths, cookie); o.has(1044) {
			t.Errorf("%+v", o)
		}
	})
	t.Run("of several networks", func(t *testing.T) {
		w := site(t)
		for i, n := range lengths {
			if o := w.see(get("/a.php", i).with(browser).with(cookie("k", unreadable(n, uint64(i))))); o.has(1044) {
				t.Errorf("%+v", o)
			}
		}
	})
	t.Run("that stays the same", func(t *testing.T) {
		w := site(t)
		for range 5 {
			if o := w.see(get("/a.php", 1).with(browser).with(cookie("k", unreadable(90, 1)))); o.has(1044) {
				t.Errorf("%+v", o)
			}
		}
	})
	t.Run("signatures are equally long", func(t *testing.T) {
		w := site(t)
		o := send(w, "/x.php", []int{88, 88, 88}, header)
		if fresh := send(site(t), "/x.php", lengths, header); !o.has(1044) || o.score >= fresh.score {
			t.Errorf("%+v, and otherwise %+v", o, fresh)
		}
	})
}

func TestChangingValueInABody(t *testing.T) {
	w := newWatch(t)
	form := func(values string) func(*Exchange) {
		return func(x *Exchange) {
			browser(x)
			post(x)
			x.Header["Content-Type"] = []string{"application/x-www-form-urlencoded"}
			x.Body, x.Origin = []byte(values), "https://example.com"
			x.Sent = int64(len(x.Body))
		}
	}
	w.learn(form("name=ann&text=hello"), "/form.php")
	var o outcome
	for i, n := range []int{300, 500, 400} {
		o = w.see(get("/form.php", 1).with(form("name=ann&text=" + url.QueryEscape(unreadable(n, uint64(i))))))
	}
	if !o.has(1044) || o.response != Suspicious {
		t.Errorf("%+v", o)
	}
	for i := range 5 {
		if o := w.see(get("/form.php", 2).with(form(fmt.Sprintf("name=ann&text=word+%d", i)))); o.response != Clean {
			t.Errorf("what it was always sent: %+v", o)
		}
	}
}
