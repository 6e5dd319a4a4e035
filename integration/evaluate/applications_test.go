package main

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// someSite is a site of the made-up log of two weeks.
func someSite(t *testing.T) *site {
	t.Helper()
	a := deployed(1, "")
	a.visits, a.days = 40, 14
	var list []detector.Exchange
	for day := a.exchanges(); day != nil; day = a.exchanges() {
		for i := range day {
			x := day[i].Exchange
			asLogged(&x)
			list = append(list, x)
		}
	}
	return newSite("some", list, 0, 0.5)
}

// someSession are commands, sent as a form with one long opaque value.
func someSession(n int) *session {
	s := &session{name: "some"}
	r := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		body := make([]byte, 600)
		for k := range body {
			body[k] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"[r.IntN(62)]
		}
		s.exchanges = append(s.exchanges, recorded{Exchange: detector.Exchange{
			Known: everyFact, Time: time.Unix(int64(i*10), 0), Method: "POST", Agent: "Mozilla/5.0 (X11)", Header: map[string][]string{"Content-Type": {"application/x-www-form-urlencoded"}},
			HasBody: true, Sent: 605, Body: append([]byte("pass="), body...), Status: 200, ContentType: "text/html", Length: 40, Answer: []byte("c29tZSBhbnN3ZXI="), AnswerTaken: true,
		}})
	}
	return s
}

func TestAttackInBlockMode(t *testing.T) {
	s := someSite(t)
	all := attacks()
	i := slices.IndexFunc(all, func(a attack) bool { return a.dropped })
	part, ok := all[i].at(rooted(s), someSession(6), inline, 1)
	if !ok {
		t.Fatal("there is no place for a new script")
	}
	o, err := part.play()
	if err != nil {
		t.Fatal(err)
	}
	if o.Requests != 6 || o.Alert != 1 || o.Refused != 1 || o.Effective != 0 {
		t.Errorf("a dropped script with payloads: %+v", o)
	}
	harmless := *part
	harmless.exchanges = nil
	for i := range part.entries {
		if x := part.entries[i]; x.Path == "/index.php" && x.Time.After(s.closes) && len(harmless.exchanges) < 6 {
			harmless.exchanges = append(harmless.exchanges, x)
		}
	}
	if o, err = harmless.play(); err != nil || o.Requests != 6 || o.Alert != 0 || o.Refused != 0 || o.Effective != 6 || o.Before != 6 {
		t.Errorf("readers of the home page: %+v, %v", o, err)
	}
}

func TestOutcomeCountsWhatTakesEffect(t *testing.T) {
	var o outcome
	for _, refused := range []bool{false, false, true, false, true} {
		o.note(refused, refused)
	}
	if want := (outcome{Requests: 5, Alert: 3, Refused: 3, Before: 2, Effective: 3}); o != want {
		t.Errorf("got %+v, want %+v", o, want)
	}
}

func TestShellWhileLearningIsListed(t *testing.T) {
	s := asIs(someSite(t))
	for _, a := range attacks() {
		if a.group != groupLearning {
			continue
		}
		part, ok := a.at(s, someSession(40), inline, 1)
		if !ok {
			t.Fatal("there is no place for a new script")
		}
		networks := make(map[string]bool)
		for i := range part.exchanges {
			x := &part.exchanges[i]
			networks[x.Client.String()] = true
			if !x.Time.Before(s.closes) || i > 0 && x.Time.Before(part.exchanges[i-1].Time) {
				t.Fatalf("%s: request %d at %s", a.name, i, x.Time)
			}
		}
		if len(networks) != a.networks {
			t.Errorf("%s: %d clients", a.name, len(networks))
		}
		if o, err := part.play(); err != nil || a.networks == 1 && o.Review != 1 {
			t.Errorf("%s: %+v, %v", a.name, o, err)
		}
	}
}

func TestPreparationComesBefore(t *testing.T) {
	s := asIs(someSite(t))
	want := map[string]int{"nothing before": 0, "GET with the field before": 1, "1,000 payloads from nowhere before": 1000, "12 requests with 60 made-up names before": 12, "8 made-up sets of parameters before": 8, "all four before": 1021}
	for _, a := range preparedAttacks() {
		part, ok := a.at(s, someSession(3), inline, 1)
		if !ok {
			t.Fatal("there is no form")
		}
		_, name, _ := strings.Cut(a.name, "; ")
		if len(part.prepared) != want[name] {
			t.Errorf("%s: %d requests, want %d", name, len(part.prepared), want[name])
		}
		for i := range part.prepared {
			x := &part.prepared[i]
			if x.Time.Before(s.closes) || !x.Time.Before(part.exchanges[0].Time) || x.Client == part.exchanges[0].Client || x.Referer != "" {
				t.Fatalf("%s: request %d: %s from %s", name, i, x.Time, x.Client)
			}
		}
		if body := string(part.exchanges[0].Body); !strings.HasPrefix(body, "name=ann&email=a%40example.org&message=hello&c_e=") {
			t.Errorf("%s: the command is sent as %.60q", name, body)
		}
	}
}

func TestMergeIsInOrderOfTime(t *testing.T) {
	at := func(seconds ...int64) (list []detector.Exchange) {
		for _, s := range seconds {
			list = append(list, detector.Exchange{Time: time.Unix(s, 0)})
		}
		return list
	}
	m := newMerge(at(1, 4, 4), at(2, 4), nil, at(0, 9))
	var got []int64
	var from []int
	for x, i := m.next(); x != nil; x, i = m.next() {
		got, from = append(got, x.Time.Unix()), append(from, i)
	}
	if !slices.Equal(got, []int64{0, 1, 2, 4, 4, 4, 9}) || !slices.Equal(from, []int{3, 0, 1, 0, 0, 1, 3}) {
		t.Errorf("got %v from %v", got, from)
	}
}
