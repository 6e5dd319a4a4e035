package baseline

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// ask visits a script by a query, as the n-th network, and says how long the answer is.
func ask(s *Site, query string, n int, at time.Time, answered int64) *Profile {
	names, choices := new(ParamNames), new(Choices)
	names.Hash(s.Hash, query, nil)
	choices.Reset(nil)
	choices.AddQuery(s.Hash, query)
	return s.Learn(Key{Path: "/app.php"}, Visit{
		Time: at, Method: MethodGet, Status: 200, Network: nth(n), Choices: choices,
		Features: RequestFeatures{Params: names, Answered: answered},
	}, limits)
}

// taught is a site that learned from forty networks; each asks for all queries that it is
// to ask for.
func taught(t *testing.T, queries func(n int) []string) (*Site, *Profile) {
	t.Helper()
	s := NewSeededSite("a", start, [2]uint64{1, 2})
	s.Learn(Key{Path: "/app.php"}, Visit{Time: start, Method: MethodGet, Status: 200}, limits)
	for n := range 40 {
		for _, query := range queries(n) {
			ask(s, query, n, start.Add(time.Minute), 1000)
		}
	}
	s.Phases.Enforce(Author{}, start.Add(time.Hour))
	return s, s.Scripts.Lookup(Key{Path: "/app.php"})
}

func operationNames(p *Profile) (list []string) {
	for operation := range p.Operations() {
		list = append(list, operation.Operation())
	}
	slices.Sort(list)
	return list
}

func TestSelectors(t *testing.T) {
	for name, c := range map[string]struct {
		queries func(n int) []string
		want    string
	}{
		"values that take parameters of their own": {
			func(int) []string { return []string{"do=list&page=2", "do=save&text=x&id=7"} }, "do=list do=save"},
		"two of them": {func(int) []string {
			return []string{"do=list&page=2&view=short", "do=save&text=x&view=short", "do=save&text=x&view=long&lines=9"}
		}, "do=list do=save view=long view=short"},
		"a path, with numbers in it": {
			func(n int) []string {
				return []string{fmt.Sprintf("route=%%2Fitems%%2F%d", n), "route=/items/all&sort=up"}
			}, "route=/items/all route=/items/{n}"},
		"values that make no difference": {func(int) []string { return []string{"lang=en&x=1", "lang=fr&x=1"} }, ""},
		"one value":                      {func(int) []string { return []string{"do=list&x=1", "y=1"} }, ""},
		"numbers":                        {func(int) []string { return []string{"id=1&x=1", "id=2&y=1"} }, ""},
		"words that nobody else sends": {func(n int) []string {
			return []string{"do=list&x=1", "do=save&y=1", fmt.Sprintf("do=w%cx&z=1", 'a'+n%26)}
		}, ""},
		"more values than operations": {func(n int) []string { return values(n, 60) }, ""},
		"tokens": {func(int) []string {
			return []string{"t=9f86d081884c7d659a2feaa0c55ad015&x=1", "t=60303ae22b998861bce3b28f33eec1be&y=1"}
		}, ""},
		"a few of the words come once":     {func(n int) []string { return append(typo(n), "do=list&x=1", "do=save&y=1") }, "do=list do=save"},
		"values of one network, and scans": {func(n int) []string { return append(scan(n), "do=list&x=1", "do=save&y=1") }, "do=list do=save"},
	} {
		t.Run(name, func(t *testing.T) {
			_, p := taught(t, c.queries)
			got := operationNames(p)
			for i := len(got) - 1; i >= 0; i-- { // what one network sent is kept as such
				if strings.Contains(got[i], "odd") {
					got = slices.Delete(got, i, i+1)
				}
			}
			if joined := strings.Join(got, " "); joined != c.want {
				t.Errorf("%q", joined)
			}
			if held := int(p.budget.held.Load()); held != p.selectors.held() {
				t.Errorf("%d are counted, %d held", held, p.selectors.held())
			}
		})
	}
}

func values(n, of int) (list []string) {
	for i := range of {
		list = append(list, fmt.Sprintf("do=value_%c%c&p%d=1", 'a'+i%26, 'a'+i/26, (i+n)%of))
	}
	return list
}

