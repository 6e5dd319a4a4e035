package alert

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// signed is an event with a set of signals, by a client of the n-th network.
func signed(path string, network, signals uint64, v detector.Verdict) Event {
	e := event(path, network, v)
	e.Signals, e.Exists = signals, true
	e.Client = netip.AddrFrom4([4]byte{10, 0, byte(network), 1})
	return e
}

// What strangers do to a script beforehand must not keep the attack quiet.
func TestAlertsTellEachSetOfSignals(t *testing.T) {
	for name, v := range map[string]detector.Verdict{"suspicious as well": detector.Suspicious, "after something malicious": detector.Malicious} {
		t.Run(name, func(t *testing.T) {
			var a Alerts
			for n := range uint64(50) { // odd requests
				a.Notify(signed("/a.php", n, 1, v))
			}
			if !a.Notify(signed("/a.php", 99, 2, v)).Notify {
				t.Error("another network's attack is kept quiet")
			}
			if a.Notify(signed("/a.php", 99, 2, v)).Notify {
				t.Error("it is told twice")
			}
			if !a.Notify(signed("/a.php", 0, 2, v)).Notify {
				t.Error("the attack of a network that was told of before is kept quiet")
			}
			if a.Notify(signed("/a.php", 98, 1, v)).Notify {
				t.Error("the fifty-first odd request is told")
			}
			if !a.Notify(signed("/a.php", 3, 2, v)).Notify || a.Notify(signed("/a.php", 4, 2, v)).Notify {
				t.Error("each set is told of three networks")
			}
		})
	}
}

func TestSetsOfSignalsAreBounded(t *testing.T) {
	var a Alerts
	notices := 0
	for n := range uint64(10_000) {
		if a.Notify(signed("/a.php", n%100, n, detector.Suspicious)).Notify {
			notices++
		}
	}
	if notices > maxTold+maxNetworks {
		t.Errorf("%d notices of one script", notices)
	}
	told := &a.threads[baseline.Key{Path: "/a.php"}].told
	if len(told.suspicious) > maxTold {
		t.Errorf("%d are kept", len(told.suspicious))
	}
	if !a.Notify(signed("/a.php", 5, 1<<40, detector.Malicious)).Notify || !a.Notify(signed("/a.php", 6, 1<<41, detector.Malicious)).Notify {
		t.Error("what is suspicious keeps quiet what is malicious")
	}
}

func TestSummariesNameTheNetworks(t *testing.T) {
	var a Alerts
	for n := range uint64(maxNetworks + 3) {
		for range 2 {
			a.Notify(signed("/a.php", n, 1, detector.Suspicious))
		}
	}
	named := func(want int, more bool) {
		t.Helper()
		list, _ := a.Summaries(start.Add(mostQuiet))
		for _, s := range list {
			if s.Client.IsValid() {
				continue
			}
			if len(s.Clients) != want || s.More != more || s.Clients[0] != netip.MustParseAddr(fmt.Sprintf("10.0.%d.1", maxNetworks)) {
				t.Errorf("%+v", s)
			}
			return
		}
		t.Errorf("no summary of the others: %+v", list)
	}
	named(3, false)
	for n := range uint64(200) {
		e := signed("/a.php", maxNetworks+n, 1, detector.Suspicious)
		e.Time = start.Add(mostQuiet)
		a.Notify(e)
	}
	later := start.Add(3 * mostQuiet)
	list, _ := a.Summaries(later)
	if len(list) == 0 || len(list[0].Clients) != maxClients || !list[0].More {
		t.Errorf("%+v", list)
	}
}

// Scripts of a burst are told by one notice, whatever else is sent to them.
func TestSetsOfSignalsInABurst(t *testing.T) {
	var a Alerts
	notices := 0
	for n := range 40 {
		for set := range uint64(3) {
			e := signed(fmt.Sprintf("/plugins/x/%d.php", n), 1, set, detector.Suspicious)
			e.New = true
			if a.Notify(e).Notify {
				notices++
			}
		}
	}
	if notices > 3*burstScripts {
		t.Errorf("%d notices", notices)
	}
	if !a.Notify(signed("/plugins/x/1.php", 1, 9, detector.Malicious)).Notify {
		t.Error("a malicious one is kept out")
	}
}
