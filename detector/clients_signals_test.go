package detector

import (
	"fmt"
	"testing"
	"time"
)

func agent(s string) func(*Exchange) { return func(x *Exchange) { x.Agent = s } }

// browse has a network read some pages.
func (w *watch) browse(n int, paths ...string) {
	w.t.Helper()
	for _, path := range paths {
		if o := w.see(get(path, n).with(agent("browser"))); o.response != Clean {
			w.t.Fatalf("%s: %+v", path, o)
		}
	}
}

func TestRegularClient(t *testing.T) {
	pages := []string{"/a.php", "/b.php", "/c.php", "/d.php"}
	later := func(days int) *watch {
		w := newWatch(t)
		w.learn(same, pages...)
		w.now = w.now.Add(time.Duration(days) * 24 * time.Hour)
		return w
	}
	for what, tt := range map[string]struct {
		days  int
		asset bool
		x     Exchange
		want  bool
	}{
		"yesterday":                       {1, false, get("/x.php", 3), true},
		"with a style sheet":              {1, true, get("/x.php", 3), true},
		"ten days ago, and the week over": {10, false, get("/x.php", 3), true},
		"a month ago":                     {40, false, get("/x.php", 3), false},
		"today only":                      {0, false, get("/x.php", 3), false},
		"a stranger":                      {1, false, get("/x.php", stranger), false},
		"a payload":                       {1, false, get("/x.php", 3).with(post), false},
		"a value that nobody can read":    {1, false, get("/x.php", 3).with(query("x=" + opaque)), false},
	} {
		w := later(tt.days)
		if tt.asset {
			w.see(get("/style.css", 3).with(kind("text/css")))
		}
		if bits := w.bits(tt.x.with(unreferred), 1031); bits < 0 != tt.want || bits > 0 {
			t.Errorf("%s: %v bits", what, bits)
		}
	}

	w := later(0)
	w.browse(stranger, "/a.php", "/b.php")
	w.now = w.now.Add(24 * time.Hour)
	if bits := w.bits(get("/x.php", stranger).with(unreferred), 1031); bits != 0 {
		t.Errorf("two pages: %v bits", bits)
	}

	w = later(1)
	w.drop("/x.php", w.now)
	if o := w.see(get("/x.php", 3).with(rooted).with(unreferred)); o.response == Clean || o.has(1031) {
		t.Errorf("a file newer than learning: %+v", o)
	}
}

func TestProbingClient(t *testing.T) {
	for names, want := range map[int]bool{0: false, 5: false, 40: true} {
		w := newWatch(t)
		w.learn(same, "/a.php")
		w.browse(stranger, "/a.php")
		for n := range names {
			for range 2 {
				w.see(get(fmt.Sprintf("/probe%d.php", n), stranger).with(unreferred).with(status(404)))
			}
		}
		if o := w.see(get("/x.php", stranger).with(unreferred)); o.has(1032) != want {
			t.Errorf("%d names: %+v", names, o)
		}
		if o := w.see(get("/x.php", 3).with(unreferred)); o.has(1032) {
			t.Errorf("another network, %d names: %+v", names, o)
		}
		w.now = w.now.Add(3 * time.Hour)
		if o := w.see(get("/y.php", stranger).with(unreferred)); o.has(1032) {
			t.Errorf("hours later, %d names: %+v", names, o)
		}
	}

	w := newWatch(t)
	w.learn(same, "/a.php")
	for range 40 {
		w.see(get("/gone.php", 3).with(unreferred).with(status(404)))
		w.see(get("/a.php", 3).with(status(404)))
	}
	if o := w.see(get("/x.php", 3).with(unreferred)); o.has(1032) {
		t.Errorf("one old link, often: %+v", o)
	}
}

func TestAgentRotation(t *testing.T) {
	send := func(w *watch, path string, agents int, reads bool) (o outcome) {
		for n := range agents {
			a := agent(fmt.Sprint("agent ", n))
			if reads {
				w.see(get("/a.php", stranger).with(a))
			}
			o = w.see(get(path, stranger).with(unreferred).with(post).with(a))
		}
		return o
	}
	for what, tt := range map[string]struct {
		path   string
		agents int
		reads  bool
		want   bool
	}{
		"a new script":                  {"/x.php", 40, false, true},
		"a script that was only read":   {"/b.php", 40, false, true},
		"one agent":                     {"/x.php", 1, false, false},
		"a few people":                  {"/x.php", 4, false, false},
		"an office, where people read":  {"/x.php", 40, true, false},
		"a form that takes such things": {"/form.php", 40, false, false},
	} {
		w := newWatch(t)
		for n := range 100 {
			w.see(get("/form.php", n%30).with(post))
		}
		w.learn(same, "/a.php", "/b.php")
		if o := send(w, tt.path, tt.agents, tt.reads); o.has(1033) != tt.want {
			t.Errorf("%s: %+v", what, o)
		}
	}

	w := newWatch(t)
	w.learn(same, "/a.php")
	send(w, "/x.php", 40, false)
	w.now = w.now.Add(3 * time.Hour)
	if o := send(w, "/x.php", 1, false); o.has(1033) {
		t.Errorf("hours later: %+v", o)
	}
}

