package caddymodule

import (
	"fmt"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	logtest "go.uber.org/zap/zaptest/observer"
)

func TestOverflowIsToldNowAndThen(t *testing.T) {
	u := provision(t, `{"max_scripts":20}`)
	core, logs := logtest.New(zapcore.DebugLevel)
	tell := func(after time.Duration) int {
		u.site.summarise(time.Now().Add(after), zap.New(core))
		return logs.FilterMessageSnippet("no room").Len()
	}
	if n := tell(0); n != 0 {
		t.Fatalf("%d warnings about nothing", n)
	}
	flood := func(from int) {
		for n := range 50 {
			u.serve(post(fmt.Sprintf("/d%d/x.php", from+n), stranger), answer)
		}
	}
	flood(0)
	if n := tell(0); n != 1 {
		t.Fatalf("%d warnings", n)
	}
	flood(100)
	if n := tell(time.Minute); n != 1 {
		t.Errorf("%d warnings within a minute", n)
	}
	if n := tell(11 * time.Minute); n != 2 {
		t.Errorf("%d warnings after eleven", n)
	}
	if n := tell(30 * time.Minute); n != 2 {
		t.Errorf("%d warnings when it has ended", n)
	}
}
