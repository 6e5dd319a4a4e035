package baseline

import (
	"testing"
	"time"
)

func TestDeployWindow(t *testing.T) {
	s := NewSite("a", start)
	s.Phases.Enforce("test", start)
	s.Decisions.Deploy(10*time.Minute, "test", start.Add(time.Hour))
	for path, at := range map[string]time.Duration{
		"/before.php": 30 * time.Minute, "/within.php": 65 * time.Minute, "/uploads/within.php": 65 * time.Minute, "/after.php": 71 * time.Minute,
	} {
		visit(s, path, 1, start.Add(at))
		p := s.Scripts.Lookup(Key{Path: path})
		if want := path != "/within.php"; p.Novel() != want || p.Trust() != Provisional {
			t.Errorf("%s: novel %v, %v", path, p.Novel(), p.Trust())
		}
	}
	if begin := start.Add(time.Hour); !s.Decisions.Deployed(Key{Path: "/x.php"}, begin.Add(-4*time.Millisecond)) || s.Decisions.Deployed(Key{Path: "/x.php"}, begin.Add(-time.Second)) {
		t.Error("files' times are older than the clock by at most a tick")
	}
	s.Decisions.Deploy(time.Hour, "test", start.Add(2*time.Hour))
	s.Decisions.Deploy(0, "done", start.Add(2*time.Hour+time.Minute))
	if s.Decisions.Deployed(Key{Path: "/x.php"}, start.Add(2*time.Hour+2*time.Minute)) {
		t.Error("a window that was ended is open")
	}
}
