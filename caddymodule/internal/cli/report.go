package cli

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/webshell-guard/caddy-webshell-guard/caddymodule/internal/printable"
	"github.com/webshell-guard/caddy-webshell-guard/detector/replay"
)

// maxReportedScripts is of how many scripts the table tells. More are counted: a
// list that nobody reads to its end hides what is on it.
const maxReportedScripts = 100

// replayReport prints what a replay finds.
type replayReport struct {
	out     *bufio.Writer
	json    *json.Encoder // nil for people
	scripts map[string]*reported
	further int // alerts of scripts that are not told of
}

// reported is what was found of one script.
type reported struct {
	worst    replay.Alert
	requests int
	blocked  int
	first    time.Time
	last     time.Time
	clients  map[string]bool // a few of them
}

func newReplayReport(w io.Writer, asJSON bool) *replayReport {
	r := &replayReport{out: bufio.NewWriter(w), scripts: make(map[string]*reported)}
	if asJSON {
		r.json = json.NewEncoder(r.out)
		r.json.SetEscapeHTML(false)
	}
	return r
}

// alert takes down one exchange that is not clean.
func (r *replayReport) alert(a *replay.Alert) error {
	if r.json != nil {
		return r.json.Encode(a)
	}
	s := r.scripts[a.Script]
	if s == nil {
		if len(r.scripts) >= maxReportedScripts {
			r.further++
			return nil
		}
		s = &reported{worst: *a, first: a.Time, clients: make(map[string]bool)}
		r.scripts[strings.Clone(a.Script)] = s
	}
	if a.Score > s.worst.Score {
		s.worst = *a
	}
	if a.Line > 0 { // else it is of no request
		s.requests++
	}
	s.last = a.Time
	if a.WouldBlock {
		s.blocked++
	}
	if len(s.clients) < maxReportedScripts {
		s.clients[a.Client] = true
	}
	return nil
}

func (r *replayReport) flush() error {
	if err := r.out.Flush(); err != nil {
		return fmt.Errorf("printing: %w", err)
	}
	return nil
}

// end prints what is to be said in the end.
func (r *replayReport) end(result *replay.Result, f *replayFlags) error {
	if r.json != nil {
		for _, v := range result.Review {
			if err := r.json.Encode(v); err != nil {
				return fmt.Errorf("printing: %w", err)
			}
		}
		if err := r.json.Encode(result.Summary); err != nil {
			return fmt.Errorf("printing: %w", err)
		}
		return r.flush()
	}
	s := &result.Summary
	r.overview(s)
	r.findings()
	r.review(result)
	r.next(s, f)
	return r.flush()
}

func (r *replayReport) printf(format string, args ...any) {
	_, _ = fmt.Fprintf(r.out, format, args...) // flush tells
}

func (r *replayReport) overview(s *replay.Summary) {
	r.printf("Read %s requests of %.1f days, %s to %s, in %.1f s.\n", humanize.Comma(int64(s.Requests)), s.Days, day(s.From), day(s.To), s.Seconds)
	if s.Malformed > 0 {
		r.printf("%s lines were no entries of a log.\n", humanize.Comma(int64(s.Malformed)))
	}
	for _, problem := range s.Unread {
		r.printf("Broke off: %s\n", printable.Escape(problem))
	}
	if s.Learned > 0 {
		r.printf("Learned from %s, up to %s: %s scripts, coverage %.3f.\n", humanize.Comma(int64(s.Learned)), day(s.Closed), humanize.Comma(int64(s.Scripts)), s.Coverage)
	}
	r.printf("Judged %s: alerts %d; %s suspicious and %s malicious requests; block mode would have refused %s.\n",
		humanize.Comma(int64(s.Judged)), s.Alerts, humanize.Comma(int64(s.Suspicious)), humanize.Comma(int64(s.Malicious)), humanize.Comma(int64(s.WouldBlock)))
}

