package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// printAlarms prints what the sites' own traffic gives rise to.
func (f *findings) printAlarms(w io.Writer) {
	fmt.Fprintln(w, "\n## False alerts: the logs with nothing in them, after learning\n\nIn brackets the upper 95 % bound of a Poisson mean. Probes in the logs count as false.")
	fmt.Fprintln(w)
	head(w, "log", "judged", "days", "alerts (scripts)", "per 1M requests", "per site-day", "summaries", "suspicious", "malicious", "block would refuse", "review list")
	var sum alarms
	rules := peers()
	for i, list := range [][]alarms{f.Alarms, f.Served} {
		sum = alarms{Site: "all"}
		if i == 1 {
			sum.Site = "all, with pages for 404 as in line"
		}
		for _, a := range list {
			sum.add(&a)
		}
		if i == 0 {
			list = append(slices.Clone(list), sum)
		} else {
			list = []alarms{sum}
		}
		for _, a := range list {
			row(w, a.Site, a.Requests, fmt.Sprintf("%.1f", a.Days), fmt.Sprintf("%d (%d)", a.Alerts, a.Scripts), rate(a.Alerts, float64(a.Requests)/1e6),
				rate(a.Alerts, a.Days), a.Repeated, a.Suspicious, a.Malicious, a.Refused, a.Review)
		}
	}
	fmt.Fprintln(w)
	head(w, "rule", "false alerts", "per 1M requests", "per site-day", "by log")
	total, exposure := 0, 0.0
	for _, a := range f.Alarms {
		total, exposure = total+a.Requests, exposure+a.Days
	}
	line := func(name string, count func(*alarms) int) {
		n, each := 0, []string(nil)
		for i := range f.Alarms {
			n += count(&f.Alarms[i])
			each = append(each, fmt.Sprintf("%s %d", f.Alarms[i].Site, count(&f.Alarms[i])))
		}
		row(w, name, n, rate(n, float64(total)/1e6), rate(n, exposure), strings.Join(each, ", "))
	}
	line("ours", func(a *alarms) int { return a.Alerts })
	for i, p := range rules {
		line(p.name, func(a *alarms) int { return a.Peers[i] })
	}
	fmt.Fprintln(w, "\nThe alerts:")
	fmt.Fprintln(w)
	head(w, "log", "verdict", "signals", "alerts", "scripts", "for example", "score", "facts")
	for _, a := range f.Alarms {
		a.printTold(w)
	}
}

// printTold prints the alerts of a log, those of the same signals together.
func (a *alarms) printTold(w io.Writer) {
	groups := make(map[string][]alarm)
	for _, t := range a.Told {
		var names []string
		for signal := range strings.SplitSeq(t.Signals, ", ") {
			name, _, _ := strings.Cut(signal, " ")
			names = append(names, name)
		}
		key := t.Verdict + " | " + strings.Join(names, ", ")
		groups[key] = append(groups[key], t)
	}
	for _, key := range slices.SortedFunc(maps.Keys(groups), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(groups[b]), len(groups[a])), strings.Compare(a, b))
	}) {
		scripts := make(map[string]bool)
		for _, t := range groups[key] {
			scripts[t.Script] = true
		}
		t := groups[key][0]
		row(w, a.Site, key, len(groups[key]), len(scripts), fmt.Sprintf("%.80q", t.Script), fmt.Sprintf("%.1f: %s", t.Score, t.Signals), t.Facts)
	}
}

func (a *alarms) add(b *alarms) {
	a.Requests, a.Days, a.Alerts, a.Repeated = a.Requests+b.Requests, a.Days+b.Days, a.Alerts+b.Alerts, a.Repeated+b.Repeated
	a.Scripts, a.Suspicious, a.Malicious, a.Refused, a.Review = a.Scripts+b.Scripts, a.Suspicious+b.Suspicious, a.Malicious+b.Malicious, a.Refused+b.Refused, a.Review+b.Review
}
