package caddymodule

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/certmagic"
	"go.uber.org/zap"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/caddymodule/internal/printable"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
	"github.com/webshell-guard/caddy-webshell-guard/detector/alert"
)

// sites holds the state of every site in use, across reloads. It is keyed by
// the site's name; an entry belongs to no configuration and keeps nothing of
// one.
var sites = caddy.NewUsagePool()

// siteState is what is known of one site.
type siteState struct {
	name   string
	once   sync.Once
	memory atomic.Pointer[detector.Memory] // nil until opened
	saving sync.Mutex
	// deciding is held by an operator's change until it is stored.
	deciding sync.Mutex
	alerts   atomic.Pointer[alert.Alerts] // nil until opened
	// unsaved says why the last snapshot could not be written; nil if it could.
	unsaved atomic.Pointer[string]
	// conflict is nil but while another process stores the site. It changes under saving.
	conflict atomic.Pointer[storageConflict]
	// overflowed is how many scripts had found no room when that was last logged, at
	// overflowLogged. While Caddy reloads, two apps look after the site.
	overflowMu     sync.Mutex
	overflowed     uint64
	overflowLogged time.Time
	// learningReported is set once the end of learning has been reported.
	learningReported atomic.Bool
	// unread is set while a stored baseline could not be read.
	unread atomic.Bool
}

// poolSite returns the site's state, which the caller must leave again.
func poolSite(name string) (*siteState, error) {
	v, _, err := sites.LoadOrNew(name, func() (caddy.Destructor, error) {
		return &siteState{name: name}, nil
	})
	if err != nil {
		return nil, err
	}
	return v.(*siteState), nil
}

// leave gives up the state got from poolSite.
func (s *siteState) leave() error {
	_, err := sites.Delete(s.name)
	return err
}

// Destruct is called when no configuration uses the site any more. The app
// that used it last has saved it; memory is all there is to free.
func (*siteState) Destruct() error { return nil }

// open returns the site's memory. The first call, by the app's Start or by a
// request that is faster, loads it, and reports whether there was something to
// load.
func (s *siteState) open(storage certmagic.Storage, logger *zap.Logger) (memory *detector.Memory, loaded bool) {
	s.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), storageTimeout)
		defer cancel()
		site, stored, err := baseline.Open(s.name, objectsOf(ctx, storage, s.name), time.Now())
		if err != nil {
			logger.Error("the stored baseline could not be used; see what this site starts with below",
				zap.String("site", s.name), zap.Error(err))
		}
		loaded = stored
		s.unread.Store(errors.Is(err, baseline.ErrUnread))
		s.adopt(site, logger)
	})
	return s.memory.Load(), loaded
}

// adopt makes the baseline the site's, and logs what it is.
func (s *siteState) adopt(site *baseline.Site, logger *zap.Logger) {
	closed := site.Phases.Closed()
	s.learningReported.Store(!closed.IsZero())
	fields := []zap.Field{
		zap.String("site", s.name),
		zap.Int("trusted", site.Scripts.Count(baseline.Trusted)),
		zap.Int("provisional", site.Scripts.Count(baseline.Provisional)),
	}
	if closed.IsZero() {
		logger.Info("learning", append(fields, zap.Time("since", site.Phases.Started()))...)
	} else {
		logger.Info("enforcing", append(fields, zap.Time("since", closed))...)
	}
	s.alerts.Store(new(alert.Alerts))
	s.memory.Store(detector.NewMemory(site))
}

// replace makes a baseline the site's, in place of one that perhaps could not be
// read.
func (s *siteState) replace(site *baseline.Site, logger *zap.Logger) {
	s.saving.Lock()
	defer s.saving.Unlock()
	s.unread.Store(false)
	fields := []zap.Field{zap.String("site", s.name)}
	if c := s.conflict.Load(); c != nil {
		fields = append(fields, zap.String("generation", c.generation))
	}
	logger.Warn("a baseline was imported, and replaces what is stored, whoever stored it", fields...)
	s.adopt(site, logger)
}

// reportLearning emits that the site learns anew, and has the end of that reported.
func (s *siteState) reportLearning(emit emitter) {
	s.learningReported.Store(false)
	emit("phase", map[string]any{"site": s.name, "phase": baseline.Learning.String()})
}