func typo(n int) []string {
	if n > 5 {
		return nil
	}
	return []string{fmt.Sprintf("do=odd%c&z=1", 'a'+n)}
}

func scan(n int) (list []string) {
	if n != 7 {
		return nil
	}
	for i := range 500 {
		list = append(list, fmt.Sprintf("do=odd%c%c%c&z=1", 'a'+i%26, 'a'+i/26, 'a'+i%7))
	}
	return list
}

// find looks an operation up as a network that came while the site learned, or did not.
func find(s *Site, p *Profile, query string, n int) (found FoundOperation, known bool) {
	choices := new(Choices)
	choices.Reset(p)
	choices.AddQuery(s.Hash, query)
	return p.FindOperation(choices, nth(n))
}

func TestFindOperation(t *testing.T) {
	s, p := taught(t, func(n int) []string { return append(typo(n), "do=list&page=2", "do=save&text=x&id=7") })
	for query, want := range map[string]bool{"do=list": true, "x=1&do=save": true, "do=evil": false, "do=list&do=evil": false, "do=odda": false} {
		if found, known := find(s, p, query, 999); known != want || !found.Some() {
			t.Errorf("%s: %v, %q", query, known, found.Name())
		}
	}
	for _, query := range []string{"", "do=", "do=17", "do", "id=7", "do=" + strings.Repeat("x", 200), "do=%00", "DO=list"} {
		if found, _ := find(s, p, query, 999); found.Some() {
			t.Errorf("%s: %q", query, found.Name())
		}
	}
	if _, known := find(s, p, "do=odda", 0); !known {
		t.Error("what a network asked for while the site learned is new to it")
	}
	// What comes later makes nothing known, however many ask for it; approving does.
	for n := range 60 {
		ask(s, "do=later&page=1", n, start.Add(2*time.Hour), 1000)
	}
	found, known := find(s, p, "do=later", 3)
	if known || found.Profile == nil || found.Profile.Networks() < 40 {
		t.Errorf("%v, %+v", known, found.Profile)
	}
	if list, further := s.ReviewEndpoints(); further != 0 || len(list) != 1 || list[0].Operation() != "do=later" {
		t.Errorf("on the review list: %+v", list)
	}
	s.Decisions.SetTrust([]Key{{Path: "/app.php"}}, Trusted, Author{Via: "test"}, start.Add(3*time.Hour), limits)
	if _, known := find(s, p, "do=later", 3); !known {
		t.Error("approved")
	}
	if list, _ := s.ReviewEndpoints(); len(list) != 0 {
		t.Errorf("on the review list: %+v", list)
	}
}

func TestSelectorsAreStored(t *testing.T) {
	s, p := taught(t, func(n int) []string { return append(typo(n), "do=list&page=2", "do=save&text=x&id=7") })
	ask(s, "do=later&page=1", 999, start.Add(2*time.Hour), 1000)
	store := newMemoryObjects()
	if err := s.Save(store, start); err != nil {
		t.Fatal(err)
	}
	again, _, err := Open("a", store, start)
	if err != nil {
		t.Fatal(err)
	}
	q := again.Scripts.Lookup(p.key)
	if a, b := operationNames(p), operationNames(q); !slices.Equal(a, b) || len(a) == 0 {
		t.Errorf("%q before, %q after", a, b)
	}
	for _, query := range []string{"do=list", "do=later", "do=odda"} {
		x, a := find(s, p, query, 3)
		y, b := find(again, q, query, 3)
		if a != b || (x.Profile == nil) != (y.Profile == nil) || x.Profile.Networks() != y.Profile.Networks() {
			t.Errorf("%s: known %v before, %v after", query, a, b)
		}
	}
	if q.budget.held.Load() != p.budget.held.Load() {
		t.Errorf("%d held, %d before", q.budget.held.Load(), p.budget.held.Load())
	}
}

