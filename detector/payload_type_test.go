package detector

import (
	"strings"
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// upgrade is a WebSocket that the server agrees to.
func upgrade(x *Exchange) {
	x.Status, x.Header = 101, map[string][]string{"Upgrade": {"websocket"}, "Connection": {"Upgrade"}}
}

// tunnel is one over HTTP/2.
func tunnel(x *Exchange) { x.Tunnel, x.Status, x.Header = true, 200, map[string][]string{} }

// reads sets the header of a request that only reads.
func reads(name, value string) func(*Exchange) {
	return func(x *Exchange) {
		x.Header = map[string][]string{"Accept": {"*/*"}, "User-Agent": {"Mozilla/5.0"}, "Cookie": {"theme=dark"}}
		if name != "" {
			x.Header[name] = []string{value}
		}
	}
}

func TestNewMediaType(t *testing.T) {
	w := newWatch(t)
	form, object := sends(formType, "name=Ann&text=hello"), sends("application/json", `{"name":"Ann","text":"hello"}`)
	for n := range 300 {
		w.see(get("/form.php", n%30).with(form).with(length(5000)))
		w.see(get("/api.php", n%30).with(object).with(length(50)))
		w.see(get("/about.php", n%30).with(reads("", "")).with(length(5000)))
	}
	w.learn(same, "/a.php")
	x := get("/form.php", stranger).with(unreferred).with(length(5000))
	for what, change := range map[string]func(*Exchange){
		"JSON":            object,
		"parts":           sends(multipartType, parts("name", "text")),
		"bytes":           sends("application/octet-stream", "name=Ann"),
		"text":            sends("text/plain", "name=Ann"),
		"no type":         func(x *Exchange) { form(x); delete(x.Header, "Content-Type") },
		"a made-up type":  sends("application/x-anything", "name=Ann"),
		"another of XML":  sends("application/soap+xml", "<name/>"),
		"a form, by GET":  func(x *Exchange) { form(x); x.Method = "GET" },
		"JSON, by DELETE": func(x *Exchange) { object(x); x.Method = "DELETE" },
	} {
		if bits := w.bits(x.with(change), 1018); bits < 5 {
			t.Errorf("%s: %v bits", what, bits)
		}
	}
	for what, x := range map[string]Exchange{
		"the usual form":           x.with(form),
		"its type otherwise":       x.with(sends("Application/X-WWW-Form-Urlencoded; charset=utf-8", "name=Ann&text=hello")),
		"the usual JSON":           get("/api.php", stranger).with(unreferred).with(object).with(length(50)),
		"a payload without a body": get("/form.php", stranger).with(unreferred).with(func(x *Exchange) { x.Method, x.Header = "POST", map[string][]string{} }).with(length(5000)),
		"an unknown header":        x.with(form).with(func(x *Exchange) { x.Header = nil }),
		"a page":                   get("/about.php", stranger).with(unreferred).with(reads("", "")).with(length(5000)),
	} {
		if o := w.see(x); o.has(1018) || o.response != Clean {
			t.Errorf("%s: %+v", what, o)
		}
	}
	if o := w.see(get("/about.php", stranger+1).with(unreferred).with(reads("Content-Type", "application/json")).with(length(5000))); !o.has(1018) {
		t.Errorf("a page that is read with a type: %+v", o)
	}
}

// Alone, with a client that is new and comes from no page, it is no reason to refuse.
func TestNewMediaTypeAloneIsNotMalicious(t *testing.T) {
	w := newWatch(t)
	for n := range 3000 {
		w.see(get("/form.php", n%30).with(sends(formType, "name=Ann&text=hello")).with(length(5000)))
	}
	w.learn(same, "/a.php")
	if o := w.see(get("/form.php", stranger).with(unreferred).with(sends("application/json", `{"name":"Ann","text":"hello"}`)).with(length(5000))); o.response != Suspicious {
		t.Errorf("%+v", o)
	}
}

func TestMediaTypesAfterLearningAreKnownOnlyByApproval(t *testing.T) {
	w := newWatch(t)
	object := sends("application/json", `{"name":"Ann"}`)
	for n := range 300 {
		w.see(get("/form.php", n%30).with(sends(formType, "name=Ann")))
	}
	w.learn(same, "/a.php")
	first := w.bits(get("/form.php", 1).with(object), 1018)
	for n := range 100 {
		w.see(get("/form.php", n%30).with(object))
	}
	if bits := w.bits(get("/form.php", 1).with(object), 1018); bits <= 0 || first-bits < 2 || first-bits > 3 {
		t.Errorf("%v bits at first, %v after 30 networks", first, bits)
	}
	key := []baseline.Key{{Path: "/form.php"}}
	if err := w.m.Decisions.SetTrust(key, baseline.Trusted, baseline.Author{Via: "test"}, w.now, w.d.Limits()); err != nil {
		t.Fatal(err)
	}
	if bits := w.bits(get("/form.php", 1).with(object), 1018); bits != 0 {
		t.Errorf("%v bits after approval", bits)
	}
	if bits := w.bits(get("/form.php", 1).with(sends("text/plain", "x")), 1018); bits == 0 {
		t.Error("approval makes other types known")
	}
}

func TestFirstUpgrade(t *testing.T) {
	w := newWatch(t)
	for n := range 100 {
		w.see(get("/live.php", n%30).with(upgrade))
		w.see(get("/live.php", n%30))
		w.see(get("/chat", n%30))
		w.see(get("/socket", n%30).with(upgrade))
		w.see(get("/socket", n%30))
	}
	w.learn(same, "/a.php")
	for _, x := range []Exchange{
		get("/a.php", stranger).with(upgrade), get("/a.php", stranger).with(tunnel), get("/chat", stranger).with(upgrade), get("/chat", stranger).with(tunnel),
	} {
		if o := w.see(x.with(unreferred)); !o.has(1019) {
			t.Errorf("%s: %+v", x.Path, o)
		}
	}
	offer := func(x *Exchange) { upgrade(x); x.Status, x.Header["Upgrade"] = 200, []string{"h2c"} }
	for what, x := range map[string]Exchange{
		"as ever":             get("/live.php", stranger).with(upgrade),
		"as ever, in HTTP/2":  get("/live.php", stranger).with(tunnel),
		"a route, as ever":    get("/socket", stranger).with(upgrade),
		"an offer of HTTP/2":  get("/a.php", stranger).with(offer),
		"what is not granted": get("/a.php", stranger).with(upgrade).with(status(200)),
		"what is refused":     get("/a.php", stranger).with(tunnel).with(status(403)),
	} {
		if o := w.see(x.with(unreferred)); o.has(1019) {
			t.Errorf("%s: %+v", what, o)
		}
	}
}

func TestUnreadableValuesInKnownFields(t *testing.T) {
	w := newWatch(t)
	for n := range 500 {
		w.see(get("/a.php", n%30).with(reads("Authorization", "Basic YTpi")))
		w.see(get("/search.php", n%30).with(reads("Authorization", "Bearer "+opaque)).with(query("q=words")))
		w.see(get("/form.php", n%30).with(sends(formType, "name=Ann&text=hello")).with(reads("Content-Type", formType)))
		w.see(get("/state.php", n%30).with(sends(formType, "name=Ann&state="+opaque)).with(reads("Content-Type", formType)))
	}
	w.learn(same, "/b.php")
	for what, x := range map[string]Exchange{
		"User-Agent":    get("/a.php", stranger).with(reads("User-Agent", opaque)),
		"Authorization": get("/a.php", stranger).with(reads("Authorization", "Bearer "+opaque)),
		"cookie":        get("/a.php", stranger).with(reads("Cookie", "theme="+opaque)),
		"query":         get("/search.php", stranger).with(reads("Authorization", "Bearer "+opaque)).with(query("q=" + opaque)),
		"form":          get("/form.php", stranger).with(sends(formType, "name=Ann&text="+opaque)),
		"another field": get("/state.php", stranger).with(sends(formType, "state=x&name="+opaque)),
	} {
		if o := w.see(x.with(unreferred)); !o.has(1008) || o.response == Clean {
			t.Errorf("%s: %+v", what, o)
		}
	}
	for what, x := range map[string]Exchange{
		"Authorization":   get("/search.php", stranger).with(reads("Authorization", "Bearer "+opaque)).with(query("q=words")),
		"form":            get("/state.php", stranger).with(sends(formType, "name=Bob&state="+strings.ToUpper(opaque))),
		"a long text":     get("/form.php", stranger).with(sends(formType, "name=Ann&text="+strings.Repeat("hello+", 100))),
		"a long question": get("/a.php", stranger).with(reads("", "")).with(query("q=" + strings.Repeat("what%20is%20it%3F", 20))),
		"a user agent":    get("/a.php", stranger).with(reads("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36")),
	} {
		if bits := w.bits(x.with(unreferred), 1008); bits != 0 {
			t.Errorf("%s, as ever: %v bits", what, bits)
		}
	}
}

// The kind of payload that a contact form is not sent is enough, from nowhere.
func TestOpaquePayloadInAKnownParameter(t *testing.T) {
	w := newWatch(t)
	for n := range 60 {
		w.see(get("/contact.php", n).with(sends(formType, "name=Ann&message=hello")).with(length(5000)))
	}
	w.learn(same, "/a.php")
	shell := get("/contact.php", stranger).with(sends(formType, "name=x&message="+strings.Repeat(opaque, 4))).with(unreferred).with(length(5000))
	if o := w.see(shell); o.response == Clean || !o.has(1016) {
		t.Errorf("%+v", o)
	}
	if o := w.see(shell.with(sends(formType, "name=x&message=hello"))); o.response != Clean {
		t.Errorf("words: %+v", o)
	}
}

func TestUploadNamesSpeltOtherwise(t *testing.T) {
	for _, disposition := range []string{
		`form-data; name=f; filename=x.php`, `form-data; name="f"; FileName="x.php"`, `form-data; name='f'; filename='x.php'`,
		`form-data; name="f"; filename*=UTF-8''x%2Ephp`, "form-data; name=\"f\";\r\n\tfilename=\"x.php\"",
	} {
		for _, contentType := range []string{multipartType, `Multipart/Form-Data; Boundary="b"`} {
			w := newWatch(t)
			w.learn(same, "/form.php")
			w.see(get("/form.php", stranger).with(sends(contentType, "--b\r\ncontent-disposition: "+disposition+"\r\n\r\nbytes\r\n--b--\r\n")))
			if o := w.see(get("/data/x.php", stranger).with(post)); !o.has(1012) || !o.has(1015) {
				t.Errorf("%s: %q: %+v", contentType, disposition, o)
			}
		}
	}
}
