package detector

import (
	"encoding/base64"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

const formType = "application/x-www-form-urlencoded"

// sends sets the body and its type.
func sends(contentType, body string) func(*Exchange) {
	return func(x *Exchange) {
		x.Method, x.HasBody, x.Body, x.Sent = "POST", true, []byte(body), int64(len(body))
		x.Header = map[string][]string{"Content-Type": {contentType}}
	}
}

// opaque is a value that nobody can read.
var opaque = strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(strings.Repeat("\x01\xfe\x80what", 60))), "=")

// formWatch enforces on a site with a form that was sent hundreds of times.
func formWatch(t *testing.T) *watch {
	t.Helper()
	w := newWatch(t)
	for n := range 300 {
		w.see(get("/form.php", n%30).with(sends(formType, "name=Ann&text=hello")).with(length(5000)))
	}
	w.learn(same, "/a.php")
	return w
}

func length(n int64) func(*Exchange) { return func(x *Exchange) { x.Length = n } }

func TestNewParameter(t *testing.T) {
	w := formWatch(t)
	if o := w.see(get("/form.php", 3).with(sends(formType, "name=Bob&text=again")).with(length(5000))); o.response != Clean {
		t.Errorf("the usual form: %+v", o)
	}
	shell := sends(formType, "antx=1&cmd="+opaque)
	if o := w.see(get("/form.php", stranger).with(shell).with(unreferred).with(length(5000))); o.response == Clean || !o.has(1006) || !o.has(1040) {
		t.Errorf("a backdoor's: %+v", o)
	}
	if o := w.see(get("/form.php", 3).with(sends(formType, "name=Bob&text=x&subject=y")).with(length(5000))); o.response != Clean {
		t.Errorf("a new field of a visitor: %+v", o)
	}
}

func TestNotAForm(t *testing.T) {
	for body, want := range map[string]bool{
		opaque + "==": true,
		"\x00\x01\x02binary and more of it\xff\xfe": true,
		`{"json": true, "a": [1,2]}`:                true,
		"name=Ann&text=hello":                       false,
		"q=" + opaque:                               false,
		"token=" + opaque + "%3D":                   false,
		"a":                                         false,
		"":                                          false,
	} {
		w := newWatch(t)
		w.learn(same, "/a.php")
		o := w.see(get("/x.php", stranger).with(unreferred).with(sends(formType, body)))
		if o.has(1041) != want {
			t.Errorf("%.30q: %+v", body, o.why)
		}
	}
	w := newWatch(t)
	w.learn(same, "/a.php")
	if o := w.see(get("/x.php", stranger).with(unreferred).with(sends("application/json", `{"a":"`+opaque+`"}`))); o.has(1041) || !o.has(1040) {
		t.Errorf("JSON that says so: %+v", o)
	}
}

func TestPayloadsThatAgreeMakeANewScriptMalicious(t *testing.T) {
	w := newWatch(t)
	w.learn(same, "/a.php")
	if o := w.see(get("/x.php", stranger).with(sends(formType, "pass="+opaque))); o.response != Malicious || !o.refuseResponse {
		t.Errorf("%+v", o)
	}
	if o := w.see(get("/y.php", 3).with(sends(formType, "name=Ann"))); o.response != Suspicious {
		t.Errorf("a new form: %+v", o)
	}
}

func TestOpaqueValuesOfRequestsThatOnlyRead(t *testing.T) {
	for where, change := range map[string]func(*Exchange){
		"query":  query("x=" + opaque),
		"cookie": func(x *Exchange) { x.Header = map[string][]string{"Cookie": {"x=" + opaque}} },
		"header": func(x *Exchange) { x.Header = map[string][]string{"X-Any": {opaque}} },
	} {
		w := newWatch(t)
		w.learn(same, "/a.php")
		w.see(get("/a.php", stranger))
		if o := w.see(get("/x.php", stranger).with(change).with(says("uid=33(www-data)"))); o.response == Clean || !o.has(1040) || o.refuseRequest {
			t.Errorf("a new script, %s: %+v", where, o)
		}
	}
	w := newWatch(t)
	w.learn(same, "/a.php")
	if o := w.see(get("/a.php", stranger).with(unreferred).with(query("x=" + opaque))); o.response == Clean || !o.has(1006) {
		t.Errorf("a known script: %+v", o)
	}
	for _, harmless := range []func(*Exchange){
		query("utm_source=news&utm_campaign=spring"),
		func(x *Exchange) { x.Header = map[string][]string{"Authorization": {"Bearer " + opaque}} },
	} {
		if o := w.see(get("/a.php", stranger+1).with(unreferred).with(harmless)); o.response != Clean {
			t.Errorf("%+v", o)
		}
	}
}

