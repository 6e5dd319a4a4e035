package redteam

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

const day = 24 * time.Hour

// dawn is when the simulated sites begin to learn.
var dawn = time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC)

// target is a simulated site, with a clock and a file system of its own, behind
// the guard in `block` with its defaults. Exchanges go through the detector as
// the handler plays them.
type target struct {
	t     *testing.T
	root  string // empty as behind reverse_proxy
	d     *detector.Detector
	m     *detector.Memory
	now   time.Time
	files map[baseline.Key]detector.File
	// configured are the files that configure directories.
	configured []detector.Configuration
}

// Changes implements detector.ChangeWatch.
func (s *target) Changes(key baseline.Key) detector.Changes {
	return detector.Changes{File: s.Stat(key).Changed, Configurations: s.configured}
}

// newTarget is a site that begins to learn, with a known root or without.
func newTarget(t *testing.T, root string) *target {
	t.Helper()
	s := &target{t: t, root: root, now: dawn, files: map[baseline.Key]detector.File{}}
	o := detector.DefaultOptions()
	o.Files = s
	d, err := detector.New(o)
	if err != nil {
		t.Fatal(err)
	}
	s.d, s.m = d, detector.NewMemory(baseline.NewSite("target", dawn))
	for _, page := range append(commonPages, rarePages...) {
		s.put(page, dawn.Add(-300*day))
	}
	return s
}

// Stat implements detector.Files.
func (s *target) Stat(key baseline.Key) detector.File {
	if key.Root == "" {
		return detector.File{}
	}
	if f, ok := s.files[key]; ok {
		return f
	}
	return detector.File{State: detector.FileMissing}
}

// put writes a file, if the site has a root, and the directories above it.
func (s *target) put(path string, changed time.Time) {
	if s.root == "" {
		return
	}
	for i, c := range path {
		if c == '/' && i > 0 {
			s.files[baseline.Key{Root: s.root, Path: path[:i]}] = detector.File{State: detector.FileOther}
		}
	}
	s.files[baseline.Key{Root: s.root, Path: path}] = detector.File{
		State: detector.FileThere, ID: [2]uint64{1, uint64(len(s.files)) + 1}, Changed: changed,
	}
}

// drop writes a file now.
func (s *target) drop(path string) { s.put(path, s.now) }

func (s *target) key(path string) baseline.Key { return baseline.Key{Root: s.root, Path: path} }

// trust is what the baseline says of a script.
func (s *target) trust(path string) string {
	p := s.m.Scripts.Lookup(s.key(path))
	if p == nil {
		return "unknown"
	}
	return p.Trust().String()
}

// honest is an address of the n-th honest network, of which a site has sixty.
func honest(n int) netip.Addr { return netip.AddrFrom4([4]byte{10, 1, byte(n), 7}) }

// attacker is an address of the n-th of the attacker's networks. The first is
// used by nobody else; of the others he has as many as he likes.
func attacker(n int) netip.Addr {
	if n == 0 {
		return netip.MustParseAddr("203.0.113.66")
	}
	return netip.AddrFrom4([4]byte{10, 200 + byte(n>>8), byte(n), 66})
}

type change func(*detector.Exchange)

// get is a GET that comes from no page, answered by 200.
func (s *target) get(path string, from netip.Addr, changes ...change) detector.Exchange {
	x := detector.Exchange{
		Known:  detector.KnownReferer | detector.KnownOrigin | detector.KnownBody | detector.KnownClient,
		Method: "GET", Path: path, Root: s.root, Host: "shop.example", Client: from, Agent: "Mozilla/5.0",
		Status: 200, ContentType: "text/html", Length: 20, Answer: []byte("uid=33(www-data)"),
	}
	for _, c := range changes {
		c(&x)
	}
	return x
}

// post is a POST that comes from no page, as shells' clients send it.
func (s *target) post(path string, from netip.Addr, changes ...change) detector.Exchange {
	return s.get(path, from, append([]change{func(x *detector.Exchange) {
		x.Method, x.HasBody, x.Sent = "POST", true, 60
	}}, changes...)...)
}

// referred says that it comes from a page of the site, which anybody can say.
func referred(x *detector.Exchange) { x.Referer = "https://shop.example/index.php" }

func answering(status int, body string) change {
	return func(x *detector.Exchange) { x.Status, x.Answer, x.Length = status, []byte(body), int64(len(body)) }
}

func query(q string) change { return func(x *detector.Exchange) { x.Query = q } }

// running has a request run another script than it names.
func running(path string) change { return func(x *detector.Exchange) { x.EffectivePath = path } }

// play is one exchange. It tells the verdict, and "refused before it ran" or
// "answer refused" if it was.
func (s *target) play(x detector.Exchange) (v detector.Verdict, refused string) {
	if x.Time.IsZero() {
		x.Time = s.now
	}
	if x.EffectivePath == "" {
		x.EffectivePath = x.Path
	}
	x.EffectiveRoot = x.Root
	var e detector.Evaluation
	defer s.m.Flush()
	defer e.Learn()
	j := e.Judgement()
	if e.Begin(s.d, s.m, &x); len(x.Body) > 0 && e.BodyWanted() {
		e.Body(x.Body)
	}
	if j.Refusal != detector.NotRefused {
		return j.Verdict, "refused before it ran"
	}
	if e.Respond(); j.Refusal != detector.NotRefused {
		return j.Verdict, "answer refused"
	}
	x.AnswerTaken = e.AnswerWanted()
	if x.AnswerTaken && e.AnswerStartWanted() {
		if e.AnswerStart(x.Answer[:min(len(x.Answer), detector.AnswerStartLen)]); j.Refusal != detector.NotRefused {
			return j.Verdict, "answer refused"
		}
	}
	e.Conclude()
	return j.Verdict, ""
}

// outcome plays exchanges and tells the first that is not clean, and the first
// that is refused if that is a later one; or that none is.
func (s *target) outcome(exchanges ...detector.Exchange) string {
	var told []string
	for i, x := range exchanges {
		v, refused := s.play(x)
		switch {
		case v == detector.Clean, len(told) > 0 && refused == "":
			continue
		case refused == "":
			told = append(told, fmt.Sprintf("request %d: %s", i+1, v))
			continue
		}
		return strings.Join(append(told, fmt.Sprintf("request %d: %s, %s", i+1, v, refused)), "; ")
	}
	if len(told) == 0 {
		return lost
	}
	return told[0]
}

// lost is the result of an attack that nothing was said about.
const lost = "lost"
