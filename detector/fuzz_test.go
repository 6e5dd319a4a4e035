package detector

import (
	"hash/fnv"
	"net/netip"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// anyFiles is a file system in which anything may be anywhere, by its name.
type anyFiles struct{}

func (anyFiles) Stat(key baseline.Key) File {
	h := fnv.New64a()
	h.Write([]byte(key.Path))
	sum := h.Sum64()
	return File{State: FileState(1 + sum%3), ID: [2]uint64{1, sum}, Changed: time.Unix(int64(sum%4e9), 0)}
}

// FuzzJudge holds the whole way of an exchange to not panicking, to explaining
// what it found, and to refusing nothing that is not malicious.
func FuzzJudge(f *testing.F) {
	for _, path := range []string{"/a.php", "/x/../a%62.php", "/a.asp;b.php/z", "/a.phpx/b.php", `/u\b.php`, "/uploads/x.jpg", "/user/42/edit", "//", ""} {
		f.Add(path, path, "x=1&y", "https://example.com/", "POST", "text/html", []byte("<p>an answer"), 200, "application/json", []byte(`{"a":{"b":1}}`))
	}
	o := DefaultOptions()
	o.Files = anyFiles{}
	o.Limits = baseline.Limits{LearnMin: time.Hour, MaxScripts: 500}
	d, err := New(o)
	if err != nil {
		f.Fatal(err)
	}
	learning, enforcing := NewMemory(baseline.NewSite("a", start)), NewMemory(baseline.NewSite("b", start))
	enforcing.Phases.Enforce(baseline.Author{Via: "fuzzing"}, start)
	f.Fuzz(func(t *testing.T, path, effective, query, referer, method, contentType string, answer []byte, status int, bodyType string, body []byte) {
		for _, m := range []*Memory{learning, enforcing} {
			for _, root := range []string{"", "/srv"} {
				x := Exchange{
					Known: KnownReferer | KnownOrigin | KnownBody | KnownClient, Time: start.Add(time.Minute),
					Method: method, Path: path, RawPath: path, Root: root, Host: "example.com", Client: netip.AddrFrom4([4]byte{10, 1, 2, 3}),
					Referer: referer, Query: query, Header: map[string][]string{"Cookie": {query}, "Content-Type": {bodyType}, "Upgrade": {query}}, Sent: int64(status), Length: int64(len(answer)),
				}
				x.HasBody, x.Body, x.BodyCut = len(body) > 0, body, status%2 == 1
				var e Evaluation
				e.Begin(d, m, &x)
				e.Body(body)
				x.Status, x.EffectivePath, x.EffectiveRoot, x.ContentType = status, effective, "/srv", contentType
				e.Respond()
				j := e.Judgement()
				if j.Refusal != NotRefused && j.Verdict != Malicious {
					t.Errorf("%v, and refused", j.Verdict)
				}
				x.Answer, x.AnswerTaken = answer, e.AnswerWanted()
				e.Conclude()
				for _, finding := range j.Findings() {
					if j.Why(finding) == "" {
						t.Errorf("%s says nothing", finding.Name)
					}
				}
				if j.Verdict != Clean && (len(j.Findings()) == 0 || j.Script.Path == "") {
					t.Errorf("%v for no reason", j.Verdict)
				}
				e.Learn()
			}
		}
	})
}