// finishLearning ends learning if it is due, and reports its end once.
func (s *siteState) finishLearning(now time.Time, l baseline.Limits, logger *zap.Logger, emit emitter) {
	m := s.memory.Load()
	if m == nil || s.learningReported.Load() || m.Phases.Advance(now, l) == baseline.Learning || s.learningReported.Swap(true) {
		return
	}
	coverage, samples := m.Coverage.Value()
	if share, n := m.Coverage.NoveltyDrift(); share > 1-l.Coverage && l.Coverage > 0 {
		logger.Warn("the site makes new scripts every day, each of which will be flagged: name them in a manifest, approve them, or exempt their directory by a matcher",
			zap.String("site", s.name), zap.Float64("share_of_new", share), zap.Int("samples", n))
	}
	emit("phase", map[string]any{"site": s.name, "phase": baseline.Enforcing.String(), "coverage": coverage})
	logger.Info("learning has ended, enforcing",
		zap.String("site", s.name),
		zap.Int("trusted", m.Scripts.Count(baseline.Trusted)),
		zap.Int("provisional", m.Scripts.Count(baseline.Provisional)),
		zap.Float64("coverage", coverage),
		zap.Int("samples", samples))
	s.reportStandouts(m, now, logger, emit)
}

// summarise logs what followed earlier alerts.
func (s *siteState) summarise(now time.Time, logger *zap.Logger) {
	m := s.memory.Load()
	if m == nil {
		return
	}
	list, lost := s.alerts.Load().Summaries(now)
	for _, a := range list {
		if a.Burst {
			logger.Warn("more new scripts appear; deploy or mass drop?",
				zap.String("site", s.name),
				zap.String("under", printable.Escape(a.Script.Path)),
				zap.Uint64("scripts", a.Repeated),
				zap.Time("since", a.Since))
			continue
		}
		if a.Alike {
			logger.Warn("further unknown scripts answer just like one that was flagged; does the site answer everything so?",
				zap.String("site", s.name),
				zap.String("script", printable.Escape(a.Script.Path)),
				zap.Stringer("verdict", a.Worst),
				zap.Uint64("requests", a.Repeated),
				zap.Time("since", a.Since))
			continue
		}
		client, clients := "several", zap.Skip()
		if a.Client.IsValid() {
			client = a.Client.String()
		} else {
			clients = zap.Stringers("clients", a.Clients)
		}
		logger.Warn("alert goes on",
			zap.String("site", s.name),
			zap.String("script", printable.Escape(a.Script.Path)),
			zap.String("client", client), clients,
			zap.Bool("more_clients", a.More),
			zap.Stringer("verdict", a.Worst),
			zap.Uint64("requests", a.Repeated),
			zap.Time("since", a.Since))
	}
	s.warnOfOverflow(m, now, logger)
	if lost > 0 {
		logger.Warn("too many alerts at once; these requests were only counted",
			zap.String("site", s.name), zap.Uint64("requests", lost))
	}
}

// overflowQuiet is the least time between two warnings that scripts find no room.
const overflowQuiet = 10 * time.Minute

// warnOfOverflow warns that scripts found no room in the baseline: too many are
// new, or somebody floods it.
func (s *siteState) warnOfOverflow(m *detector.Memory, now time.Time, logger *zap.Logger) {
	total := uint64(0)
	var fields []zap.Field
	for kind := range baseline.OverflowCount {
		if n := m.Scripts.Overflows(kind); n > 0 {
			total += n
			fields = append(fields, zap.Uint64(kind.String(), n))
		}
	}
	s.overflowMu.Lock()
	defer s.overflowMu.Unlock()
	if total == s.overflowed || now.Sub(s.overflowLogged) < overflowQuiet {
		return
	}
	s.overflowed, s.overflowLogged = total, now
	logger.Warn("scripts find no room in the baseline and are judged as unknown; see max_scripts",
		append(fields, zap.String("site", s.name))...)
}

// save writes a snapshot if anything changed since the last, or if it must. A
// baseline that could not be read at the start is tried again first, and never
// overwritten by one that lacks what it holds.
func (s *siteState) save(ctx context.Context, storage certmagic.Storage, must bool, logger *zap.Logger) (wrote bool, err error) {
	s.saving.Lock()
	defer s.saving.Unlock()
	o := objectsOf(ctx, storage, s.name)
	if s.unread.Load() {
		site, stored, err := baseline.Open(s.name, o, time.Now())
		if errors.Is(err, baseline.ErrUnread) {
			return false, err
		}
		s.unread.Store(false)
		if stored {
			if old := s.memory.Load(); old != nil {
				site.Inherit(old.Site, true, time.Now())
			}
			s.adopt(site, logger)
		}
	}
	m := s.memory.Load()
	if m == nil || !m.Dirty() && !must {
		return false, nil
	}
	now := time.Now()
	err = m.Save(o, now)
	s.noteConflict(err, now, logger)
	return true, err
}
