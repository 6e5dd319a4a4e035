package detector

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// sender sends an operation of the script, with the operation's own parameters, by one way
// of asking for it.
type sender func(operation string, more ...string) func(*Exchange)

func inQuery(operation string, more ...string) func(*Exchange) {
	return func(x *Exchange) {
		x.Query = "do=" + operation
		for _, name := range more {
			x.Query += "&" + name + "=5"
		}
	}
}

func inForm(operation string, more ...string) func(*Exchange) {
	return func(x *Exchange) {
		inQuery(operation, more...)(x)
		bodied("application/x-www-form-urlencoded", x.Query)(x)
		x.Query = ""
	}
}

func inJSON(operation string, more ...string) func(*Exchange) {
	return func(x *Exchange) {
		body := fmt.Sprintf(`{"do": %q`, operation)
		for _, name := range more {
			body += fmt.Sprintf(`, %q: 5`, name)
		}
		bodied("application/json", body+"}")(x)
	}
}

func inParts(operation string, more ...string) func(*Exchange) {
	return func(x *Exchange) {
		var body strings.Builder
		part := func(name, value string) {
			fmt.Fprintf(&body, "--b\r\nContent-Disposition: form-data; name=%q\r\n\r\n%s\r\n", name, value)
		}
		part("do", operation)
		for _, name := range more {
			part(name, "5")
		}
		body.WriteString("--b--\r\n")
		bodied("multipart/form-data; boundary=b", body.String())(x)
	}
}

func inGraphQL(operation string, more ...string) func(*Exchange) {
	return func(x *Exchange) {
		variables := ""
		for _, name := range more {
			variables += fmt.Sprintf(`,%q: 5`, name)
		}
		bodied("application/json", fmt.Sprintf(`{"query":"mutation %s { done }","variables":{"x":1%s}}`, operation, variables))(x)
	}
}

func inSOAP(operation string, more ...string) func(*Exchange) {
	return func(x *Exchange) {
		bodied("text/xml", "<Envelope><Body><x/>"+strings.Repeat("<y/>", len(more))+"</Body></Envelope>")(x)
		for _, name := range more {
			x.Body = bytes.ReplaceAll(x.Body, []byte("<x/>"), []byte("<x/><"+name+"/>"))
		}
		x.Header["Soapaction"] = []string{`"` + operation + `"`}
	}
}

func bodied(media, body string) func(*Exchange) {
	return func(x *Exchange) {
		post(x)
		x.Body = []byte(body)
		x.Header = map[string][]string{"Content-Type": {media}}
	}
}

// operations teaches a site whose one script has three operations, and search words.
func operations(t *testing.T, ask sender, change func(*Exchange)) *watch {
	w := newWatch(t)
	for n := range 90 {
		w.see(get("/app.php", n%30).with(ask("list_items", "page", "sort")).with(change))
		w.see(get("/app.php", n%30).with(ask("save_item", "item", "price")).with(change))
		w.see(get("/app.php", n%30).with(ask("send_mail", "address", "subject", "item")).with(change))
		w.see(get("/app.php", n%30).with(inQuery("list_items", "page", "sort")).with(func(x *Exchange) { x.Query = fmt.Sprintf("q=word%cx", 'a'+n%26) }))
	}
	w.learn(same, "/a.php")
	return w
}

func TestNewOperation(t *testing.T) {
	for name, ask := range map[string]sender{
		"query": inQuery, "form": inForm, "JSON": inJSON, "multipart": inParts, "GraphQL": inGraphQL, "SOAP": inSOAP,
	} {
		t.Run(name, func(t *testing.T) {
			w := operations(t, ask, same)
			script := w.m.Scripts.Lookup(baseline.Key{Path: "/app.php"})
			if n := count(script); n != 3 {
				t.Fatalf("%d operations", n)
			}
			for _, known := range []string{"list_items", "save_item", "send_mail"} {
				if o := w.see(get("/app.php", stranger).with(ask(known, "item"))); o.has(1009) {
					t.Errorf("%s: %+v", known, o)
				}
			}
			// It brings no name that is new: the operation is what is.
			bits := 7.0
			if name == "query" {
				bits = 3 // a read
			}
			x := get("/app.php", stranger).with(ask("run_tool", "item"))
			if got := w.bits(x, 1009); got != bits {
				t.Errorf("a new one: %v bits", got)
			}
			if o := w.see(x); o.response != Clean {
				t.Errorf("it is all that is new: %+v", o)
			}
			if o := w.see(x.with(unreferred)); o.response != Suspicious && name != "query" || o.response == Malicious {
				t.Errorf("a new one, from no page: %+v", o)
			}
		})
	}
}

func count(p *baseline.Profile) (n int) {
	for range p.Operations() {
		n++
	}
	return n
}

