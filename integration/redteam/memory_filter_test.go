package redteam

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/integration/internal/lab"
)

// A shell in the memory of a Java server is a filter that was registered at run time: it
// has no file and no path, and answers on any route that the application has. The one
// here is harmless: whoever brings its key is answered one word and how often it ran.

// filterPage registers the filter when it is asked for. Nothing of it is needed later.
const filterPage = `<%@ page contentType="text/plain" import="jakarta.servlet.*,jakarta.servlet.http.*,java.lang.reflect.Field,java.util.concurrent.atomic.AtomicInteger,org.apache.catalina.core.*,org.apache.tomcat.util.descriptor.web.*" %><%!
static Object inside(Object o) throws Exception {
	Field f = o.getClass().getDeclaredField("context");
	f.setAccessible(true);
	return f.get(o);
}
static class Word implements Filter {
	final AtomicInteger ran = new AtomicInteger();
	public void doFilter(ServletRequest q, ServletResponse a, FilterChain next) throws java.io.IOException, ServletException {
		HttpServletRequest r = (HttpServletRequest) q;
		if (r.getHeader("X-Word-Count") != null) {
			a.getWriter().print(ran.get());
		} else if (r.getHeader("X-Word") != null || r.getParameter("word") != null) {
			a.getWriter().print("word " + ran.incrementAndGet());
		} else {
			next.doFilter(q, a);
		}
	}
}
%><%
StandardContext context = (StandardContext) inside(inside(application));
FilterDef definition = new FilterDef();
definition.setFilter(new Word());
definition.setFilterName("word");
definition.setFilterClass(Word.class.getName());
context.addFilterDef(definition);
FilterMap everywhere = new FilterMap();
everywhere.addURLPattern("/*");
everywhere.setFilterName("word");
context.addFilterMapBefore(everywhere);
out.print(context.filterStart() ? "registered" : "failed");
%>`

// javaSite is an application of routes: pages that are read, and a form.
func javaSite() map[string]string {
	var mappings strings.Builder
	files := map[string]string{"index.jsp": jspPage("home"), "style.css": "p { margin: 0 }"}
	for _, name := range []string{"about", "products", "contact"} {
		files["WEB-INF/"+name+".jsp"] = jspPage(name)
		fmt.Fprintf(&mappings, "<servlet><servlet-name>%[1]s</servlet-name><jsp-file>/WEB-INF/%[1]s.jsp</jsp-file></servlet><servlet-mapping><servlet-name>%[1]s</servlet-name><url-pattern>/%[1]s</url-pattern></servlet-mapping>", name)
	}
	files["WEB-INF/web.xml"] = `<web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0">` + mappings.String() +
		`<welcome-file-list><welcome-file>index.jsp</welcome-file></welcome-file-list></web-app>`
	return files
}

func jspPage(title string) string {
	return `<%@ page contentType="text/html" %><!doctype html><html lang="en"><head><title>` + title + `</title></head><body><h1>` + title + `</h1><p>It is <%= System.currentTimeMillis() %>.</p></body></html>`
}

// commandsEach is how many commands each attack sends.
const commandsEach = 5

// filterAttacks are ways to reach the filter. What is held lets at most one command of an
// attack take effect; of the rest the outcome is reported only.
var filterAttacks = []struct {
	name string
	held bool
	send func(ask func(method, target, kind, body string, header http.Header) answer, n int) answer
}{
	{"POST to a route that is only read, a form", false, func(ask asking, n int) answer {
		return ask("POST", "/about", formKind, "word="+opaqueText(n), nil)
	}},
	{"POST to a route that is only read, bytes, key in a header", false, func(ask asking, n int) answer {
		return ask("POST", "/about", "application/octet-stream", opaqueText(n), http.Header{"X-Word": {"1"}})
	}},
	{"GET of a route, command in an unknown header", false, func(ask asking, n int) answer {
		return ask("GET", "/products", "", "", http.Header{"X-Word": {opaqueText(n)}})
	}},
	{"GET of a route, command in an unknown parameter", false, func(ask asking, n int) answer {
		return ask("GET", "/products?word="+opaqueText(n), "", "", nil)
	}},
	{"POST to a route that takes a form, one more field", false, func(ask asking, n int) answer {
		return ask("POST", "/contact", formKind, "name=ann&message=hello&word="+opaqueText(n), nil)
	}},
}

const formKind = "application/x-www-form-urlencoded"

// opaqueText is as encrypted commands look, another each time.
func opaqueText(n int) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	text, at := make([]byte, 1200), uint32(n+1)
	for i := range text {
		at = at*1664525 + 1013904223
		text[i] = alphabet[at>>16%uint32(len(alphabet))]
	}
	return string(text)
}

type answer struct {
	status int
	body   string
}

type asking = func(method, target, kind, body string, header http.Header) answer

