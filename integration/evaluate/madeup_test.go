package main

import (
	"maps"
	"slices"
	"testing"
)

// account is what a made-up site's traffic comes to.
type account struct {
	sum               uint32
	honest, hostile   int
	networks, repeats int
	payloads, bare    int // and without a Referer
	paths             map[string]int
}

func accountOf(t *testing.T, a *application) account {
	t.Helper()
	out := account{paths: make(map[string]int)}
	seen := make(map[string]int)
	for list := a.exchanges(); list != nil; list = a.exchanges() {
		for i := range list {
			x := &list[i]
			if i > 0 && x.Time.Before(list[i-1].Time) {
				t.Fatalf("%s: %s after %s", a.name, x.Time, list[i-1].Time)
			}
			out.sum = hash(string(rune(out.sum)), x.Path, x.Query, x.Client.String(), x.Time.String(), string(x.Body))
			if x.hostile {
				out.hostile++
				continue
			}
			out.honest++
			if p, err := x.Client.Prefix(24); err == nil {
				seen[p.String()]++
			}
			if x.HasBody {
				out.payloads++
				if x.Unreferred() {
					out.bare++
				}
			}
			out.paths[x.Path]++
			if x.Status != 200 {
				t.Fatalf("%s: %s was answered %d", a.name, x.Path, x.Status)
			}
		}
	}
	for _, n := range seen {
		out.networks++
		if n > 20 {
			out.repeats++
		}
	}
	return out
}

func TestMadeUpSitesAreLikeSites(t *testing.T) {
	for i := range madeUp(1) {
		few := func(seed uint64) *application {
			a := madeUp(seed)[i]
			a.days, a.visits = 60, 60
			return a
		}
		a, same, other := accountOf(t, few(1)), accountOf(t, few(1)), accountOf(t, few(2))
		name := few(1).name
		if a.sum != same.sum || a.honest != same.honest {
			t.Errorf("%s: the same seed gave %d and %d", name, a.sum, same.sum)
		}
		if a.sum == other.sum {
			t.Errorf("%s: another seed gave the same", name)
		}
		if a.hostile == 0 || a.payloads == 0 || a.bare == 0 || a.bare == a.payloads {
			t.Errorf("%s: %d hostile, %d payloads, %d of them from no page", name, a.hostile, a.payloads, a.bare)
		}
		if a.repeats < 10 || a.repeats > a.networks/4 {
			t.Errorf("%s: %d of %d networks come often", name, a.repeats, a.networks)
		}
		counts, sum, top := slices.Sorted(maps.Values(a.paths)), 0, 0
		for k, n := range counts {
			if sum += n; k >= len(counts)*9/10 {
				top += n
			}
		}
		if top*10 < sum*4 {
			t.Errorf("%s: the most popular tenth of the paths has %d of %d requests: no heavy tail", name, top, sum)
		}
	}
}

func TestMadeUpSitesChange(t *testing.T) {
	for i := range madeUp(1) {
		early, late := madeUp(1)[i], madeUp(1)[i]
		early.days, early.visits, late.days, late.visits = 7, 60, 90, 60
		before, after := accountOf(t, early), accountOf(t, late)
		fresh := 0
		for path := range after.paths {
			if before.paths[path] == 0 {
				fresh++
			}
		}
		if fresh < 5 {
			t.Errorf("%s: %d new paths in three months", early.name, fresh)
		}
	}
}

func TestOperatorsEndAlerts(t *testing.T) {
	var alerts [3]int
	for i, operator := range []reaction{nobody, approves, announces} {
		a := deployed(1, serverRoot)
		a.days, a.visits = 45, 60
		row, err := playChange(a, inline, operator)
		if err != nil {
			t.Fatal(err)
		}
		if row.Days < 20 || row.Requests < 1000 {
			t.Fatalf("%s: judged %d requests in %.1f days", operator, row.Requests, row.Days)
		}
		alerts[i] = row.Alerts
	}
	if alerts[0] <= alerts[1] || alerts[1] <= alerts[2] {
		t.Errorf("false alerts, if nobody reacts, approves, announces: %v", alerts)
	}
}
