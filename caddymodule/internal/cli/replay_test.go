package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// oldLog is a log of two days, with a shell on the second.
func oldLog(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	begin := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for n := range 2 * 24 * 60 {
		at := begin.Add(time.Duration(n) * time.Minute).Format("02/Jan/2006:15:04:05 -0700")
		fmt.Fprintf(&b, "10.0.%d.1 - - [%s] \"GET /page%d.php HTTP/1.1\" 200 512 \"https://example.com/\" \"Mozilla/5.0\"\n", n%40, at, n%5)
		if n > 2000 && n < 2005 {
			fmt.Fprintf(&b, "192.0.2.7 - - [%s] \"POST /uploads/\x1b[31mx.php HTTP/1.1\" 200 30 \"-\" \"-\"\n", at)
		}
	}
	file := filepath.Join(t.TempDir(), "access.log")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestReplayCommand(t *testing.T) {
	log := oldLog(t)
	t.Run("for people", func(t *testing.T) {
		out, err := command(t, "replay", log)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{
			"Read 2,884 requests of 2.0 days", "Learned from 1,440", "5 scripts, coverage 0.9", "│ never seen before", "Judged 1,444: alerts 1; 0 suspicious and 4 malicious requests; block mode would have refused 4.",
			"/uploads/%1B[31mx.php", "192.0.2.7", "never seen before", "What to do next", "contain SITE",
		} {
			if !strings.Contains(out, want) {
				t.Errorf("%q is not in\n%s", want, out)
			}
		}
		if strings.ContainsRune(out, '\x1b') {
			t.Error("a client's escape sequence reaches the terminal")
		}
	})
	t.Run("for programs", func(t *testing.T) {
		out, err := command(t, "replay", "--json", log)
		if err != nil {
			t.Fatal(err)
		}
		kinds := map[string]int{}
		var last map[string]any
		for line := range strings.Lines(out) {
			last = nil
			if err := json.Unmarshal([]byte(line), &last); err != nil {
				t.Fatalf("%v: %s", err, line)
			}
			kind, _ := last["type"].(string)
			if kinds[kind]++; kind == "alert" {
				for _, key := range []string{"time", "file", "line", "client", "method", "uri", "script", "status", "verdict", "score", "would_block", "blocked_at", "first", "signals"} {
					if _, ok := last[key]; !ok {
						t.Errorf("an alert has no %s", key)
					}
				}
			}
		}
		if kinds["alert"] != 4 || kinds["summary"] != 1 || last["type"] != "summary" {
			t.Errorf("%v", kinds)
		}
		for _, key := range []string{"requests", "learned", "judged", "malformed", "days", "scripts", "coverage", "alerts", "suspicious_requests", "malicious_requests", "would_block", "seconds", "requests_per_second"} {
			if _, ok := last[key]; !ok {
				t.Errorf("the summary has no %s", key)
			}
		}
		if last["requests"] != last["learned"].(float64)+last["judged"].(float64)+last["malformed"].(float64) {
			t.Errorf("%v", last)
		}
	})
	t.Run("from the standard input", func(t *testing.T) {
		data, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		c := replayCommand()
		var out bytes.Buffer
		c.SetIn(bytes.NewReader(data))
		c.SetOut(&out)
		c.SetArgs([]string{"--json", "-"})
		if err := c.ExecuteContext(t.Context()); err != nil || !strings.Contains(out.String(), `"requests":2884`) {
			t.Errorf("%v: %s", err, &out)
		}
	})
	t.Run("what cannot be meant", func(t *testing.T) {
		for want, args := range map[string][]string{
			"no log given":                       {"replay"},
			"no such file":                       {"replay", "/nowhere/access.log"},
			"unknown: it must be one of":         {"replay", "--format", "elf", log},
			"want a time such as":                {"replay", "--learn-until", "yesterday", log},
			"want 0 to 1":                        {"replay", "--learn-fraction", "2", log},
			"none of the others can be":          {"replay", "--learn-fraction", "0.5", "--learn-until", "2026-03-02T00:00:00Z", log},
			"reading the baseline":               {"replay", "--baseline", log, log},
			"is it an access log":                {"replay", os.Args[0]},
			`required flag(s) "save" not set`:    {"train", log},
			"saving: open /nowhere/a.baseline":   {"train", "--save", "/nowhere/a.baseline", log},
			"no entry of a log in 2884 lines of": {"replay", "--format", "w3c", log},
		} {
			if _, err := command(t, args...); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v: %v, want %q", args, err, want)
			}
		}
	})
}

func TestTrainCommand(t *testing.T) {
	log, file := oldLog(t), filepath.Join(t.TempDir(), "shop.baseline")
	out, err := command(t, "train", "--save", file, log)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Learned from 2,884", "import SITE " + file} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	out, err = command(t, "replay", "--json", "--baseline", file, log)
	if err != nil || !strings.Contains(out, `"learned":0,"judged":2884`) || !strings.Contains(out, `"alerts":`) {
		t.Errorf("%v: %s", err, out)
	}
	left, err := os.ReadDir(filepath.Dir(file))
	if err != nil || !slices.Equal([]string{"shop.baseline"}, []string{left[0].Name()}) || len(left) > 1 {
		t.Errorf("%v %v", left, err)
	}
}

func TestTrainLearnsUpToATime(t *testing.T) {
	log, file := oldLog(t), filepath.Join(t.TempDir(), "shop.baseline")
	out, err := command(t, "train", "--learn-until", "2026-03-02T00:00:00Z", "--save", file, log)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Learned from 1,440", "Judged 1,444: alerts 1;", "/uploads/%1B[31mx.php", "import SITE " + file} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	site, err := openArchive(file)
	if err != nil || site.Scripts.Count(baseline.Trusted) != 5 {
		t.Errorf("got %d trusted scripts, %v", site.Scripts.Count(baseline.Trusted), err)
	}
	if _, err := command(t, "train", "--learn-until", "soon", "--save", file, log); err == nil || !strings.Contains(err.Error(), "want a time such as") {
		t.Error(err)
	}
}
