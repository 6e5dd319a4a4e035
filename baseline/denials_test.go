package baseline

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

func rulesOf(t *testing.T, texts ...string) (list []DenialRule) {
	t.Helper()
	namer, err := scriptpath.NewNamer(scriptpath.DefaultSuffixes())
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range texts {
		p, err := scriptpath.ParsePattern(text, namer)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, DenialRule{Pattern: p})
	}
	return list
}

func shown(rules []DenialRule) (list []string) {
	for _, r := range rules {
		list = append(list, r.Pattern.String()+" "+r.Root+" "+r.Host)
	}
	return list
}

func TestDenialRulesAreKept(t *testing.T) {
	by := Author{Via: ViaUnixSocket, UID: new(uint32), Claimed: "ann"}
	s := NewSite("a", start)
	rules := append(rulesOf(t, "/uploads/**", "/x.php"), DenialRule{Pattern: scriptpath.ExactPattern("/a*[.php"), Root: "/srv", Host: "example.com"})
	if err := s.Decisions.Deny([]Key{{Path: "/y.php"}}, rules, by, start, limits); err != nil {
		t.Fatal(err)
	}
	s.Decisions.SetTrust([]Key{{Path: "/uploads/mine.php"}}, Trusted, by, start.Add(time.Hour), limits)
	o := newMemoryObjects()
	save(t, s, o, start)
	stored, _, err := Open("a", o, start)
	if err != nil {
		t.Fatal(err)
	}
	var archive bytes.Buffer
	if err := s.Export(&archive, start); err != nil {
		t.Fatal(err)
	}
	imported, err := Import("b", &archive, Author{}, start)
	if err != nil {
		t.Fatal(err)
	}
	heir := NewSite("a", start)
	heir.Inherit(s, true, start.Add(2*time.Hour))
	for name, got := range map[string]*Site{"stored": stored, "imported": imported, "inherited": heir} {
		list := got.Denials.Rules()
		if fmt.Sprint(shown(list)) != fmt.Sprint(shown(rules)) {
			t.Fatalf("%s: %v", name, shown(list))
		}
		if r := list[0]; !r.Time.Equal(start) || r.By.Claimed != "ann" || r.By.UID == nil || !got.Denials.Any() {
			t.Errorf("%s: %+v", name, r)
		}
		if !list[2].Pattern.Matches("/a*[.php") || list[2].Pattern.Matches("/ab[.php") || list[1].Pattern.Exact() != "/x.php" {
			t.Errorf("%s: a path with special characters is a pattern", name)
		}
		mine := got.Scripts.Lookup(Key{Path: "/uploads/mine.php"})
		if list[0].Denies("/uploads/mine.php", mine) || !list[0].Denies("/uploads/other.php", nil) {
			t.Errorf("%s: the approval is gone", name)
		}
		denied := 0
		for p := range got.Denials.ByShortName("/any", "/y") {
			denied++
			if p.Key().Path != "/y.php" {
				t.Errorf("%s: %v", name, p.Key())
			}
		}
		if denied != 1 {
			t.Errorf("%s: /y.php has no shorter name", name)
		}
	}
}

func TestDenialRulesAreBounded(t *testing.T) {
	s := NewSite("a", start)
	var texts []string
	for n := range maxDenialRules {
		texts = append(texts, fmt.Sprintf("/%d/**", n))
	}
	if err := s.Decisions.Deny(nil, rulesOf(t, texts...), Author{}, start, limits); err != nil {
		t.Fatal(err)
	}
	before := len(s.Decisions.List())
	if err := s.Decisions.Deny([]Key{{Path: "/x.php"}}, rulesOf(t, "/x/**"), Author{}, start, limits); !errors.Is(err, errNoRoom) {
		t.Errorf("%v", err)
	}
	if s.Scripts.Count(Denied) != 0 || len(s.Decisions.List()) != before || len(s.Denials.Rules()) != maxDenialRules {
		t.Error("what failed changed something")
	}
	if err := s.Decisions.Deny(nil, rulesOf(t, "/7/**"), Author{}, start.Add(time.Hour), limits); err != nil {
		t.Errorf("one that is there already: %v", err)
	}
	if list := s.Denials.Rules(); len(list) != maxDenialRules || list[len(list)-1].Pattern.String() != "/7/**" {
		t.Errorf("%d rules", len(list))
	}
	s.Decisions.WithdrawDenials(s.Denials.Rules(), Author{}, start)
	if s.Denials.Any() {
		t.Error("some are left")
	}
}

func TestNothingIsDeniedAnyMore(t *testing.T) {
	s := NewSite("a", start)
	for n, end := range []func([]Key){
		func(k []Key) { s.Decisions.Forget(k, Author{}, start) },
		func(k []Key) { s.Decisions.SetTrust(k, Trusted, Author{}, start, limits) },
		func([]Key) { s.Decisions.Adopt(Manifest{Scripts: []Key{{Path: "/x.php"}}}, Author{}, start, limits) },
	} {
		keys := []Key{{Path: "/x.php"}}
		s.Decisions.SetTrust(keys, Denied, Author{}, start, limits)
		if !s.Denials.Any() {
			t.Error(n)
		}
		if end(keys); s.Denials.Any() {
			t.Errorf("%d: something is denied", n)
		}
	}
}

func TestHostName(t *testing.T) {
	for host, want := range map[string]string{
		"example.com": "example.com", "example.com:8443": "example.com", "example.com.": "example.com", "192.0.2.1:80": "192.0.2.1",
		"[2001:db8::1]:443": "2001:db8::1", "[2001:db8::1]": "2001:db8::1", "2001:db8::1": "2001:db8::1", "": "", ":80": "", "]": "]",
	} {
		if got := HostName(host); got != want {
			t.Errorf("%q: %q", host, got)
		}
	}
}

// The baseline that replaces another may be full, and must deny what was denied all the same.
func TestInheritedDenialsFindRoom(t *testing.T) {
	old, fresh, one := NewSite("a", start), NewSite("a", start), limits
	one.MaxScripts = 1
	denied, known := []Key{{Path: "/evil.php"}}, []Key{{Path: "/page.php"}}
	if err := errors.Join(old.Decisions.SetTrust(denied, Denied, Author{}, start, one), fresh.Decisions.SetTrust(known, Trusted, Author{}, start, one)); err != nil {
		t.Fatal(err)
	}
	fresh.Inherit(old, false, start)
	o := newMemoryObjects()
	save(t, fresh, o, start)
	stored, _, err := Open("a", o, start)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*Site{fresh, stored} {
		if p := s.Scripts.Lookup(denied[0]); p == nil || p.Trust() != Denied {
			t.Errorf("the denial is lost: %+v", p)
		}
	}
}
