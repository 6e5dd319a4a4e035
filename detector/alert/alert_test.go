package alert

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func event(path string, network uint64, v detector.Verdict) Event {
	return Event{Time: start, Script: baseline.Key{Path: path}, Network: network, Verdict: v}
}

func TestAlertsNotifyOnceAndSumUp(t *testing.T) {
	var a Alerts
	notices := 0
	notify := func(path string, network uint64, v detector.Verdict) {
		if a.Notify(event(path, network, v)).Notify {
			notices++
		}
	}
	for range 100 {
		notify("/x.php", 1, detector.Suspicious)
	}
	if notices != 1 {
		t.Errorf("%d notices", notices)
	}
	notify("/x.php", 1, detector.Malicious) // got worse
	notify("/x.php", 2, detector.Suspicious)
	notify("/y.php", 1, detector.Suspicious)
	if notices != 4 {
		t.Errorf("%d notices", notices)
	}
	if list, _ := a.Summaries(start.Add(firstQuiet - 1)); len(list) != 0 {
		t.Errorf("summarised at once: %v", list)
	}
	list, lost := a.Summaries(start.Add(firstQuiet))
	if len(list) != 1 || list[0].Repeated != 99 || list[0].Worst != detector.Malicious || lost != 0 {
		t.Errorf("%+v, %d lost", list, lost)
	}
	for range 3 { // of network 1, that goes on
		notify("/x.php", 1, detector.Malicious)
	}
	if list, _ := a.Summaries(start.Add(2 * firstQuiet)); len(list) != 0 {
		t.Errorf("the second summary came as soon as the first: %+v", list)
	}
	if list, _ := a.Summaries(start.Add(3 * firstQuiet)); len(list) != 1 || list[0].Repeated != 3 {
		t.Errorf("the second summary: %+v", list)
	}
	if a.Summaries(start.Add(endsAfter - 1)); len(a.threads) != 2 {
		t.Errorf("%d alerts are open within a week", len(a.threads))
	}
	if a.Summaries(start.Add(endsAfter)); len(a.threads) != 0 {
		t.Errorf("%d alerts stay open", len(a.threads))
	}
}

func TestAlertsAreBounded(t *testing.T) {
	var a Alerts
	notices := 0
	notify := func(path string, network uint64, exists bool) bool {
		e := event(path, network, detector.Suspicious)
		e.Exists = exists
		return a.Notify(e).Notify
	}
	for n := range uint64(1000) {
		if notify("/x.php", n, true) {
			notices++
		}
	}
	if notices != maxNetworks {
		t.Errorf("%d notices about one script", notices)
	}
	for n := range 2 * maxThreads {
		notify(fmt.Sprintf("/%d%s.php", n, strings.Repeat("a", 60<<10)), 1, false)
	}
	if !notify("/real.php", 1, true) {
		t.Error("a flood of made-up names keeps a real alert out")
	}
	for key := range a.threads {
		if len(key.Path) > maxPath {
			t.Fatalf("a path of %d bytes is kept", len(key.Path))
		}
	}
	list, lost := a.Summaries(start.Add(firstQuiet))
	if len(list) != 1 || list[0].Client.IsValid() || list[0].Repeated != 1000-maxNetworks {
		t.Errorf("%+v", list)
	}
	if want := uint64(maxThreads + 1); lost != want {
		t.Errorf("%d alerts lost, want %d", lost, want)
	}
	if a.Summaries(start.Add(endsAfter)); len(a.threads) != 0 {
		t.Errorf("%d alerts stay open", len(a.threads))
	}
}

func TestManyNewScriptsAreOneAlert(t *testing.T) {
	var a Alerts
	now := start
	see := func(path string, v detector.Verdict) Notice {
		e := event(path, 1, v)
		e.Time, e.New, e.Exists = now, true, true
		return a.Notify(e)
	}
	notices, together := 0, Notice{}
	for n := range 37 {
		notice := see(fmt.Sprintf("/plugins/x/%d/new%d.php", n%5, n), detector.Suspicious)
		if notice.Notify {
			notices++
		}
		if notice.Burst != "" {
			together = notice
		}
		now = now.Add(time.Second)
	}
	if notices != burstScripts || together != (Notice{Notify: true, Burst: "/plugins/x/", Scripts: burstScripts}) {
		t.Errorf("%d notices, %+v", notices, together)
	}
	if !see("/elsewhere/y.php", detector.Suspicious).Notify {
		t.Error("another directory is kept out")
	}
	if !see("/plugins/x/1/shell.php", detector.Malicious).Notify {
		t.Error("a malicious one is kept out")
	}
	list, _ := a.Summaries(now.Add(firstQuiet))
	if len(list) != 1 || !list[0].Burst || list[0].Repeated != 34 || list[0].Script.Path != "/plugins/x/" {
		t.Errorf("%+v", list)
	}
	a.Summaries(now.Add(2 * endsAfter))
	if a.Summaries(now.Add(4 * endsAfter)); len(a.threads) != 0 || len(a.bursts) != 0 {
		t.Errorf("%d alerts and %d bursts stay", len(a.threads), len(a.bursts))
	}
}

// Of forms to a script that came with a change one is told, and an attack all the same.
func TestFormsInAChange(t *testing.T) {
	var a Alerts
	notices := 0
	for n := range uint64(10) {
		e := event("/p/form.php", n, detector.Suspicious)
		e.New, e.Exists, e.InChange = true, true, true
		if a.Notify(e).Notify {
			notices++
		}
	}
	if notices != 1 {
		t.Errorf("%d notices of forms", notices)
	}
	if e := event("/p/form.php", 99, detector.Suspicious); !a.Notify(e).Notify {
		t.Error("the forms keep an attack out")
	}
}
