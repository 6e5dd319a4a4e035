package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/integration/internal/process"
)

// resource is what a process uses of something, as Caddy's metrics tell.
type resource struct {
	name, metric string
	unit         float64
	// slack and factor bound how much more of it may be used in the end than in the
	// beginning: what a collection, a reload or a burst needs for a moment.
	factor, slack float64
	// detectors is true if the race detector takes of it too, ever more, as its
	// documentation says.
	detectors bool
}

var resources = []resource{
	{"goroutines", "go_goroutines", 1, 1.2, 30, false},
	{"heap MiB", "go_memstats_heap_alloc_bytes", 1 << 20, 1.15, 6, false}, // after a collection
	{"open files", "process_open_fds", 1, 1.2, 20, false},
	{"RSS MiB", "process_resident_memory_bytes", 1 << 20, 1.2, 40, true},
}

// sample is what was used at a time.
type sample struct {
	at       time.Duration
	requests int64
	used     [4]float64
}

// heading is that of samples.
func heading() string {
	line := fmt.Sprintf("%8s %10s", "time", "requests")
	for _, r := range resources {
		line += fmt.Sprintf(" %12s", r.name)
	}
	return line
}

func (s sample) String() string {
	line := fmt.Sprintf("%8s %10d", s.at.Round(time.Second), s.requests)
	for _, v := range s.used {
		line += fmt.Sprintf(" %12.1f", v)
	}
	return line
}

// watch takes samples until ctx ends, and tells say every other one.
func watch(ctx context.Context, caddy *process.Caddy, every time.Duration, l *load, say func(string)) (samples []sample) {
	say(heading())
	began := time.Now()
	for tick := time.NewTicker(every); ; {
		select {
		case <-ctx.Done():
			tick.Stop()
			return samples
		case <-tick.C:
		}
		// The endpoint is away for a moment in each reload; asking for this profile
		// collects garbage first.
		_, err := caddy.Admin("/debug/pprof/heap?gc=1")
		text, err2 := caddy.Admin("/metrics")
		if err != nil || err2 != nil {
			continue
		}
		s := sample{at: time.Since(began)}
		for i := range l.counted {
			s.requests += l.counted[i].Load()
		}
		for i, r := range resources {
			value, _ := process.MetricIn(text, r.metric)
			s.used[i] = value / r.unit
		}
		if len(samples)%2 == 0 {
			say(s.String())
		}
		samples = append(samples, s)
	}
}

// growth compares the last third with the first, after a fifth of warming up. What the
// race detector takes of is told, and not judged if it looks.
func growth(samples []sample, race bool) (line string, grown error) {
	samples = samples[len(samples)/5:]
	third := len(samples) / 3
	if third < 3 {
		return "", errors.New("too few samples to tell whether anything grows")
	}
	var told []string
	for i, r := range resources {
		first, last := mean(samples[:third], i), mean(samples[len(samples)-third:], i)
		told = append(told, fmt.Sprintf("%s %.1f → %.1f", r.name, first, last))
		if judged := !race || !r.detectors; judged && last > first*r.factor+r.slack {
			grown = errors.Join(grown, fmt.Errorf("%s grow from %.1f to %.1f", r.name, first, last))
		}
	}
	return "means of the first third after warming up and of the last: " + strings.Join(told, ", "), grown
}

func mean(samples []sample, i int) (sum float64) {
	for _, s := range samples {
		sum += s.used[i] / float64(len(samples))
	}
	return sum
}
