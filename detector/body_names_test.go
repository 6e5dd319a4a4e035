package detector

import (
	"fmt"
	"strings"
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

const multipartType = "multipart/form-data; boundary=b"

// parts is a multipart body of parts of these names.
func parts(names ...string) string {
	var b strings.Builder
	for _, name := range names {
		fmt.Fprintf(&b, "--b\r\nContent-Disposition: form-data; name=%q\r\n\r\nvalue\r\n", name)
	}
	return b.String() + "--b--\r\n"
}

// cut says that there is more of the body.
func cut(x *Exchange) { x.BodyCut = true }

// begun is an evaluation of the exchange at its request, with its body.
func begun(w *watch, x Exchange) *Evaluation {
	e := new(Evaluation)
	x.Time = w.now
	e.Begin(w.d, w.m, &x)
	e.Body(x.Body)
	return e
}

func TestNamesInBodies(t *testing.T) {
	w := newWatch(t)
	hash := func(names ...string) map[uint64]bool {
		set := make(map[uint64]bool)
		for _, name := range names {
			set[w.m.Hash.Text(name)] = true
		}
		return set
	}
	encoded := func(x *Exchange) { x.Header["Content-Encoding"] = []string{"gzip"} }
	many := strings.Repeat("name=1&", 5000) + "c=id"
	for what, c := range map[string]struct {
		x        Exchange
		names    map[uint64]bool
		complete bool
	}{
		"a form":                      {get("/a", 1).with(sends(formType, "a=1&b=2")), hash("a", "b"), true},
		"a form that is cut off":      {get("/a", 1).with(sends(formType, "a=1&b")).with(cut), hash("a"), false},
		"a known name 130 times":      {get("/a", 1).with(sends(formType, strings.Repeat("a=1&", 130)+"c=id")), hash("a", "c"), true},
		"one name too often":          {get("/a", 1).with(sends(formType, many)), hash("name"), false},
		"a long query and a form":     {get("/a", 1).with(query(strings.Repeat("a=1&", 70))).with(sends(formType, "c=id")), hash("a", "c"), true},
		"parts":                       {get("/a", 1).with(sends(multipartType, parts("a", "b", "a"))), hash("a", "b"), true},
		"parts without an end":        {get("/a", 1).with(sends(multipartType, "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n")), hash("a"), false},
		"JSON":                        {get("/a", 1).with(sends("application/json; charset=utf-8", `{"user":{"name":1}}`)), hash("user", "user.name"), true},
		"JSON of a kind":              {get("/a", 1).with(sends("application/vnd.api+json", `{"a":1}`)), hash("a"), true},
		"JSON that is none":           {get("/a", 1).with(sends("application/json", "a=1")), hash(), false},
		"JSON that does not say so":   {get("/a", 1).with(sends("text/plain", ` {"a":1}`)), hash("a"), true},
		"JSON that says it is a form": {get("/a", 1).with(sends(formType, `{"a":1}`)), hash("a"), true},
		"JSON that is cut off":        {get("/a", 1).with(sends("application/json", `{"a":1}`)).with(cut), hash("a"), false},
		"XML":                         {get("/a", 1).with(sends("text/xml", `<a b="1"/>`)), hash("a", "@b"), true},
		"XML that does not say so":    {get("/a", 1).with(sends("", `<a/>`)), hash("a"), true},
		"what has no names":           {get("/a", 1).with(sends("application/octet-stream", "\x00\x01")), hash(), true},
		"what is compressed":          {get("/a", 1).with(sends("application/json", "\x1f\x8b")).with(encoded), hash(), false},
		"no body":                     {get("/a", 1).with(query("a=1")), hash("a"), true},
	} {
		names := begun(w, c.x).paramNames()
		got := make(map[uint64]bool)
		for _, name := range names.All() {
			got[name] = true
		}
		want := len(c.names)
		if !c.complete {
			want++ // for those that were not read
		}
		if names.Complete() != c.complete || len(got) != want {
			t.Errorf("%s: %d names, complete: %v", what, len(got), names.Complete())
		}
		for name := range c.names {
			if !got[name] {
				t.Errorf("%s: a name is missing", what)
			}
		}
	}
}

func TestMoreNamesThanThereIsRoomFor(t *testing.T) {
	w := newWatch(t)
	var form, object strings.Builder
	for n := range 200 {
		fmt.Fprintf(&form, "n%d=1&", n)
		fmt.Fprintf(&object, `"n%d":1,`, n)
	}
	for contentType, body := range map[string]string{formType: form.String(), "application/json": "{" + object.String() + `"x":1}`} {
		e := begun(w, get("/a", 1).with(query(form.String())).with(sends(contentType, body)))
		if names := e.paramNames(); names.Complete() || len(names.All()) != 129 || len(names.Form()) != 64 {
			t.Errorf("%s: %d names, %d of the body, complete: %v", contentType, len(names.All()), len(names.Form()), names.Complete())
		}
	}
}

func TestOperation(t *testing.T) {
	w := newWatch(t)
	soap := func(x *Exchange) { x.Header["Soapaction"] = []string{`"urn:Get"`} }
	for want, x := range map[string]Exchange{
		"Feed":      get("/a", 1).with(sends("application/json", `{"query":"query Feed { x }"}`)),
		"Other":     get("/a", 1).with(sends("application/graphql", `mutation Other($a:Int) { x }`)),
		"wp.get":    get("/a", 1).with(sends("application/json", `{"jsonrpc":"2.0","method":"wp.get"}`)),
		"demo.add":  get("/a", 1).with(sends("text/xml", `<methodCall><methodName>demo.add</methodName></methodCall>`)),
		"urn:Get":   get("/a", 1).with(sends("text/xml", `<Envelope/>`)).with(soap),
		"urn:Other": get("/a", 1).with(sends(`application/soap+xml; action="urn:Other"`, `<Envelope/>`)),
		"":          get("/a", 1).with(sends(formType, `method=x`)),
	} {
		if got := begun(w, x).operation(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// jsonWatch enforces on a site with an interface and a form that was sent by multipart.
func bodiesWatch(t *testing.T) *watch {
	t.Helper()
	w := newWatch(t)
	for n := range 300 {
		w.see(get("/api.php", n%30).with(sends("application/json", `{"user":{"name":"Ann"},"tags":["a"]}`)).with(length(500)))
		w.see(get("/form.php", n%30).with(sends(multipartType, parts("name", "text"))).with(length(5000)))
		w.see(get("/blog.php", n%30).with(sends(formType, "text=hello")).with(length(5000)).with(cut))
	}
	w.learn(same, "/a.php")
	return w
}

func TestUnknownNamesInBodiesThatAreNoForms(t *testing.T) {
	w := bodiesWatch(t)
	api, form := get("/api.php", stranger).with(unreferred).with(length(500)), get("/form.php", stranger).with(unreferred).with(length(5000))
	for what, x := range map[string]Exchange{
		"a key":                    api.with(sends("application/json", `{"user":{"name":"Ann"},"c":"id"}`)),
		"a key below a known":      api.with(sends("application/json", `{"user":{"name":"Ann","c":"id"},"tags":[]}`)),
		"a key in an array":        api.with(sends("application/json", `{"user":{"name":"Ann"},"tags":[{"c":"id"}]}`)),
		"a part":                   form.with(sends(multipartType, parts("c"))),
		"a part after 130 others":  form.with(sends(multipartType, strings.TrimSuffix(parts(strings.Split(strings.Repeat("name ", 130)+"x", " ")...), "--b--\r\n")+parts("c"))),
		"a part that was not read": form.with(sends(multipartType, parts("name", "text"))).with(cut),
	} {
		if o := w.see(x); !o.has(1006) {
			t.Errorf("%s: %+v", what, o)
		}
	}
	for what, x := range map[string]Exchange{
		"JSON as ever":         api.with(sends("application/json", `{"tags":["a","b"],"user":{"name":"Bob"}}`)),
		"parts as ever":        form.with(sends(multipartType, parts("text", "name"))),
		"what is cut off ever": get("/blog.php", stranger).with(unreferred).with(sends(formType, "text=x")).with(length(5000)).with(cut),
	} {
		if o := w.see(x); o.has(1006) || o.response != Clean {
			t.Errorf("%s: %+v", what, o)
		}
	}
}

// What is cut off is of no known shape: it may have had any other parameter.
func TestShapesOfWhatIsCutOffAreUnknown(t *testing.T) {
	w := newWatch(t)
	whole := sends(formType, "text=hello")
	for n := range 100 {
		w.see(get("/blog.php", n%30).with(whole).with(length(40_000)))
		w.see(get("/cut.php", n%30).with(whole).with(cut).with(length(40_000)))
	}
	w.learn(same, "/a.php")
	nowhere := get("/blog.php", stranger).with(unreferred).with(whole).with(length(20))
	if w.bits(nowhere, 1017); w.see(nowhere).has(1017) != true {
		t.Error("a known shape is answered otherwise, and that is nothing")
	}
	if o := w.see(nowhere.with(cut)); o.has(1017) {
		t.Errorf("the shape is known of what was not read: %+v", o)
	}
	nowhere.Path = "/cut.php"
	if o := w.see(nowhere); o.has(1017) {
		t.Errorf("a shape was learned of what was not read: %+v", o)
	}
	if _, answers, _ := w.m.Scripts.Lookup(baseline.Key{Path: "/cut.php"}).UnlikeAnswer(w.m.Hash, &baseline.RequestFeatures{Params: begun(w, nowhere).paramNames()}, baseline.MethodPost, 200); answers != 0 {
		t.Errorf("%d answers were learned of it", answers)
	}
}
