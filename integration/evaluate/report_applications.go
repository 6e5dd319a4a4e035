package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// groupTitles are the headings of the groups of attacks, in the order of the report.
var groupTitles = []struct{ group, title, note string }{
	{groupRoutes, "Shells on known routes", "The sites are made out of the logs by dropping the suffixes of scripts (`/article.php?id=3` → `/article/3`); no root is known."},
	{groupFront, "New operations behind a front controller", "The sites are made out of the logs: every page is run by `/index.php`, a third of them by `/wp-admin/admin-ajax.php?action=…`; the root is known in line."},
	{groupForms, "Shells in scripts that take POST", "Only sites whose log has such a script."},
	{groupScripts, "New scripts, and scripts that are only read", "As in `evaluate detection`, here for what takes effect in block mode."},
	{groupPrepared, "Attackers who prepare", "After learning, from one network; then the commands go to a trusted form in an unknown field, from another."},
}

// print prints tables in Markdown.
func (f *applicationFindings) print(w io.Writer) {
	fmt.Fprintf(w, "Seed %d. %d of %d recorded sessions. Shares have their 95 %% interval (Wilson), rates the upper 95 %% bound (Poisson).\n", f.Seed, f.Sessions, f.Of)
	for _, m := range f.Missing {
		fmt.Fprintf(w, "\n**Missing:** %s\n", m)
	}
	if len(f.Attacks) > 0 {
		for _, g := range groupTitles {
			fmt.Fprintf(w, "\n## %s\n\n%s\n\n", g.title, g.note)
			f.printGroup(w, g.group)
		}
		f.printLearning(w)
		f.printEffective(w)
	}
	if len(f.Changes) > 0 {
		f.printChanges(w)
	}
}

// of lists the outcomes of an attack with the facts given.
func (f *applicationFindings) of(group, name, facts string) (list []attackOutcome) {
	for _, o := range f.Attacks {
		if o.Group == group && o.Attack == name && o.Facts == facts {
			list = append(list, o)
		}
	}
	return list
}

// each calls tell for each attack of a group and the facts it was tried with.
func (f *applicationFindings) each(group string, tell func(a *attack, facts string, list []attackOutcome)) {
	list := attacks()
	for i := range list {
		if list[i].group != group {
			continue
		}
		for _, facts := range list[i].facts {
			tell(&list[i], facts, f.of(group, list[i].name, facts))
		}
	}
}

func (f *applicationFindings) printGroup(w io.Writer, group string) {
	head(w, "attack", "facts", "attacks", "found at any request", "found in time", "of requests", "target", "requests to alert (median / p95 / max)", "refused before it ran", "by log, in time")
	f.each(group, func(a *attack, facts string, list []attackOutcome) {
		var alerts []int
		found, inTime, refused := 0, 0, 0
		sites, order := make(map[string][2]int), []string(nil)
		for _, o := range list {
			alerts = add(alerts, o.Alert)
			found, refused = found+min(1, o.Alert), refused+min(1, o.Refused)
			n := sites[o.Site]
			if n[1]++; n[1] == 1 {
				order = append(order, o.Site)
			}
			if o.Alert > 0 && o.Alert <= a.within {
				inTime++
				n[0]++
			}
			sites[o.Site] = n
		}
		var each []string
		for _, name := range order {
			each = append(each, fmt.Sprintf("%s %d/%d", name, sites[name][0], sites[name][1]))
		}
		row(w, a.name, facts, len(list), share(found, len(list)), share(inTime, len(list)), fmt.Sprintf("first %d", a.within),
			fmt.Sprintf("%d %%: %s", a.target, met(inTime, len(list), a.target)), quantiles(alerts), share(refused, len(list)), strings.Join(each, ", "))
	})
}

func met(n, total int, target uint64) string {
	switch {
	case total == 0:
		return "–"
	case uint64(n)*100 >= target*uint64(total):
		return "met"
	}
	return "not met"
}

// reviewed5 is how far down the review list somebody looks.
const reviewed5 = 5

