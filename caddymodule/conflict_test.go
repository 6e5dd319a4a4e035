package caddymodule

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caddyserver/certmagic"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	logtest "go.uber.org/zap/zaptest/observer"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/caddymodule/internal/adminapi"
)

// another is what another Caddy does that uses the storage for a site of the same name:
// it loads the site, denies a script, and stores it.
func another(t *testing.T, storage, denied string) *baseline.Site {
	t.Helper()
	s, _, err := baseline.Open("shop", objectsIn(t, storage, "shop"), time.Now())
	if err == nil {
		s.Decisions.SetTrust([]baseline.Key{{Path: denied}}, baseline.Denied, baseline.Author{}, time.Now(), baseline.DefaultLimits())
		err = s.Save(objectsIn(t, storage, "shop"), time.Now())
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func denies(s *baseline.Site, path string) bool {
	p := s.Scripts.Lookup(baseline.Key{Path: path})
	return p != nil && p.Trust() == baseline.Denied
}

// read is what the admin endpoint has at a path.
func (o operated) read(t *testing.T, path string) string {
	t.Helper()
	resp, err := o.client.Get("http://127.0.0.1" + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// conflicts is what status, metric and log say of a conflict.
func (o operated) conflicts(t *testing.T) (fault string, metric bool, logged int) {
	t.Helper()
	for _, f := range o.must(t, "GET", "sites/shop", "")["faults"].([]any) {
		if strings.HasPrefix(f.(string), "nothing is stored since ") {
			fault = f.(string)
		} else {
			t.Errorf("another fault: %v", f)
		}
	}
	metrics := o.read(t, "/metrics")
	metric = strings.Contains(metrics, "caddy_webshell_guard_snapshot_conflict{site=\"shop\"} 1\n")
	if !metric && !strings.Contains(metrics, "caddy_webshell_guard_snapshot_conflict{site=\"shop\"} 0\n") || !strings.Contains(metrics, "caddy_webshell_guard_snapshot_errors_total 0\n") {
		t.Errorf("metrics: %s", metrics)
	}
	return fault, metric, strings.Count(o.log(), "the site is not stored: another Caddy")
}

func TestAnotherCaddyStoresTheSite(t *testing.T) {
	o := operate(t, "shop")
	o.must(t, "POST", "sites/shop/deny", `{"paths":["/first.php"]}`)
	if fault, metric, logged := o.conflicts(t); fault != "" || metric || logged != 0 {
		t.Fatalf("%q %v %d", fault, metric, logged)
	}
	other := another(t, o.storage(), "/theirs.php")
	generation := other.Saved().Format("20060102T150405.000000000Z")
	stored := snapshotIn(t, o.storage())

	for _, order := range []struct{ method, action, body string }{
		{"POST", "deny", `{"paths":["/evil.php"]}`}, {"POST", "approve", `{"paths":["/x.php"]}`}, {"PUT", "containment", `{"for":"1h"}`},
	} {
		status, answer, _ := o.api(t, order.method, "sites/shop/"+order.action, order.body)
		text, _ := answer["error"].(string)
		if status != http.StatusConflict || !strings.Contains(text, "in effect here") || !strings.Contains(text, generation) || !strings.Contains(text, "a site name of its own") {
			t.Errorf("%s: %d %v", order.action, status, answer)
		}
	}
	if a, b := o.get("/evil.php"), o.get("/x.php"); a != 403 || b != 200 {
		t.Errorf("not in effect: %d %d", a, b)
	}
	fault, metric, logged := o.conflicts(t)
	if !strings.Contains(fault, generation) || !metric || logged != 1 {
		t.Errorf("%q %v, logged %d times", fault, metric, logged)
	}
	for name, content := range snapshotIn(t, o.storage()) {
		if stored[name] != content {
			t.Errorf("%s has changed", name)
		}
	}

	t.Run("an import takes over", func(t *testing.T) {
		archive := o.read(t, adminapi.Prefix+"sites/shop/baseline")
		if status, answer, _ := o.api(t, "PUT", "sites/shop/baseline", archive, "Content-Type", "application/zip"); status != http.StatusOK {
			t.Fatalf("%d %v", status, answer)
		}
		if fault, metric, _ := o.conflicts(t); fault != "" || metric {
			t.Errorf("%q %v", fault, metric)
		}
		if s := o.stored(t); !denies(s, "/evil.php") || !denies(s, "/first.php") || denies(s, "/theirs.php") {
			t.Error("what is stored is not this one's")
		}
		if _, on := o.stored(t).Containment.Active(time.Now()); !on {
			t.Error("the containment is not stored")
		}
		if !strings.Contains(o.log(), "a baseline was imported, and replaces what is stored") || !strings.Contains(o.log(), "the site is stored again") {
			t.Error("it is not logged")
		}
		if err := other.Save(objectsIn(t, o.storage(), "shop"), time.Now()); !isForeign(err) {
			t.Errorf("the other is not refused: %v", err)
		}
	})
}

// A reload that changes the storage stored the site over whatever was there.
func TestReloadWithAStorageOfAnotherCaddy(t *testing.T) {
	one, other := t.TempDir(), t.TempDir()
	seed(t, one, "shop")
	seed(t, other, "shop")
	theirs := another(t, other, "/theirs.php")
	load(t, one)
	load(t, other)
	stop(t)
	if s, _ := opened(t, other); !denies(s, "/theirs.php") || !s.Saved().Equal(theirs.Saved()) {
		t.Error("what was stored there is gone")
	}
	load(t, one)
	load(t, other)
	load(t, one) // its own again
	stop(t)
	load(t, other) // after a restart: it loads what is there
	m := memoryOf(t, "shop")
	m.Decisions.SetTrust([]baseline.Key{{Path: "/more.php"}}, baseline.Denied, baseline.Author{}, time.Now(), baseline.DefaultLimits())
	stop(t)
	if s, _ := opened(t, other); !denies(s, "/theirs.php") || !denies(s, "/more.php") {
		t.Error("it does not go on from what it loaded")
	}
}

// newState is the state of a site in a Caddy of its own.
func newState(t *testing.T, storage certmagic.Storage) *siteState {
	t.Helper()
	s := &siteState{name: "shop"}
	s.open(storage, zap.NewNop())
	return s
}

func TestTwoCaddysSaveAtOnce(t *testing.T) {
	storage := &certmagic.FileStorage{Path: t.TempDir()}
	for round := range 3 {
		states := []*siteState{newState(t, storage), newState(t, storage)}
		saved := make([]error, len(states))
		var all sync.WaitGroup
		for n, s := range states {
			s.memory.Load().Decisions.SetTrust([]baseline.Key{{Path: fmt.Sprintf("/%d-%d.php", round, n)}}, baseline.Denied, baseline.Author{}, time.Now(), baseline.DefaultLimits())
			all.Go(func() {
				_, saved[n] = s.save(t.Context(), storage, true, zap.NewNop())
			})
		}
		all.Wait()
		winner := 0
		if saved[0] != nil {
			winner = 1
		}
		if saved[winner] != nil || !isForeign(saved[1-winner]) || states[winner].conflict.Load() != nil || states[1-winner].conflict.Load() == nil {
			t.Fatalf("round %d: %v", round, saved)
		}
		if s := newState(t, storage).memory.Load(); !denies(s.Site, fmt.Sprintf("/%d-%d.php", round, winner)) {
			t.Errorf("round %d: the decision that was stored is lost", round)
		}
	}
}

func TestConflictsDoNotFillTheLog(t *testing.T) {
	core, logs := logtest.New(zapcore.InfoLevel)
	s, logger, at := &siteState{name: "shop"}, zap.New(core), time.Now()
	began := at
	for n, step := range []struct {
		after  time.Duration
		err    error
		logged int
	}{
		{0, nil, 0},
		{0, &baseline.ForeignError{Generation: "g1"}, 1},
		{time.Minute, &baseline.ForeignError{Generation: "g2"}, 1},
		{time.Minute, errors.New("storage is down"), 1},
		{7 * time.Minute, &baseline.ForeignError{Generation: "g2"}, 1},
		{time.Minute, &baseline.ForeignError{Generation: "g2"}, 2},
		{time.Minute, nil, 3},
		{time.Minute, nil, 3},
		{time.Minute, &baseline.ForeignError{Generation: "g3"}, 4},
	} {
		at = at.Add(step.after)
		s.noteConflict(step.err, at, logger)
		if logs.Len() != step.logged {
			t.Errorf("step %d: logged %d times, want %d", n, logs.Len(), step.logged)
		}
	}
	fields := logs.All()[1].ContextMap()
	if fields["generation"] != "g2" || fields["site"] != "shop" || !fields["since"].(time.Time).Equal(began) {
		t.Errorf("%v", fields)
	}
}

// Caddy's storage in files has the lock of a process that was killed expire ten seconds
// after it was last renewed.
func TestLockOfACaddyThatWasKilled(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "locks"), 0o700); err != nil {
		t.Fatal(err)
	}
	renewed := time.Now().Add(-9 * time.Second).Format(time.RFC3339Nano)
	lock := filepath.Join(dir, "locks", "webshell_guard-shop.lock")
	if err := os.WriteFile(lock, fmt.Appendf(nil, `{"created":%[1]q,"updated":%[1]q}`, renewed), 0o600); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	seed(t, dir, "shop")
	if took := time.Since(began); took < 500*time.Millisecond || took > 5*time.Second {
		t.Errorf("it waited %s", took)
	}
	if _, err := os.Stat(lock); !os.IsNotExist(err) {
		t.Errorf("the lock is still held: %v", err)
	}
}

func TestLockOfTheStorage(t *testing.T) {
	u := startSaver(t)
	u.start()
	setFault(func(_ context.Context, op string) error {
		if strings.HasPrefix(op, "lock ") {
			return context.DeadlineExceeded
		}
		return nil
	})
	before := len(faultyState.m)
	u.serve(get("/1.php", visitor), answer)
	u.app.save(u.g)
	if counted, told := u.errors(); counted != 1 || told != 1 || len(faultyState.m) != before {
		t.Errorf("%d errors counted, %d told, %d objects, before %d", counted, told, len(faultyState.m), before)
	}
	setFault(sound)
	u.app.save(u.g)
	if counted, _ := u.errors(); counted != 1 || len(faultyState.m) == before {
		t.Errorf("it is not tried again: %d errors, %d objects", counted, len(faultyState.m))
	}
	u.stop()
}
