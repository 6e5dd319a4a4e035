package caddymodule

import (
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

const (
	metricsNamespace = "caddy"
	metricsSubsystem = "webshell_guard"
)

// metrics are those of one configuration: Caddy makes a registry for each. No
// label takes a value that a client chooses.
type metrics struct {
	requests       *prometheus.CounterVec
	signals        *prometheus.CounterVec
	snapshotErrors prometheus.Counter
	decision       prometheus.Histogram
	snapshot       prometheus.Histogram
}

func newMetrics() *metrics {
	name := func(name, help string) prometheus.CounterOpts {
		return prometheus.CounterOpts{Namespace: metricsNamespace, Subsystem: metricsSubsystem, Name: name, Help: help}
	}
	return &metrics{
		requests: prometheus.NewCounterVec(name("requests_total",
			"Requests by verdict (clean, suspicious, malicious, unjudged) and action (none, tag, block)."),
			[]string{"site", "verdict", "action"}),
		signals: prometheus.NewCounterVec(name("signals_total",
			"Signals that fired in requests that were not clean."),
			[]string{"site", "signal"}),
		snapshotErrors: prometheus.NewCounter(name("snapshot_errors_total",
			"Snapshots of baselines that could not be written.")),
		decision: histogram("decision_seconds", "Time spent on deciding about a request and its response.", 1e-6, 4, 10),
		snapshot: histogram("snapshot_seconds", "Time that writing a snapshot took.", 1e-3, 4, 8),
	}
}

// histogram has both kinds of buckets: scrapers take the native ones if they can.
func histogram(name, help string, least, factor float64, buckets int) prometheus.Histogram {
	return prometheus.NewHistogram(prometheus.HistogramOpts{
		Namespace: metricsNamespace, Subsystem: metricsSubsystem, Name: name, Help: help,
		Buckets:                     prometheus.ExponentialBuckets(least, factor, buckets),
		NativeHistogramBucketFactor: 1.5, NativeHistogramMaxBucketNumber: 60,
	})
}

// register adds the metrics and the sites' gauges to the registry.
func (m *metrics) register(registry *prometheus.Registry, a *App) error {
	return errors.Join(
		registry.Register(m.requests),
		registry.Register(m.signals),
		registry.Register(m.snapshotErrors),
		registry.Register(m.decision),
		registry.Register(m.snapshot),
		registry.Register(siteCollector{a}),
	)
}

// siteCounters are a site's counters, looked up once.
type siteCounters struct {
	requests [detector.Malicious + 1][actionCount]prometheus.Counter
	unjudged [actionCount]prometheus.Counter
	signals  map[int]prometheus.Counter
}

func (m *metrics) site(name string) *siteCounters {
	c := &siteCounters{signals: make(map[int]prometheus.Counter)}
	for a := range actionCount {
		for v := range c.requests {
			c.requests[v][a] = m.requests.WithLabelValues(name, detector.Verdict(v).String(), a.String())
		}
		c.unjudged[a] = m.requests.WithLabelValues(name, unjudged, a.String())
	}
	for _, s := range append(signal.Catalog(), signal.Decisions()...) {
		c.signals[s.ID] = m.signals.WithLabelValues(name, s.Name)
	}
	return c
}

// siteCollector reads what the sites' baselines know when it is asked.
type siteCollector struct{ app *App }

var (
	scriptsDesc  = siteDesc("scripts", "Scripts known, by trust.", "trust")
	coverDesc    = siteDesc("coverage", "Estimated probability that the next visit is to a script already seen.")
	enforceDesc  = siteDesc("enforcing", "1 once learning has ended.")
	containDesc  = siteDesc("contained", "1 while the site is contained.")
	deployDesc   = siteDesc("deploying", "1 while a deploy window is open.")
	conflictDesc = siteDesc("snapshot_conflict", "1 while the site is not stored because another process stores it.")
	overDesc     = siteDesc("overflow_total", "What found no room and was judged without it.", "kind")
)

func siteDesc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prometheus.BuildFQName(metricsNamespace, metricsSubsystem, name), help, append([]string{"site"}, labels...), nil)
}

// Describe implements prometheus.Collector.
func (siteCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{scriptsDesc, coverDesc, enforceDesc, containDesc, deployDesc, conflictDesc, overDesc} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (c siteCollector) Collect(ch chan<- prometheus.Metric) {
	now := time.Now()
	for _, g := range c.app.guarded() {
		m := g.state.memory.Load()
		if m == nil {
			continue
		}
		gauge := func(d *prometheus.Desc, v float64, labels ...string) {
			ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, append([]string{g.state.name}, labels...)...)
		}
		for _, t := range []baseline.Trust{baseline.Provisional, baseline.Trusted, baseline.Denied} {
			gauge(scriptsDesc, float64(m.Scripts.Count(t)), t.String())
		}
		coverage, _ := m.Coverage.Value()
		gauge(coverDesc, coverage)
		enforcing := 0.0
		if !m.Phases.Closed().IsZero() {
			enforcing = 1
		}
		gauge(enforceDesc, enforcing)
		contained := 0.0
		if c, on := m.Containment.Active(now); on && !c.Rehearse {
			contained = 1
		}
		gauge(containDesc, contained)
		deploying := 0.0
		if _, open := m.Decisions.Deploying(now); open {
			deploying = 1
		}
		gauge(deployDesc, deploying)
		conflict := 0.0
		if g.state.conflict.Load() != nil {
			conflict = 1
		}
		gauge(conflictDesc, conflict)
		for kind := range baseline.OverflowCount {
			ch <- prometheus.MustNewConstMetric(overDesc, prometheus.CounterValue, float64(m.Scripts.Overflows(kind)), g.state.name, kind.String())
		}
	}
}
