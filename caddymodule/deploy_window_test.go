package caddymodule

import (
	"strings"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// Red-team row: `deploy --manifest` opened a window of ten minutes that nobody asked
// for, and a shell that was dropped then passed for part of the deploy.
func TestManifestOpensNoDeployWindow(t *testing.T) {
	o := operate(t, "shop")
	deployed := func() bool {
		return o.stored(t).Decisions.Deployed(baseline.Key{Path: "/dropped.php"}, time.Now())
	}
	for _, order := range []string{`{"manifest":["/new/a.php"]}`, `{"manifest":[]}`} {
		if answer := o.must(t, "POST", "sites/shop/deploy", order); answer["until"] != nil || deployed() {
			t.Errorf("%s opens a window: %v", order, answer)
		}
	}
	if answer := o.must(t, "POST", "sites/shop/deploy", `{"for":"1m","manifest":["/new/b.php"]}`); answer["until"] == nil || answer["trusted"] != 1.0 || !deployed() {
		t.Errorf("with a time as well: %v", answer)
	}
	if answer := o.must(t, "POST", "sites/shop/deploy", `{"for":"0s"}`); answer["until"] != nil || deployed() {
		t.Errorf("it does not end: %v", answer)
	}
	if answer := o.must(t, "POST", "sites/shop/deploy", ""); answer["until"] == nil || !deployed() {
		t.Errorf("without anything: %v", answer)
	}
}

func TestOpenDeployWindowIsSeen(t *testing.T) {
	o := operate(t, "shop")
	status := func() map[string]any { return o.must(t, "GET", "sites/shop", "") }
	if s := status(); s["deploy_until"] != nil || s["deploy_scripts"] != 0.0 {
		t.Errorf("before: %v", s)
	}
	o.must(t, "POST", "sites/shop/deploy", `{"for":"1h"}`)
	o.logged(1, func(l logLine) bool { return strings.HasPrefix(l.Msg, "a deploy window is open") && l.Site == "shop" })
	o.get("/came.php")
	o.eventually("the script that came is not counted", func() bool {
		s := status()
		return s["deploy_until"] != nil && s["deploy_scripts"] == 1.0
	})
	if out := o.run(t, "status", "shop"); !strings.Contains(out, "a deploy window is open until") || !strings.Contains(out, "1 scripts came in it") {
		t.Error(out)
	}
	if out := o.run(t, "scripts", "shop", "--deployed"); !strings.Contains(out, "/came.php") || strings.Contains(out, "/index.php") {
		t.Error(out)
	}
	if out := o.run(t, "deploy", "shop", "--for", "0s"); !strings.Contains(out, "has ended. 1 scripts came in it") {
		t.Error(out)
	}
	o.logged(1, func(l logLine) bool {
		return strings.HasPrefix(l.Msg, "the deploy window has ended") && l.Site == "shop"
	})
	if out := o.run(t, "deploy", "shop", "--for", "0s"); !strings.Contains(out, "No deploy window of shop is open") {
		t.Error(out)
	}
	o.run(t, "deploy", "shop", "--for", "10ms")
	o.logged(2, func(l logLine) bool {
		return strings.HasPrefix(l.Msg, "the deploy window has ended") && l.Site == "shop"
	})
}

func TestDeployWindowMetric(t *testing.T) {
	u := provision(t, `{}`)
	deploying := func() float64 { return metric(t, u.registry, "deploying", "site", "default") }
	if n := deploying(); n != 0 {
		t.Errorf("%v before", n)
	}
	decisions := &memoryOf(t, "default").Decisions
	decisions.Deploy(time.Hour, baseline.Author{Via: "test"}, time.Now())
	if n := deploying(); n != 1 {
		t.Errorf("%v while it is open", n)
	}
	decisions.EndDeploy(baseline.Author{Via: "test"}, time.Now())
	if n := deploying(); n != 0 {
		t.Errorf("%v after", n)
	}
}

func TestDeployWindowHasALongestTime(t *testing.T) {
	o := operate(t, "shop")
	refused := func(order string, want int) {
		t.Helper()
		status, answer, _ := o.api(t, "POST", "sites/shop/deploy", order)
		if text, _ := answer["error"].(string); status != want || !strings.Contains(text, "at most 24h0m0s") {
			t.Errorf("%s: %d %v", order, status, answer)
		}
	}
	refused(`{"for":"24h1s"}`, 400)
	decisions := &memoryOf(t, "shop").Decisions
	decisions.Deploy(24*time.Hour, baseline.Author{Via: "test"}, time.Now().Add(-23*time.Hour))
	refused(`{"for":"2h"}`, 409)
	if answer := o.must(t, "POST", "sites/shop/deploy", `{"for":"30m"}`); answer["until"] == nil {
		t.Errorf("%v", answer)
	}
}