func (f *applicationFindings) printLearning(w io.Writer) {
	fmt.Fprintf(w, "\n## Shells that are there while a site is learned\n\nUsed by several networks, each at a time of its own. Listed: among the first %d of the review list.\n\n", reviewed5)
	head(w, "attack", "facts", "attacks", "alerted", "listed first", "alerted or listed first", "anywhere on the list", "neither")
	f.each(groupLearning, func(a *attack, facts string, list []attackOutcome) {
		alerted, first, either, listed := 0, 0, 0, 0
		for _, o := range list {
			top := o.Review > 0 && o.Review <= reviewed5
			alerted += min(1, o.Alert)
			listed += min(1, o.Review)
			if top {
				first++
			}
			if top || o.Alert > 0 {
				either++
			}
		}
		n := len(list)
		neither := 0
		for _, o := range list {
			if o.Alert == 0 && o.Review == 0 {
				neither++
			}
		}
		row(w, a.name, facts, n, share(alerted, n), share(first, n), share(either, n), share(listed, n), share(neither, n))
	})
}

// printEffective prints how many commands reached the program.
func (f *applicationFindings) printEffective(w io.Writer) {
	fmt.Fprint(w, "\n## In block mode: commands that take effect\n\nA command takes effect unless it is refused before the program runs. The strict column counts all commands of a session, the other those before the first refusal.\n\n")
	head(w, "attack", "attacks", "at most one takes effect", "at most one before the first refusal", "none takes effect", "commands that take effect (median / p95 / max)", "of commands")
	for _, group := range []string{groupScripts, groupForms, groupRoutes, groupFront, groupPrepared} {
		f.each(group, func(a *attack, facts string, list []attackOutcome) {
			if facts != inline || len(list) == 0 {
				return
			}
			var effective []int
			one, before, none, commands := 0, 0, 0, 0
			for _, o := range list {
				effective = append(effective, o.Effective)
				commands += o.Requests
				if o.Effective <= 1 {
					one++
				}
				if o.Before <= 1 {
					before++
				}
				if o.Effective == 0 {
					none++
				}
			}
			n := len(list)
			row(w, group+": "+a.name, n, share(one, n), share(before, n), share(none, n), quantiles(effective), commands)
		})
	}
}

func (f *applicationFindings) printChanges(w io.Writer) {
	fmt.Fprint(w, "\n## False alerts: made-up sites that change for months\n\nDefault options; learning ends by itself. Requests are those of honest visitors; scanners are told apart. The operator does nothing, or approves the next day what was told, or announces scripts that are deployed, as a manifest does. In brackets in the columns of alerts and refusals: those about anything but a new script.\n\n")
	head(w, "site", "facts", "operator", "learned, days", "judged", "days", "false alerts", "per site-day", "per 1M requests", "honest requests refused", "per 1M requests", "alerts about scanners", "of their requests")
	var sum changeRow
	for _, c := range f.Changes {
		if c.Facts == inline && (c.Operator == announces || c.Operator == nobody && strings.Contains(c.Site, "routes only")) {
			sum.Site, sum.Facts, sum.Operator = "all", inline, "does what should be done"
			sum.Requests, sum.Days, sum.Alerts, sum.Refused = sum.Requests+c.Requests, sum.Days+c.Days, sum.Alerts+c.Alerts, sum.Refused+c.Refused
			sum.Known, sum.Harmed, sum.Scanners, sum.Hostile = sum.Known+c.Known, sum.Harmed+c.Harmed, sum.Scanners+c.Scanners, sum.Hostile+c.Hostile
		}
	}
	for _, c := range append(slices.Clone(f.Changes), sum) {
		million, learned := float64(c.Requests)/1e6, "–"
		switch {
		case c.Learned > 0:
			learned = fmt.Sprintf("%.1f", c.Learned)
		case c.Days == 0:
			learned = "never ended"
		}
		row(w, c.Site, c.Facts, c.Operator, learned, c.Requests, fmt.Sprintf("%.0f", c.Days), fmt.Sprintf("%d (%d)", c.Alerts, c.Known), rate(c.Alerts, c.Days), rate(c.Alerts, million),
			fmt.Sprintf("%d (%d)", c.Refused, c.Harmed), rate(c.Refused, million), c.Scanners, c.Hostile)
	}
	fmt.Fprintln(w, "\nWhat the false alerts are of, the commonest first:")
	fmt.Fprintln(w)
	head(w, "site", "facts", "operator", "signals (false alerts)", "about")
	for _, c := range f.Changes {
		for _, key := range commonest(c.Signals, 5) {
			row(w, c.Site, c.Facts, c.Operator, fmt.Sprintf("%s (%d)", key, c.Signals[key]), strings.Join(commonest(c.Paths, 4), ", "))
		}
	}
}