// What a client invents makes nothing known, and takes no more room than there is.
func TestInventedOperations(t *testing.T) {
	w := operations(t, inForm, same)
	for n := range 500 {
		w.see(get("/app.php", stranger+n%3).with(inForm(fmt.Sprintf("made_%c%c", 'a'+n%26, 'a'+n/26), "item")))
	}
	script := w.m.Scripts.Lookup(baseline.Key{Path: "/app.php"})
	if n := count(script); n > 3+16 {
		t.Errorf("%d operations", n)
	}
	if o := w.see(get("/app.php", stranger).with(inForm("made_ab", "item")).with(unreferred)); !o.has(1009) {
		t.Errorf("%+v", o)
	}
	if o := w.see(get("/app.php", 3).with(inForm("save_item", "item", "price"))); o.response != Clean {
		t.Errorf("%+v", o)
	}
}

// An operation that is only read is sent a payload: other operations take some.
func TestOperationIsJudgedByItself(t *testing.T) {
	w := newWatch(t)
	for n := range 90 {
		w.see(get("/app.php", n%30).with(inQuery("show", "id")))
		w.see(get("/app.php", n%30).with(inQuery("save", "id", "text")).with(post))
	}
	w.learn(same, "/a.php")
	if o := w.see(get("/app.php", stranger).with(inQuery("save", "id", "text")).with(post).with(unreferred)); o.has(1002) {
		t.Errorf("one that takes payloads: %+v", o)
	}
	if o := w.see(get("/app.php", stranger).with(inQuery("show", "id")).with(post).with(unreferred)); !o.has(1002) {
		t.Errorf("one that is read: %+v", o)
	}
}

func TestContainmentRefusesNewOperations(t *testing.T) {
	w := operations(t, inQuery, post)
	w.m.Containment.Begin(0, false, baseline.Author{Via: "test"}, w.now)
	if o := w.see(get("/app.php", 3).with(inQuery("save_item", "item", "price")).with(post)); o.refuseRequest {
		t.Errorf("a known one: %+v", o)
	}
	if o := w.see(get("/app.php", 3).with(inQuery("run_tool", "item", "price")).with(post)); !o.refuseRequest {
		t.Errorf("a new one: %+v", o)
	}
}

// An operation in a body is known before the upstream runs if the body is read ahead.
func TestContainmentReadsOperationsAhead(t *testing.T) {
	w := operations(t, inForm, same)
	wanted := func(x Exchange) bool {
		x.Time, x.EffectivePath = w.now, x.Path
		var e Evaluation
		e.Begin(w.d, w.m, &x)
		return e.BodyWanted()
	}
	known, other := get("/app.php", 3).with(inForm("save_item", "item", "price")), get("/a.php", 3).with(post)
	if wanted(known) {
		t.Error("a trusted script that is sent what it always is")
	}
	w.m.Containment.Begin(0, false, baseline.Author{Via: "test"}, w.now)
	if !wanted(known) || wanted(other) {
		t.Errorf("contained: %v, %v where there are no operations", wanted(known), wanted(other))
	}
	if o := w.see(known); o.refuseRequest {
		t.Errorf("a known one: %+v", o)
	}
	if o := w.see(get("/app.php", 3).with(inForm("run_tool", "item", "price"))); !o.refuseRequest {
		t.Errorf("a new one: %+v", o)
	}
}

// A denied operation is refused before it runs, by whatever way it is asked for.
func TestDeniedOperation(t *testing.T) {
	for name, ask := range map[string]sender{"query": inQuery, "form": inForm, "JSON": inJSON, "multipart": inParts} {
		t.Run(name, func(t *testing.T) {
			w := operations(t, ask, same)
			script := baseline.Key{Path: "/app.php"}
			denied := []baseline.OperationKey{{Endpoint: script, Selector: "do", Value: "save_item"}, {Endpoint: script, Selector: "do", Value: "run_tool"}}
			if err := w.m.Decisions.SetOperations(denied, baseline.Denied, baseline.Author{Via: "test"}, w.now); err != nil {
				t.Fatal(err)
			}
			for _, operation := range []string{"save_item", "run_tool"} {
				x := get("/app.php", 3).with(ask(operation, "item"))
				x.Time, x.EffectivePath = w.now, x.Path
				var e Evaluation
				if e.Begin(w.d, w.m, &x); e.BodyWanted() == (name == "query") {
					t.Errorf("%s: whether its body is wanted: %v", operation, e.BodyWanted())
				}
				if o := w.see(x); !o.refuseRequest {
					t.Errorf("%s: %+v", operation, o)
				}
			}
			if o := w.see(get("/app.php", 3).with(ask("send_mail", "address", "subject", "item"))); o.refuseRequest || o.refuseResponse {
				t.Errorf("another: %+v", o)
			}
		})
	}
}

func TestOperationsAreNamed(t *testing.T) {
	w := operations(t, inQuery, post)
	x := get("/app.php", stranger).with(inQuery("run_tool", "item")).with(post).with(unreferred)
	x.Time, x.EffectivePath = w.now, x.Path
	var e Evaluation
	e.Whole(w.d, w.m, &x, func(j *Judgement) {
		if got, want := j.Endpoint(), "/app.php · do=run_tool"; got != want {
			t.Errorf("at the %s: %q, want %q", j.Stage, got, want)
		}
	})
}