func TestAnswerShift(t *testing.T) {
	usual := sends(formType, "name=Ann&text=hello")
	w := formWatch(t)
	for what, change := range map[string]func(*Exchange){
		"another size":   length(40),
		"another status": status(500),
	} {
		if o := w.see(get("/form.php", stranger).with(usual).with(unreferred).with(length(5000)).with(change)); o.response == Clean || !o.has(1007) {
			t.Errorf("%s: %+v", what, o)
		}
	}
	if o := w.see(get("/form.php", 3).with(usual).with(length(40))); o.response != Clean {
		t.Errorf("it does not decide alone: %+v", o)
	}
	if o := w.see(get("/form.php", stranger+9).with(usual).with(unreferred).with(length(4000))); o.has(1007) {
		t.Errorf("the same order of size: %+v", o)
	}
}

func TestBareAnswer(t *testing.T) {
	for answer, want := range map[string]bool{
		"uid=33(www-data)": true, "<p>hello": false, "": false, strings.Repeat("x", 300) + "<p>": true,
	} {
		w := newWatch(t)
		w.learn(same, "/a.php")
		o := w.see(get("/x.php", stranger).with(unreferred).with(post).with(says(answer)))
		if o.has(1050) != want {
			t.Errorf("%.20q: %+v", answer, o.why)
		}
	}
	w := newWatch(t)
	w.learn(same, "/a.php")
	if o := w.see(get("/x.php", stranger).with(unreferred).with(post).with(says("ok")).with(kind("text/plain"))); o.has(1050) {
		t.Errorf("plain text: %+v", o)
	}
}

func TestNewChannel(t *testing.T) {
	with := func(name, value string) func(*Exchange) {
		return func(x *Exchange) {
			x.Header = map[string][]string{"Accept": {"*/*"}, "Cookie": {"session=" + strings.Repeat("a1", 40)}}
			if name == "Cookie" {
				x.Header["Cookie"] = []string{"session=" + strings.Repeat("a1", 40) + "; " + value}
			} else if name != "" {
				x.Header[name] = []string{value}
			}
		}
	}
	w := newWatch(t)
	for n := range 500 {
		w.see(get("/a.php", n%30).with(with("", "")))
	}
	w.learn(same, "/b.php")
	for name, value := range map[string]string{"X-Cmd": opaque, "Cookie": "cmd=" + opaque, "Accept": opaque} {
		if o := w.see(get("/a.php", stranger).with(unreferred).with(with(name, value))); o.response == Clean || !o.has(1008) {
			t.Errorf("%s: %+v", name, o)
		}
	}
	for name, value := range map[string]string{"X-New": "1", "Cookie": "seen=yes", "Accept": "text/html", "": ""} {
		if o := w.see(get("/a.php", stranger+1).with(unreferred).with(with(name, value))); o.response != Clean {
			t.Errorf("%s: %+v", name, o)
		}
	}
}

func TestLongValuesThatTheApplicationHandsOut(t *testing.T) {
	token := func(x *Exchange) {
		x.Header = map[string][]string{"Cookie": {"theme=dark; token=" + opaque}, "X-Session": {opaque}}
	}
	w := newWatch(t)
	w.learn(token, "/a.php")
	if o := w.see(get("/new.php", 1).with(token)); o.has(1040) || !o.has(1022) && o.response != Clean {
		t.Errorf("a new page, with what known ones are sent too: %+v", o)
	}
	for where, change := range map[string]func(*Exchange){
		"another name":            func(x *Exchange) { x.Header = map[string][]string{"Cookie": {"x=" + opaque}} },
		"another order of length": func(x *Exchange) { x.Header = map[string][]string{"Cookie": {"token=" + opaque + opaque + opaque}} },
		"not in a cookie":         func(x *Exchange) { x.Header = map[string][]string{"Token": {opaque}} },
	} {
		if o := w.see(get("/x.php", 1).with(change)); !o.has(1040) || o.has(1022) {
			t.Errorf("%s: %+v", where, o)
		}
	}
}