func TestUploadedByClient(t *testing.T) {
	file := sends("multipart/form-data; boundary=b",
		"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"cat.jpg\"\r\n\r\nbytes\r\n--b--\r\n")
	put := func(x *Exchange) { x.Method, x.HasBody = "PUT", true }
	long := func(x *Exchange) { sends(formType, "antx=1&cmd="+opaque+opaque+opaque+opaque)(x); x.Sent = 4000 }
	for what, tt := range map[string]struct {
		sent Exchange
		wait time.Duration
		from int
		want bool
	}{
		"a file":                         {get("/form.php", stranger).with(file), time.Minute, stranger, true},
		"a file, and a redirect":         {get("/form.php", stranger).with(file).with(status(302)), time.Minute, stranger, true},
		"a PUT":                          {get("/files/cat.jpg", stranger).with(put).with(status(201)), time.Minute, stranger, true},
		"a PUT to an interface":          {get("/api/cats/7", stranger).with(put), time.Minute, stranger, false},
		"a long strange payload":         {get("/form.php", stranger).with(long).with(unreferred), time.Minute, stranger, true},
		"a file that was not taken":      {get("/form.php", stranger).with(file).with(status(403)), time.Minute, stranger, false},
		"a file, an hour ago":            {get("/form.php", stranger).with(file), time.Hour, stranger, false},
		"the usual form":                 {get("/form.php", stranger).with(sends(formType, "name=Ann&text=hello")), time.Minute, stranger, false},
		"another network":                {get("/form.php", stranger).with(file), time.Minute, stranger + 1, false},
		"a network that was here before": {get("/form.php", 3).with(file), time.Minute, 3, false},
		"a file to a new script":         {get("/y.php", stranger).with(file), time.Minute, stranger, false},
	} {
		w := formWatch(t)
		w.now = w.now.Add(24 * time.Hour)
		w.see(tt.sent)
		w.now = w.now.Add(tt.wait)
		o := w.see(get("/x.php", tt.from).with(post))
		if o.has(1015) != tt.want || tt.want && (o.response != Malicious || !o.refuseRequest) {
			t.Errorf("%s: %+v", what, o)
		}
	}

	w := formWatch(t)
	w.see(get("/form.php", stranger).with(file))
	if o := w.see(get("/x.php", stranger).with(post)); o.has(1015) {
		t.Errorf("the guard itself is new here: %+v", o)
	}
	if o := w.see(get("/a.php", stranger).with(post)); o.has(1015) {
		t.Errorf("a known script: %+v", o)
	}
}

func TestUploadedNameOfTheSameClient(t *testing.T) {
	upload := sends("multipart/form-data; boundary=b",
		"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"X.php.jpg\"\r\n\r\nbytes\r\n--b--\r\n")
	w := formWatch(t)
	w.see(get("/form.php", 3).with(upload))
	if o := w.see(get("/data/x.php", 3).with(post)); !o.has(1015) || !o.has(1012) || o.response != Malicious {
		t.Errorf("by the uploader: %+v", o)
	}
	if o := w.see(get("/data/x.php", 4).with(post)); o.has(1015) || !o.has(1012) {
		t.Errorf("by another: %+v", o)
	}
	if o := w.see(get("/data/y.php", 3).with(post)); o.has(1015) {
		t.Errorf("another name: %+v", o)
	}
	w.now = w.now.Add(2 * time.Hour)
	if o := w.see(get("/data/x.php", 3).with(post)); o.has(1015) || !o.has(1012) {
		t.Errorf("hours later: %+v", o)
	}
}

// What a client did opens no gate: nothing is held against requests to what is
// known, whoever sends them.
func TestClientsOpenNoGate(t *testing.T) {
	w := formWatch(t)
	w.now = w.now.Add(24 * time.Hour)
	for n := range 100 {
		w.see(get(fmt.Sprintf("/probe%d.php", n), stranger).with(unreferred).with(status(404)))
		w.see(get("/x.php", stranger).with(unreferred).with(post).with(agent(fmt.Sprint(n))))
	}
	if o := w.see(get("/form.php", stranger).with(sends(formType, "name=Ann&text=hello")).with(length(5000))); o.response != Clean {
		t.Errorf("%+v", o)
	}
}
