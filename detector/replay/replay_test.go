package replay

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// line is a line of a combined log.
func line(at time.Time, client int, request string, status int, referer string) string {
	return fmt.Sprintf("10.0.%d.1 - - [%s] %q %d 512 %q \"Mozilla/5.0\"\n", client, at.Format("02/Jan/2006:15:04:05 -0700"), request, status, referer)
}

// week is a log of a week with visits every minute, and a shell on the sixth day.
func week() (lines []string) {
	for n := range 7 * 24 * 60 {
		at := start.Add(time.Duration(n) * time.Minute)
		lines = append(lines, line(at, n%40, fmt.Sprintf("GET /page%d.php HTTP/1.1", n%5), 200, "https://example.com/"))
		if n == 5*24*60 || n == 5*24*60+1 {
			lines = append(lines, line(at, 200, "POST /uploads/x.php HTTP/1.1", 200, "-"))
		}
	}
	return lines
}

func write(t *testing.T, name, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func replayed(t *testing.T, o Options, files ...string) (*Result, []Alert) {
	t.Helper()
	var alerts []Alert
	o.TempDir = t.TempDir()
	r, err := Run(context.Background(), o, files, func(a *Alert) error {
		alerts = append(alerts, *a)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(o.TempDir)
	if err != nil || len(left) > 0 {
		t.Errorf("%d temporary files are left, %v", len(left), err)
	}
	return r, alerts
}

func half() Options { return Options{LearnFraction: 0.5} }

func TestReplayFindsWhatHappened(t *testing.T) {
	lines := week()
	file := write(t, "access.log", strings.Join(lines, ""))
	r, alerts := replayed(t, half(), file)
	s := r.Summary
	if s.Requests != len(lines) || s.Learned+s.Judged != len(lines) || s.Malformed != 0 || s.Alerts != 1 || s.Malicious != 2 || s.WouldBlock != 2 {
		t.Errorf("%+v", s)
	}
	if s.Learned < len(lines)/2-1 || s.Learned > len(lines)/2+1 || s.Days < 6.9 || s.Days > 7 || s.Scripts != 5 || s.Coverage < 0.9 {
		t.Errorf("%+v", s)
	}
	a := alerts[0]
	if len(alerts) != 2 || !a.First || alerts[1].First || a.Script != "/uploads/x.php" || a.Verdict != "malicious" || a.BlockedAt != "request" ||
		!a.WouldBlock || a.Client != "10.0.200.1" || a.Line != 5*24*60+2 || a.File != file || a.Status != 200 || !a.Time.Equal(start.Add(5*24*time.Hour)) {
		t.Errorf("%+v", a)
	}
	if !strings.Contains(a.Sentence, "POST to /uploads/x.php: never seen before") {
		t.Errorf("%q", a.Sentence)
	}
}

func TestReplayInAnyOrderIsTheSame(t *testing.T) {
	lines := week()
	text := strings.Join(lines, "")
	sum := func(r *Result, alerts []Alert) string {
		s := r.Summary
		s.Unread = nil
		told := ""
		for _, a := range alerts {
			told += fmt.Sprintln(a.Time, a.Script, a.Verdict, a.First)
		}
		return fmt.Sprintf("%+v\n%s", s, told)
	}
	want := sum(replayed(t, half(), write(t, "all.log", text)))
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	if _, err := z.Write([]byte(text)); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	third := len(lines) / 3
	shuffled := slices.Clone(lines)
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	swapped := slices.Clone(lines)
	for i := 0; i+3 < len(swapped); i += 4 {
		swapped[i], swapped[i+3] = swapped[i+3], swapped[i]
	}
	for name, files := range map[string][]string{
		"compressed":        {write(t, "a.log.gz", zipped.String())},
		"three files":       {write(t, "c", strings.Join(lines[2*third:], "")), write(t, "a", strings.Join(lines[:third], "")), write(t, "b", strings.Join(lines[third:2*third], ""))},
		"wrong way round":   {write(t, "a", strings.Join(lines[third:], "")+strings.Join(lines[:third], ""))},
		"shuffled":          {write(t, "a", strings.Join(shuffled, ""))},
		"a little unsorted": {write(t, "a", strings.Join(swapped, ""))},
	} {
		// Which of two visits at once comes first may differ.
		if got := sum(replayed(t, half(), files...)); got != want {
			t.Errorf("%s: %s\nwant %s", name, got, want)
		}
	}
	o := half()
	o.Stdin = strings.NewReader(text)
	if got := sum(replayed(t, o, Stdin)); got != want {
		t.Errorf("the standard input: %s\nwant %s", got, want)
	}
}

func TestReplayLearnsAsTold(t *testing.T) {
	file := write(t, "access.log", strings.Join(week(), ""))
	n := len(week())
	for name, c := range map[string]struct {
		o       Options
		learned int
	}{
		"all":      {Options{LearnFraction: 1}, n},
		"nothing":  {Options{}, 0},
		"until":    {Options{LearnUntil: start.Add(24 * time.Hour)}, 24 * 60},
		"too late": {Options{LearnUntil: start.Add(999 * time.Hour)}, n},
	} {
		if r, _ := replayed(t, c.o, file); r.Summary.Learned != c.learned || r.Summary.Judged != n-c.learned {
			t.Errorf("%s: %+v", name, r.Summary)
		}
	}
	trained, _ := replayed(t, half(), file)
	if trained.Site.Phases.Closed().IsZero() {
		t.Error("it still learns")
	}
	r, alerts := replayed(t, Options{Baseline: trained.Site}, write(t, "later.log", line(start.Add(999*time.Hour), 1, "POST /page1.php HTTP/1.1", 200, "-")))
	if r.Summary.Learned != 0 || len(alerts) != 1 || alerts[0].Signals[0].ID != 1002 {
		t.Errorf("%+v %+v", r.Summary, alerts)
	}
}

func TestReplayCountsWhatItCannotRead(t *testing.T) {
	text := strings.Join(week(), "")
	dirty := "garbage\n\x00\x01\n" + strings.Repeat("x", 2<<20) + "\n" + text[:len(text)-20] // the last line is cut
	r, alerts := replayed(t, half(), write(t, "access.log", dirty))
	if s := r.Summary; s.Malformed != 3 || s.Learned+s.Judged+s.Malformed != s.Requests || len(alerts) != 2 {
		t.Errorf("%+v", s)
	}
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	if _, err := z.Write([]byte(text)); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	r, _ = replayed(t, half(), write(t, "cut.gz", zipped.String()[:zipped.Len()/2]))
	if s := r.Summary; s.Learned < 100 || len(s.Unread) != 1 || !strings.Contains(s.Unread[0], "cut.gz") {
		t.Errorf("%+v", s)
	}
}

func TestReplayRefusesWhatCannotBeMeant(t *testing.T) {
	log := write(t, "access.log", strings.Join(week(), ""))
	for want, c := range map[string]struct {
		o     Options
		files []string
	}{
		"no log given":       {Options{}, nil},
		"given twice":        {Options{}, []string{log, log}},
		"no such file":       {Options{}, []string{"/nowhere/access.log"}},
		"is a directory":     {Options{}, []string{t.TempDir()}},
		"no entry of a log":  {Options{}, []string{write(t, "x", "what is this?\n")}},
		"want 0 to 1":        {Options{LearnFraction: 1.5}, []string{log}},
		"format":             {Options{Format: "elf"}, []string{log}},
		"nothing is learned": {Options{Baseline: baseline.NewSite("a", start), LearnFraction: 0.5}, []string{log}},
	} {
		if _, err := Run(context.Background(), c.o, c.files, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	failing := errors.New("no more")
	if _, err := Run(context.Background(), half(), []string{log}, func(*Alert) error { return failing }); !errors.Is(err, failing) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Run(ctx, half(), []string{log}, nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func BenchmarkReplay(b *testing.B) {
	var ordered strings.Builder
	for n := range 200_000 {
		at := start.Add(time.Duration(n) * time.Second)
		ordered.WriteString(line(at, n%200, fmt.Sprintf("GET /dir%d/page%d.php?id=%d HTTP/1.1", n%7, n%50, n), 200, "https://example.com/"))
	}
	benchmark(b, "in order", ordered.String())
	benchmark(b, "to be sorted", strings.Repeat(strings.Join(week(), ""), 20))
}

func benchmark(b *testing.B, name, log string) {
	b.Run(name, func(b *testing.B) {
		file := filepath.Join(b.TempDir(), "access.log")
		if err := os.WriteFile(file, []byte(log), 0o600); err != nil {
			b.Fatal(err)
		}
		requests := 0
		for b.Loop() {
			r, err := Run(context.Background(), half(), []string{file}, func(*Alert) error { return nil })
			if err != nil {
				b.Fatal(err)
			}
			requests += r.Summary.Requests
		}
		b.ReportMetric(float64(requests)/b.Elapsed().Seconds(), "requests/s")
	})
}

// A shell that was there all the time is told once, when learning ends.
func TestReplayTellsOfScriptsThatStandOut(t *testing.T) {
	lines := week()
	for n := range 3 * 24 {
		lines = append(lines, line(start.Add(time.Duration(n)*time.Hour), 201+n%4, "POST /lib/y.php HTTP/1.1", 200, "-"))
	}
	file := write(t, "access.log", strings.Join(lines, ""))
	r, alerts := replayed(t, half(), file)
	a := alerts[0]
	if a.Script != "/lib/y.php" || a.URI != a.Script || !a.First || a.Verdict != "suspicious" || a.WouldBlock || a.Line != 0 ||
		!a.Time.Equal(r.Summary.Closed) || len(a.Signals) != 1 || a.Signals[0].ID != 1081 || a.Signals[0].Name != "standout" {
		t.Errorf("%+v", a)
	}
	if a.Type != "notice" || len(alerts) != 3 || r.Summary.Alerts != 1 || r.Summary.Suspicious != 0 {
		t.Errorf("%d lines, %+v", len(alerts), r.Summary)
	}
	if len(r.Review) == 0 || r.Review[0].Script != "/lib/y.php" || r.Review[0].Standout != a.Score || r.Review[0].Why == "" {
		t.Errorf("%+v", r.Review)
	}
	broken := errors.New("nobody listens")
	if _, err := Run(context.Background(), Options{LearnFraction: 1, TempDir: t.TempDir()}, []string{file}, func(*Alert) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("all is learned: %v", err)
	}
}

// A plugin that staff install is told of once, however many read it, and refuses nobody's
// forms; a shell that came with it is found.
func TestReplayTellsOfAPluginOnce(t *testing.T) {
	lines := week()
	at := start.Add(6 * 24 * time.Hour)
	for n := range 3 {
		lines = append(lines, line(start.Add(time.Duration(n)*24*time.Hour), 7, "POST /wp-admin/update.php HTTP/1.1", 200, "https://example.com/wp-admin/"))
	}
	lines = append(lines, line(at, 7, "POST /wp-admin/update.php HTTP/1.1", 200, "https://example.com/wp-admin/"))
	for n := range 300 {
		read := at.Add(time.Minute + time.Duration(n)*10*time.Second)
		lines = append(lines, line(read, n%200, fmt.Sprintf("GET /wp-content/plugins/x/%d.php HTTP/1.1", n%3), 200, "-"))
	}
	lines = append(lines, line(at.Add(30*time.Minute), 222, "POST /wp-content/plugins/x/0.php HTTP/1.1", 200, "-"))
	_, alerts := replayed(t, half(), write(t, "access.log", strings.Join(lines, "")))
	changes, readers, commands := 0, 0, 0
	for _, a := range alerts {
		switch {
		case a.Script == "/wp-content/plugins/x/" && a.Burst == a.Script && a.Scripts == 3 && a.First && a.Client == "10.0.7.1" && a.Line == 0:
			changes++
		case strings.HasPrefix(a.Script, "/wp-content/plugins/x/") && a.Method == "GET":
			readers++
		case strings.HasPrefix(a.Script, "/wp-content/plugins/x/"):
			commands++
		}
	}
	if changes != 1 || readers > 1 || commands != 1 {
		t.Errorf("%d notices of the plugin, %d of its readers, %d of the command", changes, readers, commands)
	}
}