func TestPayloadsFromNowhereToAScriptOfForms(t *testing.T) {
	w := newWatch(t)
	for n := range 40 {
		w.see(get("/form.php", n).with(post))
		w.see(get("/api.php", n).with(post).with(unreferred))
	}
	w.learn(same, "/form.php", "/api.php")
	nowhere := get("/form.php", 1).with(post).with(unreferred)
	if o := w.see(nowhere); o.response != Clean {
		t.Errorf("by itself it is no verdict: %+v", o)
	}
	if o := w.see(nowhere.with(sends(formType, opaque))); o.response == Clean || !o.has(1016) {
		t.Errorf("with what is no form: %+v", o)
	}
	if o := w.see(get("/api.php", 1).with(post).with(unreferred).with(sends(formType, opaque))); o.has(1016) {
		t.Errorf("a script that programs call: %+v", o)
	}
	for range 100 { // patience
		w.see(nowhere)
	}
	if all, _, from := w.m.Scripts.Lookup(baseline.Key{Path: "/form.php"}).ReferredPayloads(); all != 40 || from != 0 {
		t.Errorf("%d of %d: it learns from what came later", from, all)
	}
}

func TestShapeShift(t *testing.T) {
	w := newWatch(t)
	login, search := sends(formType, "user=a&pass=b"), sends(formType, "q=word")
	for n := range 300 {
		w.see(get("/app.php", n%30).with(login).with(length(0)).with(status(302)))
		w.see(get("/app.php", n%30).with(search).with(length(20_000)).with(kind("text/html")))
	}
	w.learn(same, "/app.php")
	for name, change := range map[string]func(*Exchange){
		"as ever":    func(*Exchange) {},
		"of search":  func(x *Exchange) { search(x); x.Length = 22_000; x.Status = 200; x.ContentType = "text/html" },
		"of nothing": func(x *Exchange) { x.Status, x.Length = 302, 0 },
	} {
		if o := w.see(get("/app.php", 1).with(login).with(length(0)).with(status(302)).with(change)); o.response != Clean {
			t.Errorf("%s: %+v", name, o)
		}
	}
	for name, change := range map[string]func(*Exchange){
		"a login that answers with a page": func(x *Exchange) { x.Status, x.Length = 200, 20_000 },
		"a search that answers as JSON":    func(x *Exchange) { search(x); x.Length, x.ContentType = 20_000, "application/json" },
		"a search that answers little":     func(x *Exchange) { search(x); x.Length, x.ContentType = 20, "text/html" },
	} {
		x := get("/app.php", stranger).with(login).with(unreferred).with(change)
		if o := w.see(x); !o.has(1017) || o.response == Clean {
			t.Errorf("%s: %+v", name, o)
		}
	}
}

// mayRun only spares opaqueRun the work: it must not deny a run that is there.
func FuzzMayRun(f *testing.F) {
	f.Add("Mozilla/5.0 (X11; Linux x86_64) aaaaaaaa", 8)
	f.Add("aaaa%2Baaa%3D", 9)
	f.Add("aaa %2 aaaaaa", 6)
	f.Fuzz(func(t *testing.T, text string, least int) {
		if least < 1 || least > 1<<10 {
			least = 8
		}
		if opaqueRun([]byte(text)) >= least && !mayRun(text, least) {
			t.Errorf("no run of %d in %q", least, text)
		}
	})
}

func TestMayHaveControls(t *testing.T) {
	for c := range 256 {
		for place := range 8 {
			text := []byte("abc de\xffg")
			text[place] = byte(c)
			if got := mayHaveControls(binary.LittleEndian.Uint64(text)); got != (c < ' ') {
				t.Errorf("%q: %v", text, got)
			}
		}
	}
}