// from asks a port as a client of a network.
func from(t *testing.T, port, network int) asking {
	client := http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DisableKeepAlives: true, DialContext: (&net.Dialer{
		LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, byte(network), 1)},
	}).DialContext}}
	return func(method, target, kind, body string, header http.Header) answer {
		t.Helper()
		r, err := http.NewRequest(method, fmt.Sprintf("http://127.0.0.1:%d%s", port, target), strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for name, values := range header {
			r.Header[name] = values
		}
		if kind != "" {
			r.Header.Set("Content-Type", kind)
		}
		resp, err := client.Do(r)
		if err != nil {
			t.Fatalf("%s %s: %v", method, target, err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatalf("%s %s: %v", method, target, err)
		}
		return answer{resp.StatusCode, string(b)}
	}
}

// ordinaryVisits are what the site's visitors do.
func ordinaryVisits(t *testing.T, port, network int) {
	t.Helper()
	ask := from(t, port, network)
	home := http.Header{"Referer": {fmt.Sprintf("http://127.0.0.1:%d/", port)}}
	form := http.Header{"Referer": {fmt.Sprintf("http://127.0.0.1:%d/contact", port)}, "Origin": {fmt.Sprintf("http://127.0.0.1:%d", port)}}
	for _, a := range []answer{
		ask("GET", "/", "", "", nil), ask("GET", "/style.css", "", "", home), ask("GET", "/about", "", "", home), ask("GET", "/products", "", "", home),
		ask("GET", "/contact", "", "", home), ask("POST", "/contact", formKind, fmt.Sprintf("name=visitor%d&message=hello", network), form),
	} {
		if a.status != http.StatusOK || strings.HasPrefix(a.body, "word") {
			t.Fatalf("an ordinary visit was answered %d %q", a.status, a.body)
		}
	}
}

func TestMemoryFilterOnTomcat(t *testing.T) {
	tomcat := lab.StartTomcat(t, javaSite())
	front := lab.FreePort(t)
	c := lab.StartCaddy(t, fmt.Sprintf("http://:%d {\n\tlog\n\twebshell_guard block {\n\t\tsite java\n\t\tlearn 2s 0.95\n\t}\n\treverse_proxy 127.0.0.1:%d\n}\n", front, tomcat.Port))
	for network := 1; network <= 40; network++ {
		ordinaryVisits(t, front, network)
	}
	time.Sleep(2 * time.Second) // the least time that learning takes
	ordinaryVisits(t, front, 1)
	c.Enforcing(1)

	// The filter comes by another way than through Caddy, and its page goes at once.
	inside := from(t, tomcat.Port, 1)
	file := filepath.Join(tomcat.Root, "word.jsp")
	if err := os.WriteFile(file, []byte(filterPage), 0o600); err != nil {
		t.Fatal(err)
	}
	if a := inside("GET", "/word.jsp", "", "", nil); strings.TrimSpace(a.body) != "registered" {
		t.Fatalf("the filter was not registered: %d %s", a.status, a.body)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	ran := func() int {
		n, err := strconv.Atoi(inside("GET", "/", "", "", http.Header{"X-Word-Count": {"1"}}).body)
		if err != nil {
			t.Fatalf("the filter does not count: %v", err)
		}
		return n
	}
	for i, a := range filterAttacks {
		before := ran()
		if got := a.send(inside, 0); got.body != fmt.Sprintf("word %d", before+1) { // without a guard every way works
			t.Fatalf("%s: the filter answered %q", a.name, got.body)
		}
		before++
		ask, lines := from(t, front, lab.Stranger+i), logged(t, c, 0)
		answered, refused := 0, 0
		for n := range commandsEach {
			switch got := a.send(ask, n); {
			case got.status == http.StatusForbidden:
				refused++
			case strings.HasPrefix(got.body, "word "):
				answered++
			default:
				t.Errorf("%s: command %d was answered %d %q", a.name, n, got.status, got.body)
			}
		}
		effective := ran() - before
		// An answer that is refused ran all the same.
		if answered+refused != commandsEach || effective < answered || effective > commandsEach {
			t.Errorf("%s: %d answered, %d refused, %d took effect", a.name, answered, refused, effective)
		}
		if a.held && effective > 1 {
			t.Errorf("%s: %d of %d commands took effect, want at most one", a.name, effective, commandsEach)
		}
		entries := logged(t, c, len(lines)+commandsEach)[len(lines):]
		t.Logf("%s: %d of %d commands took effect, %d refused; %s", a.name, effective, commandsEach, refused, said(entries))
	}
	for network := 1; network <= 40; network += 7 {
		ordinaryVisits(t, front, network)
	}
	ordinaryVisits(t, front, 199) // and a new one
}

// logged returns the entries of the access log once there are as many.
func logged(t *testing.T, c *lab.Caddy, atLeast int) (list []lab.Entry) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		list = nil
		for lines := bufio.NewScanner(strings.NewReader(c.Read("access.json"))); lines.Scan(); {
			var e lab.Entry
			if json.Unmarshal(lines.Bytes(), &e) == nil {
				list = append(list, e)
			}
		}
		if len(list) >= atLeast {
			return list
		}
	}
	t.Fatalf("the access log has %d entries, want %d", len(list), atLeast)
	return nil
}

// said is what the guard made of the first request that it did not find clean.
func said(entries []lab.Entry) string {
	for i, e := range entries {
		if e.Guard != nil {
			var names []string
			for _, s := range e.Guard.Signals {
				names = append(names, s.Name)
			}
			return fmt.Sprintf("request %d: %s at the %s, %s: %s", i+1, e.Guard.Verdict, e.Guard.Stage, e.Guard.Action, strings.Join(names, ", "))
		}
	}
	return "all clean"
}
