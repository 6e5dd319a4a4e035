package caddymodule

import (
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	logtest "go.uber.org/zap/zaptest/observer"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// A script that stands out is told once, when learning ends, and stays on the list.
func TestStandoutIsToldWhenLearningEnds(t *testing.T) {
	u := provision(t, `{}`)
	m := memoryOf(t, "default")
	now := time.Now()
	m.Phases.Relearn(baseline.Author{Via: "test"}, now)
	u.site.learningReported.Store(false)
	for n := range uint64(8) {
		for _, page := range []string{"/a.php", "/b.php", "/c.php", "/d.php"} {
			m.Learn(baseline.Key{Path: page}, baseline.Visit{Time: now, Method: baseline.MethodGet, Status: 200, Network: (n + 1) << 40}, u.detector.Limits())
		}
		m.Learn(baseline.Key{Path: "/lib/x.php"}, baseline.Visit{
			Time: now, Method: baseline.MethodPost, Status: 200, Network: (n + 100) << 40, Payload: true, Referer: baseline.NoReferer,
			Sending: baseline.Sending{Some: true},
		}, u.detector.Limits())
	}
	m.Phases.Enforce(baseline.Author{Via: "test"}, now)
	core, logs := logtest.New(zapcore.WarnLevel)
	var events []map[string]any
	emit := func(name string, data map[string]any) {
		if name == "alert" {
			events = append(events, data)
		}
	}
	for range 2 {
		u.site.finishLearning(now, u.detector.Limits(), zap.New(core), emit)
	}
	alerts := logs.FilterMessage("alert").All()
	if len(alerts) != 1 || alerts[0].ContextMap()["script"] != "/lib/x.php" || alerts[0].ContextMap()["verdict"] != "suspicious" {
		t.Errorf("%+v", alerts)
	}
	if len(events) != 1 || events[0]["script"] != "/lib/x.php" || events[0]["stage"] != "learning" {
		t.Errorf("%+v", events)
	}
	if n := m.Activity.Last(1, now).Alerts; n != 1 {
		t.Errorf("%d alerts counted", n)
	}
}
