package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// print prints tables in Markdown.
func (f *findings) print(w io.Writer) {
	fmt.Fprintf(w, "Seed %d: the same seed gives the same sessions, sites and alerts.\n", f.Seed)
	for _, m := range f.Missing {
		fmt.Fprintf(w, "\n**Missing:** %s\n", m)
	}
	f.printAlarms(w)
	titles := map[string]string{
		inline: "with all the facts of a handler in line",
		asHAR:  "recorded as HAR, in a site known by its combined log",
		asLog:  "with the facts of a combined log",
	}
	for _, facts := range []string{inline, asHAR, asLog} {
		title := titles[facts]
		fmt.Fprintf(w, "\n## Sessions found, %s\n\n", title)
		f.printFound(w, facts)
	}
	f.printAblation(w)
	f.printOrdinary(w)
	f.printMisses(w)
	weighed, differed := 0, 0
	for _, t := range f.Trials {
		weighed, differed = weighed+t.Weighed, differed+t.Differed
	}
	for _, a := range append(slices.Clone(f.Alarms), f.Served...) {
		differed += a.Differed
	}
	fmt.Fprintf(w, "\nWeighing the signals again gave another verdict in %d exchanges (%d judgements of sessions were weighed). A few are answers that the detector did not look at again; many would mean that its rules have changed, and that the ablation and the signals of misses are not to be trusted.\n", differed, weighed)
}

func row(w io.Writer, cells ...any) {
	for _, c := range cells {
		fmt.Fprintf(w, "| %v ", c)
	}
	fmt.Fprintln(w, "|")
}

func head(w io.Writer, cells ...any) {
	row(w, cells...)
	fmt.Fprintln(w, strings.Repeat("|---", len(cells))+"|")
}

// printFound prints a line for each scenario. Where a median stands, so do the
// 95th percentile and the largest, of the requests until the first alert.
func (f *findings) printFound(w io.Writer, facts string) {
	rules := peers()
	columns := []any{"scenario", "sessions in logs", "ours: found (log mode)", "requests to alert (median / p95 / max)", "ours: blocked (block mode)", "requests to block", "either"}
	for _, p := range rules {
		columns = append(columns, p.name)
	}
	head(w, append(columns, "on the review list")...)
	for _, c := range scenarios() {
		var alerts, blocks []int
		byPeer := make([][]int, len(rules))
		total, review, either := 0, 0, 0
		for _, t := range f.Trials {
			if t.Scenario != c.name || t.Facts != facts {
				continue
			}
			total++
			alerts, blocks = add(alerts, t.Ours.Alert), add(blocks, t.Ours.Block)
			for i, p := range t.Peers {
				byPeer[i] = add(byPeer[i], p.Alert)
			}
			if t.Review {
				review++
			}
			if t.Ours.Alert+t.Ours.Block > 0 {
				either++
			}
		}
		cells := []any{c.name, total, len(alerts), quantiles(alerts), len(blocks), quantiles(blocks), either}
		for _, list := range byPeer {
			cells = append(cells, fmt.Sprintf("%d (%s)", len(list), quantiles(list)))
		}
		row(w, append(cells, review)...)
	}
	fmt.Fprintln(w, "\nFound by log (ours):")
	f.printBySite(w, facts)
}

func (f *findings) printBySite(w io.Writer, facts string) {
	columns := []any{"scenario"}
	for _, a := range f.Alarms {
		columns = append(columns, a.Site)
	}
	fmt.Fprintln(w)
	head(w, columns...)
	for _, c := range scenarios() {
		cells := []any{c.name}
		for _, a := range f.Alarms {
			n, alert, block := 0, 0, 0
			for _, t := range f.Trials {
				if t.Scenario == c.name && t.Facts == facts && t.Site == a.Site {
					n++
					alert += min(1, t.Ours.Alert)
					block += min(1, t.Ours.Block)
				}
			}
			cells = append(cells, fmt.Sprintf("%d of %d, blocked %d", alert, n, block))
		}
		row(w, cells...)
	}
}

// add appends what was found.
func add(list []int, at int) []int {
	if at == 0 {
		return list
	}
	return append(list, at)
}

func (f *findings) printAblation(w io.Writer) {
	fmt.Fprintln(w, "\n## Without one family (in line): sessions found and blocked, false alerts\n\nWhat was learned is as with all families, only the weighing is repeated.")
	fmt.Fprintln(w)
	columns := []any{"scenario", "all"}
	for _, name := range families {
		columns = append(columns, "− "+name)
	}
	head(w, columns...)
	for _, c := range scenarios() {
		total, all := 0, [2]int{}
		without := make([][2]int, len(families))
		for _, t := range f.Trials {
			if t.Scenario != c.name || t.Facts != inline {
				continue
			}
			total++
			all[0], all[1] = all[0]+min(1, t.Ours.Alert), all[1]+min(1, t.Ours.Block)
			for i, x := range t.Without {
				without[i][0] += min(1, x.Alert)
				without[i][1] += min(1, x.Block)
			}
		}
		cells := []any{fmt.Sprintf("%s (%d)", c.name, total), fmt.Sprintf("%d, %d", all[0], all[1])}
		for _, x := range without {
			cells = append(cells, fmt.Sprintf("%d, %d", x[0], x[1]))
		}
		row(w, cells...)
	}
	all, without := 0, make([]int, len(families))
	for _, a := range f.Alarms {
		all += a.Alerts
		for i, n := range a.Without {
			without[i] += n
		}
	}
	cells := []any{"false alerts", all}
	for _, n := range without {
		cells = append(cells, n)
	}
	row(w, cells...)
}

func (f *findings) printOrdinary(w io.Writer) {
	fmt.Fprintln(w, "\n## Traffic of ordinary applications: exchanges not clean")
	fmt.Fprintln(w)
	head(w, "recording", "the site knows", "exchanges", "paths", "suspicious", "malicious", "would refuse", "alerts", "signals (exchanges)", "of refusals")
	for _, o := range f.Ordinary {
		row(w, o.Site, o.Knows, o.Exchanges, o.Scripts, o.Suspicious, o.Malicious, o.Refused, o.Alerts, frequent(o.Signals), frequent(o.Refusals))
	}
}

// frequent lists the three most frequent.
func frequent(count map[string]int) string {
	var list []string
	for _, k := range slices.SortedFunc(maps.Keys(count), func(a, b string) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), strings.Compare(a, b))
	}) {
		list = append(list, fmt.Sprintf("%s (%d)", k, count[k]))
	}
	return strings.Join(list[:min(len(list), 3)], "; ")
}
