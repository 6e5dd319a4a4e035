package redteam

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// bodyAttacks say what they want where forms have not said it: in bodies of other kinds, behind
// what is looked at, in fields that scripts know. The scripts are trusted, and take forms.
var bodyAttacks = []attack{
	{"A form takes a command in an unknown part of a multipart body", "request 1: suspicious", func(t *testing.T) string {
		return toForm(t, body("multipart/form-data; boundary=b", multipart("c", "id")))
	}},
	{"An upload form takes a command in an unknown part", "request 1: suspicious", func(t *testing.T) string {
		return toBody(t, "/upload.php", body("multipart/form-data; boundary=b", multipart("title", "x", "c", "id")))
	}},
	{"An interface takes a command under an unknown key of its JSON", "request 1: suspicious", func(t *testing.T) string {
		return toBody(t, "/api.php", body("application/json", `{"user":{"name":"Ann","c":"id"}}`))
	}},
	{"A form takes a command in an unknown parameter, behind a known one that is longer than what is looked at", "request 1: suspicious", func(t *testing.T) string {
		return toForm(t, body(formType, "name="+strings.Repeat("hello+all+", 840)), func(x *detector.Exchange) { x.BodyCut = true })
	}},
	{"A form takes a command in an unknown parameter, behind a known one that is sent 130 times", "request 1: suspicious", func(t *testing.T) string {
		return toForm(t, body(formType, strings.Repeat("name=x&", 130)+"c=id"))
	}},
	{"A form takes a command in a compressed body", "request 1: malicious, answer refused", func(t *testing.T) string {
		return toForm(t, body(formType, "\x1f\x8b\x08nobody reads this"), func(x *detector.Exchange) { x.Header["Content-Encoding"] = []string{"gzip"} })
	}},
	{"A form takes a command in JSON, under the names of its own", "request 1: suspicious", func(t *testing.T) string {
		return toForm(t, body("application/json", `{"name":"id","message":"x"}`))
	}},
	{"A form takes a command as bytes without a type", "request 1: suspicious", func(t *testing.T) string {
		return toForm(t, body("", "id"))
	}},
	{"A form takes a long command that nobody can read, in a parameter of its own", "request 1: suspicious", func(t *testing.T) string {
		return toForm(t, body(formType, "name=x&message="+nobodyReads))
	}},
	{"A form takes a long command that nobody can read, in a parameter of its own, with a forged Referer", "lost", func(t *testing.T) string {
		return toForm(t, body(formType, "name=x&message="+nobodyReads), referred)
	}},
	{"A page takes commands in the body of a GET", "request 1: suspicious", func(t *testing.T) string {
		return toBody(t, "/about.php", body(formType, "c=id"), func(x *detector.Exchange) { x.Method = "GET" })
	}},
	{"A page takes a long command that nobody can read in User-Agent, Authorization or a cookie that it knows", "User-Agent: request 1: suspicious, Authorization: request 1: suspicious, Cookie: request 1: suspicious", inKnownFields},
	{"A page is turned into a WebSocket", "request 1: suspicious", func(t *testing.T) string {
		return toBody(t, "/about.php", func(x *detector.Exchange) {
			x.Method, x.HasBody, x.Status, x.ContentType = "GET", false, 101, ""
			x.Header = map[string][]string{"Upgrade": {"websocket"}}
		})
	}},
	{"A shell is uploaded under a name that is spelt in five other ways, and sent a command", "5 of 5: malicious, refused before it ran", uploadedOtherwise},
}

const formType = "application/x-www-form-urlencoded"

// nobodyReads is a long value that nobody can read.
var nobodyReads = strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(strings.Repeat("\x01\xfe\x80what", 130))), "=")

// body sets a body and its type.
func body(contentType, text string) change {
	return func(x *detector.Exchange) {
		x.HasBody, x.Body, x.Sent = true, []byte(text), int64(len(text))
		x.Header = map[string][]string{"User-Agent": {x.Agent}, "Accept": {"*/*"}}
		if contentType != "" {
			x.Header["Content-Type"] = []string{contentType}
		}
	}
}

// multipart is a body of parts, by name and value.
func multipart(fields ...string) string {
	var b strings.Builder
	for i := 0; i < len(fields); i += 2 {
		fmt.Fprintf(&b, "--b\r\nContent-Disposition: form-data; name=%q\r\n\r\n%s\r\n", fields[i], fields[i+1])
	}
	return b.String() + "--b--\r\n"
}

// withBodies is a site that has learned in peace what its scripts are sent in bodies, and of
// /about.php the header of a browser.
func withBodies(t *testing.T) *target {
	s := newTarget(t, "")
	s.liveUntilEnforcing(func() {
		for n := range 60 {
			browser := func(x *detector.Exchange) {
				x.Header = map[string][]string{"User-Agent": {x.Agent}, "Accept": {"*/*"}, "Cookie": {"theme=dark"}, "Authorization": {"Basic YTpi"}}
			}
			s.honest(s.get("/about.php", honest(n), referred, browser))
			s.honest(s.post("/contact.php", honest(n), referred, body(formType, "name=Ann&message=hello")))
			s.honest(s.post("/upload.php", honest(n), referred, body("multipart/form-data; boundary=b", multipart("title", "x"))))
			s.honest(s.post("/api.php", honest(n), referred, body("application/json", `{"user":{"name":"Ann"}}`)))
		}
	})
	return s
}

// page is an answer that has markup.
func page(x *detector.Exchange) { x.Answer = []byte("<p>Thank you</p>") }

// toBody sends a stranger's payload to a script, whose answer says nothing.
func toBody(t *testing.T, path string, changes ...change) string {
	s := withBodies(t)
	return s.outcome(s.post(path, attacker(0), append([]change{page}, changes...)...))
}

func toForm(t *testing.T, changes ...change) string { return toBody(t, "/contact.php", changes...) }

func inKnownFields(t *testing.T) string {
	s := withBodies(t)
	var results []string
	for i, field := range []string{"User-Agent", "Authorization", "Cookie"} {
		value := map[string]string{"User-Agent": nobodyReads, "Authorization": "Bearer " + nobodyReads, "Cookie": "theme=" + nobodyReads}[field]
		results = append(results, field+": "+s.outcome(s.get("/about.php", attacker(i), page, func(x *detector.Exchange) {
			x.Header = map[string][]string{"User-Agent": {x.Agent}, "Accept": {"*/*"}, field: {value}}
		})))
	}
	return strings.Join(results, ", ")
}

func uploadedOtherwise(t *testing.T) string {
	found, spellings := 0, []string{
		`form-data; name="title"; filename=up%d.php`, `form-data; name="title"; FileName="up%d.php"`, `form-data; name="title"; filename='up%d.php'`,
		`form-data; name="title"; filename*=UTF-8''up%d.ph%%70`, "form-data; name=\"title\";\r\n filename=\"up%d.php\"",
	}
	for i, spelling := range spellings {
		s := withBodies(t)
		disposition := fmt.Sprintf(spelling, i)
		s.play(s.post("/upload.php", attacker(0), referred, body("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: "+disposition+"\r\n\r\nx\r\n--b--\r\n")))
		if s.outcome(s.post(fmt.Sprintf("/lib/up%d.php", i), attacker(0))) == "request 1: malicious, refused before it ran" {
			found++
		}
	}
	return fmt.Sprintf("%d of %d: malicious, refused before it ran", found, len(spellings))
}
