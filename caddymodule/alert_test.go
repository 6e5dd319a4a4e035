package caddymodule

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	logtest "go.uber.org/zap/zaptest/observer"
)

func answer(w http.ResponseWriter, _ *http.Request) error {
	_, err := io.WriteString(w, "page")
	return err
}

// alerts returns the fields of the alert lines so far.
func (u unit) alerts() (list []map[string]any) {
	for _, e := range u.logs.FilterMessage("alert").All() {
		list = append(list, e.ContextMap())
	}
	return list
}

func TestAlert(t *testing.T) {
	t.Run("says who asked for what, and why it matters", func(t *testing.T) {
		u := provision(t, `{"site":"shop"}`)
		u.serve(post("/x.php?a=b", stranger), answer)
		alerts := u.alerts()
		if len(alerts) != 1 {
			t.Fatalf("%v", alerts)
		}
		for key, want := range map[string]any{
			"site": "shop", "client": "127.0.200.1", "method": "POST", "uri": "http://127.0.0.1/x.php?a=b", "status": int64(200),
			"verdict": "suspicious", "script": "/x.php", "mode": "log", "action": "none", "stage": "request",
		} {
			if alerts[0][key] != want {
				t.Errorf("%s is %v, want %v", key, alerts[0][key], want)
			}
		}
		if signals, ok := alerts[0]["signals"].([]any); !ok || len(signals) != 3 {
			t.Errorf("signals %v", alerts[0]["signals"])
		}
	})
	t.Run("is one line for a script and client", func(t *testing.T) {
		u := provision(t, `{}`)
		for range 10 {
			u.serve(post("/x.php", stranger), answer)
		}
		if n := len(u.alerts()); n != 1 {
			t.Errorf("%d lines", n)
		}
		u.serve(post("/y.php", stranger), answer)
		u.serve(post("/x.php", stranger+1), answer)
		if n := len(u.alerts()); n != 3 {
			t.Errorf("%d lines with another script and another client", n)
		}
	})
	t.Run("is told again when it gets worse", func(t *testing.T) {
		u := provision(t, `{}`)
		u.serve(get("/uploads/x.php", stranger), func(w http.ResponseWriter, _ *http.Request) error {
			w.WriteHeader(http.StatusForbidden) // it may be there, who knows
			return nil
		})
		u.serve(get("/uploads/x.php", stranger), answer)
		u.serve(get("/uploads/x.php", stranger), answer)
		var verdicts []any
		for _, a := range u.alerts() {
			verdicts = append(verdicts, a["verdict"])
		}
		if !slices.Equal(verdicts, []any{"malicious"}) && !slices.Equal(verdicts, []any{"suspicious", "malicious"}) {
			t.Errorf("%v", verdicts)
		}
	})
	t.Run("is raised by a picture that answers with a page", func(t *testing.T) {
		u := provision(t, `{}`)
		u.serve(get("/uploads/picture.png", stranger), func(w http.ResponseWriter, _ *http.Request) error {
			w.Header().Set("Content-Type", "text/html")
			_, err := w.Write([]byte("uid=33(www-data)"))
			return err
		})
		if n := len(u.alerts()); n != 1 {
			t.Errorf("%d alerts", n)
		}
	})
	t.Run("is not raised by what is clean", func(t *testing.T) {
		u := provision(t, `{}`)
		u.serve(get("/index.php", visitor), answer)
		u.serve(get("/picture.png", stranger), answer)
		if n := u.logs.Len(); n != 0 {
			t.Errorf("%v", u.logs.All())
		}
	})
	t.Run("that goes on is summarised after ten minutes, and not before", func(t *testing.T) {
		u := provision(t, `{"site":"shop"}`)
		for range 10 {
			u.serve(post("/x.php", stranger), answer)
		}
		u.serve(post("/once.php", stranger), answer)
		summaries := func(after time.Duration) []logtest.LoggedEntry {
			core, logs := logtest.New(zapcore.DebugLevel)
			u.site.summarise(time.Now().Add(after), zap.New(core))
			return logs.All()
		}
		if list := summaries(9 * time.Minute); len(list) > 0 {
			t.Errorf("after nine minutes %v", list)
		}
		list := summaries(11 * time.Minute)
		if len(list) != 1 || list[0].Message != "alert goes on" || list[0].Level != zapcore.WarnLevel {
			t.Fatalf("%v", list)
		}
		for key, want := range map[string]any{"site": "shop", "script": "/x.php", "client": "127.0.200.1", "verdict": "suspicious", "requests": uint64(9)} {
			if got := list[0].ContextMap()[key]; got != want {
				t.Errorf("%s is %v, want %v", key, got, want)
			}
		}
		if list := summaries(30 * time.Minute); len(list) > 0 {
			t.Errorf("when it has stopped %v", list)
		}
	})
	t.Run("flood is counted, not logged", func(t *testing.T) {
		u := provision(t, `{}`)
		const scripts = 9000
		for n := range scripts {
			// Each says something else: one page for all would be that of missing names.
			u.serve(post(fmt.Sprintf("/%d.php", n), stranger), func(w http.ResponseWriter, _ *http.Request) error {
				_, err := fmt.Fprintf(w, "ran as %s", strings.Map(func(r rune) rune { return r + 'a' - '0' }, strconv.Itoa(n)))
				return err
			})
		}
		told := len(u.alerts())
		core, logs := logtest.New(zapcore.DebugLevel)
		u.site.summarise(time.Now().Add(11*time.Minute), zap.New(core))
		lost, _ := logs.FilterFieldKey("requests").All()[0].ContextMap()["requests"].(uint64)
		together, _ := logs.FilterFieldKey("scripts").All()[0].ContextMap()["scripts"].(uint64)
		if told != 3 || told+int(lost+together) != scripts {
			t.Errorf("%d told, %d together and %d counted of %d", told, together, lost, scripts)
		}
		if last := u.alerts()[2]["burst"]; last != "deploy or mass drop? 3 new scripts under /" {
			t.Error(last)
		}
	})
}

func TestAlertInCaddysLog(t *testing.T) {
	upstream := newMirror(t)
	dir := t.TempDir()
	seed(t, dir+"/storage", "shop")
	c := startIn(t, dir, "webshell_guard {\nsite shop\n}\nreverse_proxy "+upstream.URL)
	for range 3 {
		c.ask(stranger, "POST", "/x.php?a=b")
	}
	c.logged(3, func(l logLine) bool { return l.Msg == "handled request" })
	lines := c.logged(1, func(l logLine) bool { return l.Msg == "alert" })
	if len(lines) != 1 || lines[0].Logger != "http.handlers.webshell_guard" || lines[0].Level != "warn" || lines[0].Site != "shop" || lines[0].Status != 200 {
		t.Errorf("%+v", lines)
	}
}
