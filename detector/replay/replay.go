package replay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
	"github.com/webshell-guard/caddy-webshell-guard/detector/accesslog"
)

// Options say how to replay. The zero value learns nothing and judges everything.
type Options struct {
	// Detector is what judges; nil for the defaults. Its minimum time of learning
	// does not matter: what follows ends learning.
	Detector *detector.Options
	// Format of the logs; empty finds out, line by line.
	Format accesslog.Format
	// LearnFraction is the part of the time from the first entry to the last that is
	// learned, 0 to 1.
	LearnFraction float64
	// LearnUntil, if it is not zero, is when learning ends instead.
	LearnUntil time.Time
	// Baseline, if it is not nil, was learned before: nothing of the logs is.
	Baseline *baseline.Site
	// Site is the name of the baseline that is learned. Default "default".
	Site string
	// Keep says that the baseline is to be used after the replay. Its sketches get a
	// secret of their own then; otherwise the same logs give the same result.
	Keep bool
	// Stdin is what the file [Stdin] means.
	Stdin io.Reader
	// TempDir is where copies are kept meanwhile; empty for the system's.
	TempDir string
	// Progress, if it is not nil, is told of bytes read, of total in all. Logs are
	// read twice, and total is known from the first call on. It is called by
	// one goroutine at a time.
	Progress func(read, total int64)
}

// never is a time of learning longer than any log.
const never = 100 * 365 * 24 * time.Hour

// Validate reports what cannot be meant.
func (o *Options) Validate() error {
	switch {
	case !(o.LearnFraction >= 0 && o.LearnFraction <= 1):
		return fmt.Errorf("the part to learn, %v: want 0 to 1", o.LearnFraction)
	case o.Baseline != nil && (o.LearnFraction > 0 || !o.LearnUntil.IsZero()):
		return errors.New("with a baseline nothing is learned: leave out the part to learn")
	}
	_, err := accesslog.ParseFormat(string(o.Format))
	return err
}

// Result is what came of a replay.
type Result struct {
	Summary Summary
	// Site is the baseline as the replay left it.
	Site *baseline.Site
	// Review lists the scripts that learning left for somebody to look at, riskiest
	// first, then those that appeared later and of which the logs show too little.
	Review []Review
}

// Run plays the logs, in the order of time, and tells of every exchange that is not
// clean. It fails if a log cannot be opened, nothing in them is an entry, ctx ends,
// or tell fails. What breaks off in the middle is played up to there, and named in
// the summary. Seconds and Rate of the summary are the caller's to fill in.
func Run(ctx context.Context, o Options, files []string, tell func(*Alert) error) (*Result, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if o.Format == "" {
		o.Format = accesslog.Auto
	}
	sources, err := openSources(files, o.TempDir, o.Stdin)
	if err != nil {
		return nil, err
	}
	defer removeSpools(sources)
	spans, whole, err := survey(ctx, sources, &o)
	if err != nil {
		return nil, err
	}
	if whole.entries == 0 {
		return nil, fmt.Errorf("no entry of a log in %d lines of %v (format %s): is it an access log?", whole.malformed, files, o.Format)
	}
	p, err := newPlayer(&o, files, whole, tell)
	if err != nil {
		return nil, err
	}
	for _, s := range spans {
		if s.broken != nil {
			p.summary.Unread = append(p.summary.Unread, s.broken.Error())
		}
	}
	if err := playAll(ctx, sources, spans, &o, p); err != nil {
		return nil, err
	}
	return p.result()
}

// survey reads all logs once.
func survey(ctx context.Context, sources []*source, o *Options) (spans []span, whole span, err error) {
	meter := newMeter(sources, o.Progress)
	for i, s := range sources {
		found, err := s.survey(i, o.Format, meter.read(ctx))
		if err != nil {
			return nil, whole, err
		}
		if ctx.Err() != nil {
			return nil, whole, fmt.Errorf("reading %s: %w", s.name, ctx.Err())
		}
		spans = append(spans, found)
		whole.join(&found)
	}
	return spans, whole, nil
}

// batchSize is how many entries are handed from the reader to the judge at once.
const batchSize = 512

// playAll reads the logs a second time, and has them judged meanwhile.
func playAll(ctx context.Context, sources []*source, spans []span, o *Options, p *player) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	meter := newMeter(sources, o.Progress)
	meter.done = meter.total / 2
	var streams []stream
	for i, s := range sources {
		log, err := s.open(i, o.Format, meter.read(ctx))
		if err != nil {
			return err
		}
		defer log.close()
		ordered, closing, err := inOrder(&untilBroken{stream: log, entries: spans[i].entries}, spans[i].disorder, o.TempDir)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		defer closing()
		streams = append(streams, ordered)
	}
	all, err := merge(streams)
	if err != nil {
		return err
	}
	batches, failed := make(chan []item, 4), make(chan error, 1)
	go func() {
		defer close(batches)
		failed <- readAll(ctx, all, batches)
	}()
	for batch := range batches {
		for i := range batch {
			if err := p.play(&batch[i]); err != nil {
				cancel()
				for range batches { // the reader must not wait for us
				}
				return err
			}
		}
	}
	return <-failed
}

// inOrder puts a log in the order of time.
func inOrder(log stream, disorder time.Duration, dir string) (ordered stream, closing func(), err error) {
	switch {
	case disorder == 0:
		return log, func() {}, nil
	case disorder <= maxWindow:
		return &window{from: log, disorder: disorder}, func() {}, nil
	}
	s, err := sortStream(log, dir)
	if err != nil {
		return nil, nil, err
	}
	return s, s.close, nil
}

func readAll(ctx context.Context, from stream, to chan<- []item) error {
	for {
		batch := make([]item, 0, batchSize)
		var err error
		for len(batch) < batchSize && err == nil {
			var it item
			if it, err = from.next(); err == nil {
				batch = append(batch, it)
			}
		}
		if len(batch) > 0 {
			select {
			case to <- batch:
			case <-ctx.Done():
				return fmt.Errorf("replaying: %w", ctx.Err())
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// untilBroken ends where the survey ended: a log that is being written to may have
// grown, and one that broke off does so again.
type untilBroken struct {
	stream
	entries int
}

func (u *untilBroken) next() (item, error) {
	if u.entries == 0 {
		return item{}, io.EOF
	}
	u.entries--
	return u.stream.next()
}

// meter adds up what is read.
type meter struct {
	done, total int64
	tell        func(read, total int64)
}

func newMeter(sources []*source, tell func(read, total int64)) *meter {
	m := &meter{tell: tell}
	for _, s := range sources {
		m.total += 2 * s.size
	}
	return m
}

func (m *meter) read(ctx context.Context) func(int) {
	return func(n int) {
		m.done += int64(n)
		if m.tell != nil && ctx.Err() == nil {
			m.tell(min(m.done, m.total), m.total)
		}
	}
}
