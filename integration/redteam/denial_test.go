package redteam

import (
	"io/fs"
	"net/http"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

const ran = "lost; it ran"

// denialAttacks get round what an operator has decided.
var denialAttacks = []attack{
	{
		"A denied index is asked for by its directory's name, without a root", "request 1: malicious, refused before it ran",
		func(t *testing.T) string { return denied(t, "/newdir/index.php", "/newdir/") },
	},
	{
		"A denied script is asked for without its suffix, without a root", "request 1: malicious, refused before it ran",
		func(t *testing.T) string { return denied(t, "/about2.php", "/about2") },
	},
	{
		"A denied script is asked for in upper case and with something after its name", "request 1: malicious, refused before it ran",
		func(t *testing.T) string { return denied(t, "/about2.php", "/about2.PHP/x") },
	},
	{
		"A script dropped the day after its directory was denied by a pattern, and only read by a visitor", "request 1: malicious, refused before it ran",
		droppedUnderDenial,
	},
	{
		"A script that one node denied is asked of it, after another node stored the site and a restart", "request 1: malicious, refused before it ran",
		deniedOnOneOfTwoNodes,
	},
}

// decided says whether a request was refused.
func (s *target) decided(x detector.Exchange) string {
	s.t.Helper()
	if result := s.outcome(x); result != lost {
		return result
	}
	return ran
}

func denied(t *testing.T, script, asked string) string {
	s := learned(t, "")
	deny(t, s.m.Site, script, s.now)
	return s.decided(s.post(asked, attacker(1), answering(http.StatusOK, "ok")))
}

// deny denies a script as the admin API does.
func deny(t *testing.T, s *baseline.Site, script string, now time.Time) {
	t.Helper()
	if err := s.Decisions.SetTrust([]baseline.Key{{Path: script}}, baseline.Denied, operator, now, baseline.DefaultLimits()); err != nil {
		t.Fatal(err)
	}
}

var operator = baseline.Author{Via: "test"}

func droppedUnderDenial(t *testing.T) string {
	s := learned(t, "/srv")
	namer, err := scriptpath.NewNamer(scriptpath.DefaultSuffixes())
	if err != nil {
		t.Fatal(err)
	}
	pattern, err := scriptpath.ParsePattern("/lib/**", namer)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.m.Decisions.Deny(nil, []baseline.DenialRule{{Pattern: pattern}}, operator, s.now, s.d.Limits()); err != nil {
		t.Fatal(err)
	}
	s.now = s.now.Add(day)
	s.put("/lib/x.php", s.now)
	return s.decided(s.visits(s.get("/lib/x.php", honest(2), referred)))
}

// objects is a storage that two nodes share.
type objects map[string][]byte

func (o objects) Load(name string) ([]byte, error) {
	if b, ok := o[name]; ok {
		return b, nil
	}
	return nil, fs.ErrNotExist
}

func (o objects) Store(name string, b []byte) error { o[name] = b; return nil }

func (o objects) Delete(name string) error { delete(o, name); return nil }

func deniedOnOneOfTwoNodes(t *testing.T) string {
	s, storage := learned(t, ""), objects{}
	save := func(site *baseline.Site) error {
		s.now = s.now.Add(time.Second)
		return site.Save(storage, s.now)
	}
	if err := save(s.m.Site); err != nil {
		t.Fatal(err)
	}
	other, _, err := baseline.Open(s.m.Name(), storage, s.now)
	if err != nil {
		t.Fatal(err)
	}
	deny(t, s.m.Site, "/about2.php", s.now)
	if err := save(s.m.Site); err != nil {
		t.Fatal(err)
	}
	if save(other) == nil {
		t.Error("the other node stored over the denial")
	}
	again, _, err := baseline.Open(s.m.Name(), storage, s.now)
	if err != nil {
		t.Fatal(err)
	}
	s.m = detector.NewMemory(again)
	return s.decided(s.get("/about2.php", attacker(1), answering(http.StatusOK, "ok")))
}
