package caddymodule

import (
	"net/netip"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	logtest "go.uber.org/zap/zaptest/observer"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// One command approves what came together, but for what more stands against than that it
// is new.
func TestChangeIsToldAndApprovedTogether(t *testing.T) {
	o := operate(t, "shop")
	m := memoryOf(t, "shop")
	now := time.Now()
	limits := baseline.Limits{LearnMin: time.Hour, MaxScripts: 1000}
	m.Changes.NoteSender(netip.MustParseAddr("198.51.100.7"), m.Scripts.Lookup(baseline.Key{Path: "/index.php"}), now)
	for _, name := range []string{"a", "b", "shell"} {
		key := baseline.Key{Path: "/plugins/x/" + name + ".php"}
		m.Note(key, baseline.Visit{Time: now, Method: baseline.MethodGet, Status: 200, Network: 1 << 40}, limits)
		m.Changes.NoteScript(key, now, time.Time{})
		m.Evidence.Add(baseline.FlaggedRequest{Time: now, Script: key, Exists: true, Verdict: baseline.Suspicious, Score: 12, Signals: []int{1001}, Mere: name != "shell"})
	}
	single := baseline.Key{Path: "/plugins/y/single.php"}
	m.Note(single, baseline.Visit{Time: now, Method: baseline.MethodGet, Status: 200, Network: 1 << 40}, limits)
	m.Evidence.Add(baseline.FlaggedRequest{Time: now, Script: single, Exists: true, Verdict: baseline.Suspicious, Score: 12, Signals: []int{1001}, Mere: true})

	core, logs := logtest.New(zapcore.WarnLevel)
	var events []map[string]any
	for range 2 {
		pooled, err := poolSite("shop")
		if err != nil {
			t.Fatal(err)
		}
		pooled.reportChanges(now.Add(time.Hour), zap.New(core), func(_ string, data map[string]any) { events = append(events, data) })
		if err := pooled.leave(); err != nil {
			t.Fatal(err)
		}
	}
	if told := logs.FilterMessage("change").All(); len(told) != 1 || told[0].ContextMap()["directory"] != "/plugins/x/" || told[0].ContextMap()["client"] != "198.51.100.7" {
		t.Errorf("%+v", told)
	}
	if len(events) != 1 || events[0]["stage"] != "change" || events[0]["scripts"] != 3 {
		t.Errorf("%+v", events)
	}

	_, answer, _ := o.api(t, "GET", "sites/shop/changes", "")
	list := answer["changes"].([]any)
	if len(list) != 1 {
		t.Fatalf("%v", answer)
	}
	change := list[0].(map[string]any)
	if change["pattern"] != "/plugins/x/**" || change["after"] != "/index.php" || len(change["scripts"].([]any)) != 2 || len(change["flagged"].([]any)) != 1 {
		t.Errorf("%v", change)
	}
	if _, status, _ := o.api(t, "GET", "sites/shop", ""); status["changes"] != 1.0 {
		t.Errorf("%v", status)
	}
	o.must(t, "POST", "sites/shop/approve", `{"paths":["/plugins/**"]}`)
	for path, want := range map[string]baseline.Trust{
		"/plugins/x/a.php": baseline.Trusted, "/plugins/x/b.php": baseline.Trusted,
		"/plugins/x/shell.php": baseline.Provisional, single.Path: baseline.Provisional,
	} {
		if p := m.Scripts.Lookup(baseline.Key{Path: path}); p == nil || p.Trust() != want {
			t.Errorf("%s: %+v", path, p)
		}
	}
	o.must(t, "POST", "sites/shop/deny", `{"paths":["/plugins/x/shell.php"]}`)
	if _, status, _ := o.api(t, "GET", "sites/shop", ""); status["changes"] != 0.0 {
		t.Errorf("all is decided: %v", status)
	}
}