func day(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") }

func (r *replayReport) findings() {
	if len(r.scripts) == 0 {
		return
	}
	list := slices.SortedFunc(maps.Values(r.scripts), func(a, b *reported) int {
		return cmp.Or(cmp.Compare(b.worst.Score, a.worst.Score), a.first.Compare(b.first), strings.Compare(a.worst.Script, b.worst.Script))
	})
	t := r.table("script", "verdict", "bits", "requests", "clients", "first", "last", "why")
	for _, s := range list {
		clients := fmt.Sprint(len(s.clients))
		if len(s.clients) == 1 {
			clients = s.worst.Client
		}
		t.AppendRow(table.Row{printable.Escape(s.worst.Script), s.worst.Verdict, fmt.Sprintf("%.1f", s.worst.Score), s.requests, clients, day(s.first), day(s.last), s.why()})
	}
	r.printf("\nScripts that are not clean, worst first:\n")
	t.Render()
	if r.further > 0 {
		r.printf("%s requests to further scripts are not shown; see --json.\n", humanize.Comma(int64(r.further)))
	}
}

// why is the sentence about the worst request, without what the table says anyway.
func (s *reported) why() string {
	return printable.Escape(strings.TrimPrefix(s.worst.Sentence, s.worst.Method+" to "+s.worst.Script+": "))
}

func (r *replayReport) review(result *replay.Result) {
	learned := slices.IndexFunc(result.Review, func(v replay.Review) bool { return v.New })
	if learned < 0 {
		learned = len(result.Review)
	}
	r.reviewTable("To look at: learning saw these, but too little of them to trust them, riskiest first", result.Review[:learned])
	r.reviewTable("To look at: these appeared after learning, and the logs do not show how anybody came there", result.Review[learned:])
	if n := result.Summary.ReviewFurther; n > 0 && len(result.Review) > 0 {
		r.printf("%s more, less risky, are not listed.\n", humanize.Comma(int64(n)))
	}
}

func (r *replayReport) reviewTable(title string, list []replay.Review) {
	if len(list) == 0 {
		return
	}
	t := r.table("script", "client networks", "visits", "first", "last", "lies among data in", "stands out by")
	for _, v := range list {
		t.AppendRow(table.Row{printable.Escape(v.Script), v.Networks, v.Visits, day(v.FirstSeen), day(v.LastSeen), printable.Escape(v.Directory), bits(v.Standout)})
	}
	r.printf("\n%s:\n", title)
	t.Render()
}

// bits is empty where there is nothing to tell.
func bits(n float64) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%.1f bits", n)
}

// table returns a table that prints to the report.
func (r *replayReport) table(header ...any) table.Writer { return newTable(r.out, header...) }

// lopsided is how many times larger one of the parts is than the other if something
// is wrong with the times: one line of another year does it.
const lopsided = 20

// next says what to do with what was found.
func (r *replayReport) next(s *replay.Summary, f *replayFlags) {
	r.printf("\nWhat to do next:\n")
	step := func(format string, args ...any) { r.printf("  - "+format+"\n", args...) }
	if len(r.scripts) > 0 {
		step("Look at the files of the scripts above before you touch them: who owns them, when they were changed, what they do. `replay --json` has every request.")
		step("If one is a shell, `caddy webshell-guard contain SITE` on the server serves what is trusted only, until you have removed it and what let it in.")
	}
	if s.Review > 0 {
		step("Look at the files on the lists. A shell that was there all the time is among them rather than above.")
	}
	if s.Learned > 0 && s.Judged > 0 && (s.Learned*lopsided < s.Judged || s.Judged*lopsided < s.Learned) {
		step("Learned and judged parts differ much in size. If a log has lines with a wrong date, leave them out; otherwise say by --learn-until what is to be learned.")
	}
	if s.Learned > 0 && s.Scripts == 0 {
		step("No script answered in the part that was learned: everything would be new. Say by --learn-until what is to be learned, or add logs of the same site, such as those of HTTPS.")
	} else if s.Learned > 0 && s.Coverage < 0.95 {
		step("Coverage is below 0.95: the part that was learned does not show all of the site. Add older logs, or learn more of them.")
	}
	if f.save != "" {
		step("`caddy webshell-guard import SITE %s` makes what was learned the baseline of a site.", f.save)
		step("A log does not tell which script stands behind / or /blog/x. Before you contain the site, see by `contain SITE --rehearse` what would be refused, and `approve` what belongs to it, such as /index.php.")
	}
	if len(r.scripts) == 0 && s.Review == 0 {
		step("Nothing was found. A shell that was used while the site was learned, by many clients, would not be: learn from older logs.")
	}
}

// list joins names for a help text.
func list[T ~string](names []T) string {
	words := make([]string, len(names))
	for i, n := range names {
		words[i] = string(n)
	}
	return strings.Join(words, ", ")
}
