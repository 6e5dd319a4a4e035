package caddymodule

import (
	"context"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// listener keeps the events it is handed, once it may.
type listener struct {
	got  chan caddy.Event
	hold chan struct{}
}

func (s listener) Handle(_ context.Context, e caddy.Event) error {
	<-s.hold
	s.got <- e
	return nil
}

func TestEvents(t *testing.T) {
	u := provision(t, `{}`)
	s := listener{got: make(chan caddy.Event, 2*maxEvents), hold: make(chan struct{})}
	for _, name := range []string{"webshell_guard.alert", "webshell_guard.phase", "webshell_guard.containment"} {
		if err := u.app.events.app.On(name, s); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		u.app.events.run(ctx, u.app.ctx, u.logger)
	}()
	// Nobody waits for a handler that hangs.
	u.serve(post("/uploads/x.php", stranger), answer)
	m := memoryOf(t, "default")
	m.Phases.Relearn(baseline.Author{Via: "test"}, time.Now())
	u.site.learningReported.Store(false)
	m.Phases.Enforce(baseline.Author{Via: "test"}, time.Now())
	u.site.finishLearning(time.Now(), u.detector.Limits(), u.logger, u.app.emit)
	m.Containment.Begin(time.Nanosecond, false, baseline.Author{Via: "test"}, time.Now())
	u.site.lapse(time.Now().Add(time.Second), u.logger, u.app.emit)
	close(s.hold)
	for _, want := range []string{"alert", "phase", "containment"} {
		select {
		case e := <-s.got:
			if e.Name() != "webshell_guard."+want || e.Data["site"] != "default" {
				t.Errorf("%s: %v", e.Name(), e.Data)
			}
			if want == "alert" && (e.Data["script"] != "/uploads/x.php" || e.Data["verdict"] != "malicious" || e.Data["client"] == "") {
				t.Errorf("%v", e.Data)
			}
		case <-time.After(patience):
			t.Fatalf("no event %s", want)
		}
	}
	cancel()
	<-ended
	for range maxEvents + 5 {
		u.app.emit("containment", containmentData("default", baseline.Containment{}, false))
	}
	if n := u.app.events.dropped.Load(); n != 5 {
		t.Errorf("%d dropped", n)
	}
}

func TestActivity(t *testing.T) {
	var a activity
	now := time.Date(2026, 3, 1, 12, 59, 0, 0, time.UTC)
	for hour := range 400 {
		a.at(now.Add(time.Duration(hour) * time.Hour)).requests.Add(1)
	}
	end := now.Add(399 * time.Hour)
	if day, week, later := a.last(24, end), a.last(activityHours, end), a.last(24, end.Add(20*time.Hour)); day.Requests != 24 || week.Requests != activityHours || later.Requests != 4 {
		t.Errorf("%v %v %v", day, week, later)
	}
}
