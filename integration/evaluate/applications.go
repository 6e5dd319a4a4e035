package main

import (
	"flag"
	"fmt"
	"runtime"
	"strings"
	"sync"
)

// applicationFindings is all that this command reports.
type applicationFindings struct {
	Seed     uint64          `json:"seed"`
	Sessions int             `json:"sessions"` // that were used
	Of       int             `json:"of"`
	Missing  []string        `json:"missing"`
	Attacks  []attackOutcome `json:"attacks"`
	Changes  []changeRow     `json:"changes"`
}

// attackOutcome is one attack on one site.
type attackOutcome struct {
	Group   string `json:"group"`
	Attack  string `json:"attack"`
	Facts   string `json:"facts"`
	Site    string `json:"site"`
	Session string `json:"session"`
	Script  string `json:"script"`
	outcome
}

// parts are what the command can be told to measure alone.
var parts = []string{"attacks", "changes"}

// applications measures attacks inside applications, and false alerts of change.
func applications(args []string) error {
	flags := flag.NewFlagSet("evaluate applications", flag.ContinueOnError)
	dir := flags.String("data", "", "directory of the data, see the package's comment")
	asJSON := flags.Bool("json", false, "print everything as one JSON object")
	seed := flags.Uint64("seed", 1, "of the places and times, and of the made-up sites")
	fraction := flags.Float64("learn-fraction", 0.5, "part of each log's time that is learned")
	sessions := flags.Int("sessions", 5, "how many of the recorded sessions to use")
	all := flags.Bool("all", false, "use all sessions")
	only := flags.String("only", "", "measure one part only: "+strings.Join(parts, " or "))
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *dir == "" || flags.NArg() > 0 || !(*fraction > 0 && *fraction < 1) || *sessions < 1 || *only != "" && *only != parts[0] && *only != parts[1] {
		return fmt.Errorf("want: applications -data DIR [-json] [-seed N] [-learn-fraction F] [-sessions N | -all] [-only attacks|changes], with 0 < F < 1")
	}
	data, err := load(*dir, *fraction)
	if err != nil {
		return err
	}
	out := applicationFindings{Seed: *seed, Missing: data.missing, Of: len(data.sessions)}
	if !*all {
		data.sessions = pick(data.sessions, *sessions)
	}
	out.Sessions = len(data.sessions)
	if *only != "attacks" {
		if out.Changes, err = playChanges(*seed); err != nil {
			return err
		}
	}
	if *only != "changes" {
		if out.Attacks, err = attackAll(data, *seed); err != nil {
			return err
		}
	}
	return printFindings(&out, *asJSON)
}

// pick takes n of a list, evenly.
func pick(list []session, n int) (out []session) {
	n = min(n, len(list))
	for i := range n {
		out = append(out, list[i*len(list)/n])
	}
	return out
}

// playChanges plays each made-up site with the facts of a handler in line and of a log,
// and with what operators do.
func playChanges(seed uint64) ([]changeRow, error) {
	var work []func() (changeRow, error)
	for i, a := range madeUp(seed) {
		for _, c := range []struct {
			facts    string
			operator reaction
		}{{inline, nobody}, {inline, approves}, {inline, announces}, {asLog, nobody}} {
			if c.facts == asLog && a.otherwise || c.operator == announces && !a.scripts {
				continue
			}
			work = append(work, func() (changeRow, error) {
				return playChange(madeUp(seed)[i], c.facts, c.operator) // each its own: they change while they are played
			})
		}
	}
	return together(work)
}

// attackAll plays every attack with every session on every site, made as the attack
// wants it.
func attackAll(data *dataset, seed uint64) ([]attackOutcome, error) {
	var work []func() ([]attackOutcome, error)
	for _, s := range data.sites {
		made := [worlds]*site{worldAsIs: asIs(s), worldRooted: rooted(s), worldRouted: routed(s), worldFronted: fronted(s)}
		for _, a := range attacks() {
			for _, facts := range a.facts {
				for i := range data.sessions {
					work = append(work, func() ([]attackOutcome, error) {
						o := attackOutcome{Group: a.group, Attack: a.name, Facts: facts, Site: s.name, Session: data.sessions[i].name}
						part, ok := a.at(made[a.world], &data.sessions[i], facts, seed)
						if !ok {
							return nil, nil
						}
						var err error
						o.Script = part.script
						o.outcome, err = part.play()
						return []attackOutcome{o}, err
					})
				}
			}
		}
	}
	lists, err := together(work)
	var out []attackOutcome
	for _, list := range lists {
		out = append(out, list...)
	}
	return out, err
}

// together does the work on all processors and returns the results in order.
func together[T any](work []func() (T, error)) ([]T, error) {
	results, errs := make([]T, len(work)), make([]error, len(work))
	next := make(chan int)
	var wait sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for i := range next {
				results[i], errs[i] = work[i]()
			}
		})
	}
	for i := range work {
		next <- i
	}
	close(next)
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return results, nil
}