// While the site learns, what one network alone sends is not stored in clear.
func TestValuesOfOneNetworkAreNotStored(t *testing.T) {
	s := NewSeededSite("a", start, [2]uint64{1, 2})
	s.Learn(Key{Path: "/app.php"}, Visit{Time: start, Method: MethodGet, Status: 200}, limits)
	ask(s, "name=somebody&x=1", 3, start, 1000)
	ask(s, "do=list&x=1", 3, start, 1000)
	ask(s, "do=list&x=1", 4, start, 1000)
	store := newMemoryObjects()
	if err := s.Save(store, start); err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, object := range store.m {
		all.Write(object)
	}
	if text := all.String(); strings.Contains(text, "somebody") || !strings.Contains(text, "list") {
		t.Error("somebody's name is stored, or a value that recurs is not")
	}
}

func TestOperationsAreBounded(t *testing.T) {
	s := NewSeededSite("a", start, [2]uint64{1, 2})
	few := Limits{MaxScripts: 400}
	for i := range 100 {
		key := Key{Path: fmt.Sprintf("/app%d.php", i)}
		for n := range 40 {
			choices := new(Choices)
			choices.Reset(nil)
			choices.AddQuery(s.Hash, fmt.Sprintf("do=value%c&to=thing%c", 'a'+n%26, 'a'+n%13))
			s.Learn(key, Visit{Time: start, Method: MethodGet, Status: 200, Network: nth(n), Choices: choices}, few)
		}
	}
	held := 0
	for p := range s.Scripts.All() {
		held += p.selectors.held()
	}
	if held > 100 || held == 0 || int64(held) != s.Scripts.operations.held.Load() {
		t.Errorf("%d operations are held, %d counted", held, s.Scripts.operations.held.Load())
	}
	for p := range s.Scripts.All() {
		s.Scripts.remove(p)
	}
	if held := s.Scripts.operations.held.Load(); held != 0 {
		t.Errorf("%d operations of no script", held)
	}
}

// Any text may be sent, and what is kept of it is short and printable.
func FuzzChoices(f *testing.F) {
	for _, text := range []string{"do=save&x=1", "a=%2fb%2F7&c", "=&&=", "do=" + strings.Repeat("y", 300), "do=a&do=b&do=c", "\xff=\x00"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var query, form Choices
		h := Hasher{[2]uint64{1, 2}}
		query.AddQuery(h, text)
		form.AddForm(h, []byte(text), false)
		if len(query.all()) != len(form.all()) {
			t.Errorf("%q: %d choices in a query, %d in a form", text, query.n, form.n)
		}
		for _, c := range query.all() {
			if len(c.nameText) > maxChoiceName || len(c.valueText) > maxChoiceValue || strings.ContainsFunc(c.valueText, func(r rune) bool { return r <= ' ' || r > '~' }) {
				t.Errorf("%q", c.text())
			}
			if again := identifier(c.valueText); again != c.valueText && !strings.Contains(c.valueText, "{") {
				t.Errorf("%q is read as %q", c.valueText, again)
			}
		}
	})
}

// nth identifies the n-th client network.
func nth(n int) uint64 { return Hasher{[2]uint64{3, 4}}.Text(fmt.Sprint(n)) }

// Visits, look-ups, decisions and the end of learning may come at once.
func TestSelectorsConcurrently(t *testing.T) {
	s := NewSeededSite("a", start, [2]uint64{1, 2})
	ask(s, "do=list&page=1", 0, start, 1000)
	p := s.Scripts.Lookup(Key{Path: "/app.php"})
	var group sync.WaitGroup
	for worker := range 4 {
		group.Go(func() {
			for n := range 300 {
				ask(s, fmt.Sprintf("do=list&page=%d", n), n, start.Add(time.Minute), 1000)
				ask(s, fmt.Sprintf("do=save&text=x&to=odd%c%c", 'a'+n%26, 'a'+worker), n, start.Add(time.Minute), 1000)
				find(s, p, "do=list", n)
			}
		})
	}
	group.Go(func() {
		s.Phases.Enforce(Author{}, start.Add(time.Hour))
		s.Decisions.SetOperations([]OperationKey{{p.key, "do", "drop"}}, Denied, Author{Via: "test"}, start)
		s.Save(newMemoryObjects(), start)
		s.ReviewEndpoints()
	})
	group.Wait()
	if n := p.selectors.held(); n > maxSelectors*(maxOperations+maxLateOperations) {
		t.Errorf("%d operations", n)
	}
}
