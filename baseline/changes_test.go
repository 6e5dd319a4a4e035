package baseline

import (
	"fmt"
	"net/netip"
	"testing"
	"time"
)

var administrator = netip.MustParseAddr("198.51.100.7")

// changed is a site on which administrator sent something, and where new scripts are noted.
func changed(t *testing.T, paths ...string) (*Site, time.Time) {
	t.Helper()
	s := NewSeededSite("a", start, [2]uint64{1, 2})
	p := visit(s, "/wp-admin/update.php", 1, start)
	s.Phases.Enforce(Author{Via: "test"}, start)
	at := start.Add(time.Hour)
	s.Changes.NoteSender(administrator, p, at)
	for _, path := range paths {
		visit(s, path, 1, at)
		s.Changes.NoteScript(Key{Path: path}, at, time.Time{})
	}
	return s, at
}

func TestChangeIsWhatCameTogether(t *testing.T) {
	for name, c := range map[string]struct {
		paths     []string
		directory string
	}{
		"one script":                  {[]string{"/p/x/a.php"}, ""},
		"two":                         {[]string{"/p/x/a.php", "/p/x/b.php"}, "/p/x/"},
		"in directories side by side": {[]string{"/p/x/a/a.php", "/p/x/b/b.php"}, "/p/x/"},
		"one twice":                   {[]string{"/p/x/a.php", "/p/x/a.php"}, ""},
		"at the top":                  {[]string{"/a.php", "/b.php"}, "/"},
		"far apart":                   {[]string{"/p/a.php", "/q/b.php"}, ""},
		"among data":                  {[]string{"/uploads/a.php", "/uploads/b.php"}, ""},
		"in a hidden directory":       {[]string{"/p/.x/a.php", "/p/.x/b.php"}, ""},
	} {
		s, _ := changed(t, c.paths...)
		list := s.Changes.List()
		if c.directory == "" {
			if len(list) != 0 {
				t.Errorf("%s: %+v", name, list)
			}
			continue
		}
		if len(list) != 1 || list[0].Directory.Path != c.directory || list[0].Client != administrator || list[0].After != "/wp-admin/update.php" || list[0].Pattern() != c.directory+"**" {
			t.Errorf("%s: %+v", name, list)
		}
	}
}

func TestChangeCoversWhatBelongsToIt(t *testing.T) {
	s, at := changed(t, "/p/x/a.php")
	second, elsewhere := Key{Path: "/p/x/b.php"}, Key{Path: "/q/b.php"}
	if s.Changes.Covers(Key{Path: "/p/x/a.php"}, at, time.Time{}) {
		t.Error("one script is a change")
	}
	if !s.Changes.Covers(second, at, time.Time{}) || s.Changes.Covers(elsewhere, at, time.Time{}) {
		t.Error("the second script makes one")
	}
	s.Changes.NoteScript(second, at, time.Time{})
	late := at.Add(3 * time.Hour)
	for _, c := range []struct {
		path    string
		now     time.Time
		changed time.Time
		want    bool
	}{
		{"/p/x/a.php", late, time.Time{}, true}, // came with it
		{"/p/x/c.php", at.Add(time.Minute), time.Time{}, true},
		{"/p/x/c.php", late, time.Time{}, false},
		{"/p/x/c.php", late, at, true}, // its file did
		{"/p/x/c.php", late, late, false},
		{"/p/x/uploads/c.php", at, time.Time{}, false},
	} {
		if got := s.Changes.Covers(Key{Path: c.path}, c.now, c.changed); got != c.want {
			t.Errorf("%s at %s, changed %s: %t", c.path, c.now, c.changed, got)
		}
	}
}

