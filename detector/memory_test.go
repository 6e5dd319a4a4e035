package detector

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

func TestAlertsAreToldOnceAndSummarised(t *testing.T) {
	var a Alerts
	judge := func(path string, v Verdict, at time.Time) *Judgement {
		return &Judgement{Verdict: v, Facts: Facts{Exchange: &Exchange{Time: at}, Key: baseline.Key{Path: path}}}
	}
	told := 0
	notify := func(path string, network uint64, v Verdict) {
		if a.Notify(network, judge(path, v, start)).Tell {
			told++
		}
	}
	for range 100 {
		notify("/x.php", 1, Suspicious)
	}
	if told != 1 {
		t.Errorf("told %d times", told)
	}
	notify("/x.php", 1, Malicious) // got worse
	notify("/x.php", 2, Suspicious)
	notify("/y.php", 1, Suspicious)
	if told != 4 {
		t.Errorf("told %d times", told)
	}
	if list, _ := a.Summaries(start.Add(alertQuiet - 1)); len(list) != 0 {
		t.Errorf("summarised at once: %v", list)
	}
	list, lost := a.Summaries(start.Add(alertQuiet))
	if len(list) != 1 || list[0].Repeated != 99 || list[0].Worst != Malicious || lost != 0 {
		t.Errorf("%+v, %d lost", list, lost)
	}
	for range 3 { // of network 1, that goes on
		notify("/x.php", 1, Malicious)
	}
	if list, _ := a.Summaries(start.Add(2 * alertQuiet)); len(list) != 0 {
		t.Errorf("the second summary came as soon as the first: %+v", list)
	}
	if list, _ := a.Summaries(start.Add(3 * alertQuiet)); len(list) != 1 || list[0].Repeated != 3 {
		t.Errorf("the second summary: %+v", list)
	}
	if a.Summaries(start.Add(alertForgotten - 1)); len(a.open) != 2 {
		t.Errorf("%d alerts are open within a day", len(a.open))
	}
	if a.Summaries(start.Add(alertForgotten)); len(a.open) != 0 {
		t.Errorf("%d alerts stay open", len(a.open))
	}
}

func TestAlertsAreBounded(t *testing.T) {
	var a Alerts
	told := 0
	notify := func(path string, network uint64, answered bool) bool {
		return a.Notify(network, &Judgement{Verdict: Suspicious, Facts: Facts{
			Exchange: &Exchange{Time: start}, Key: baseline.Key{Path: path}, Answered: answered,
		}}).Tell
	}
	for n := range uint64(1000) {
		if notify("/x.php", n, true) {
			told++
		}
	}
	if told != maxAlertedNetworks {
		t.Errorf("%d alerts about one script", told)
	}
	for n := range 2 * maxOpenAlerts {
		notify(fmt.Sprintf("/%d%s.php", n, strings.Repeat("a", 60<<10)), 1, false)
	}
	if !notify("/real.php", 1, true) {
		t.Error("a flood of made-up names keeps a real alert out")
	}
	for key := range a.open {
		if len(key.Path) > maxAlertedPath {
			t.Fatalf("a path of %d bytes is kept", len(key.Path))
		}
	}
	list, lost := a.Summaries(start.Add(alertQuiet))
	if len(list) != 1 || list[0].Client.IsValid() || list[0].Repeated != 1000-maxAlertedNetworks {
		t.Errorf("%+v", list)
	}
	if want := uint64(maxOpenAlerts + 1); lost != want {
		t.Errorf("%d alerts lost, want %d", lost, want)
	}
	if a.Summaries(start.Add(alertForgotten)); len(a.open) != 0 {
		t.Errorf("%d alerts stay open", len(a.open))
	}
}

func TestManyNewScriptsAreOneAlert(t *testing.T) {
	w := newWatch(t)
	w.learn(same, "/a.php")
	var a Alerts
	told, together := 0, Notice{}
	see := func(path string, change func(*Exchange)) Notice {
		x := get(path, stranger).with(unreferred).with(change)
		x.Time, x.EffectivePath = w.now, path
		var j Judgement
		w.d.JudgeWhole(w.m, &x, &j, func(*Judgement) {})
		if j.Verdict == Clean {
			t.Fatal(path, "is clean")
		}
		return a.Notify(1, &j)
	}
	for n := range 37 {
		notice := see(fmt.Sprintf("/plugins/x/%d/new%d.php", n%5, n), same)
		if notice.Tell {
			told++
		}
		if notice.Burst != "" {
			together = notice
		}
		w.now = w.now.Add(time.Second)
	}
	if told != burstScripts || together != (Notice{Tell: true, Burst: "/plugins/x/", Scripts: burstScripts}) {
		t.Errorf("%d alerts, %+v", told, together)
	}
	if !see("/elsewhere/y.php", same).Tell {
		t.Error("another directory is kept out")
	}
	if !see("/plugins/x/1/shell.php", func(x *Exchange) { post(x); sends(formType, opaque)(x) }).Tell {
		t.Error("a malicious one is kept out")
	}
	list, _ := a.Summaries(w.now.Add(alertQuiet))
	if len(list) != 1 || !list[0].Burst || list[0].Repeated != 34 || list[0].Script.Path != "/plugins/x/" {
		t.Errorf("%+v", list)
	}
	a.Summaries(w.now.Add(2 * alertForgotten))
	if a.Summaries(w.now.Add(4 * alertForgotten)); len(a.open) != 0 || len(a.bursts) != 0 {
		t.Errorf("%d alerts and %d bursts stay", len(a.open), len(a.bursts))
	}
}