// A site's visitors send forms all the time: whoever sent something to the script that
// the fewest do is named.
func TestChangeNamesStaffRatherThanVisitors(t *testing.T) {
	s := NewSeededSite("a", start, [2]uint64{1, 2})
	visit(s, "/wp-admin/update.php", 1, start)
	for n := range 20 {
		s.Learn(Key{Path: "/comment.php"}, Visit{Time: start, Method: MethodPost, Status: 200, Network: network(s, n), Payload: true, Sending: Sending{Some: true}}, limits)
	}
	s.Phases.Enforce(Author{Via: "test"}, start)
	s.Changes.NoteSender(administrator, s.Scripts.Lookup(Key{Path: "/wp-admin/update.php"}), start)
	s.Changes.NoteSender(netip.MustParseAddr("203.0.113.9"), s.Scripts.Lookup(Key{Path: "/comment.php"}), start.Add(time.Minute))
	for _, path := range []string{"/p/a.php", "/p/b.php"} {
		visit(s, path, 1, start.Add(2*time.Minute))
		s.Changes.NoteScript(Key{Path: path}, start.Add(2*time.Minute), time.Time{})
	}
	if list := s.Changes.List(); len(list) != 1 || list[0].Client != administrator {
		t.Errorf("%+v", list)
	}
}

func TestChangeWaitsForADecision(t *testing.T) {
	s, at := changed(t, "/p/x/a.php", "/p/x/b.php")
	if list := s.Changes.Tell(at.Add(2*changeSettles), false); len(list) != 1 {
		t.Fatalf("%+v", list)
	}
	again := reopened(t, s, at)
	for i, s := range []*Site{s, again} {
		if !s.Changes.Of(Key{Path: "/p/x/b.php"}) || !s.Changes.Covers(Key{Path: "/p/x/b.php"}, at.Add(24*time.Hour), time.Time{}) {
			t.Errorf("%d: %+v", i, s.Changes.List())
		}
		if list := s.Changes.Tell(at.Add(time.Hour), true); len(list) != 0 {
			t.Errorf("%d: told twice: %+v", i, list)
		}
		s.Decisions.SetTrust([]Key{{Path: "/p/x/a.php"}}, Trusted, Author{Via: "test"}, at, limits)
		if list := s.Changes.List(); len(list) != 1 {
			t.Errorf("%d: half of it is decided: %+v", i, list)
		}
		s.Decisions.SetTrust([]Key{{Path: "/p/x/b.php"}}, Denied, Author{Via: "test"}, at, limits)
		if list := s.Changes.List(); len(list) != 0 || s.Changes.Of(Key{Path: "/p/x/b.php"}) {
			t.Errorf("%d: %+v", i, list)
		}
	}
	if list := again.Changes.List(); len(list) != 0 {
		t.Errorf("%+v", list)
	}
}

func TestChangesAreBounded(t *testing.T) {
	s, at := changed(t)
	for n := range 2 * maxWatched {
		path := fmt.Sprintf("/a%d/b/c/d/e/f/g/x.php", n)
		s.Changes.NoteScript(Key{Path: path}, at, time.Time{})
	}
	if n := len(s.Changes.watched); n > maxWatched {
		t.Errorf("%d directories are watched", n)
	}
	later := at.Add(time.Hour) // nothing came of these
	p := s.Scripts.Lookup(Key{Path: "/wp-admin/update.php"})
	s.Changes.NoteSender(administrator, p, later)
	for n := range 2 * maxChanges {
		for _, name := range []string{"a", "b"} {
			path := fmt.Sprintf("/p%d/%s.php", n, name)
			visit(s, path, 1, later)
			s.Changes.NoteScript(Key{Path: path}, later, time.Time{})
		}
	}
	for n := range 2 * maxChangeScripts {
		s.Changes.NoteScript(Key{Path: fmt.Sprintf("/p1/%d.php", n)}, later, time.Time{})
	}
	ch := s.Changes.watched[Key{Path: "/p1/"}]
	if n := s.Changes.waiting(); n != maxChanges || ch == nil || len(ch.scripts) != maxChangeScripts {
		t.Errorf("%d changes, %+v", n, ch)
	}
}

// What another process stored is not believed.
func TestChangesFromStorage(t *testing.T) {
	s, _ := changed(t)
	s.Changes.restore([]changeRecord{
		{Directory: "p/"}, {Directory: "/p"}, {Directory: "/p/", Since: 2, Last: 1}, {Directory: "/p/", Scripts: make([]string, maxChangeScripts+1)},
		{Directory: "/q/", Scripts: []string{"/r/x.php"}},
	})
	if s.Changes.Of(Key{Path: "/r/x.php"}) || len(s.Changes.watched) > 1 {
		t.Errorf("%+v", s.Changes.watched)
	}
}
