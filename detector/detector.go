package detector

import (
	"fmt"
	"path"
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

// Options configure a detector.
type Options struct {
	// Suffixes are those of executable files. Default
	// [scriptpath.DefaultSuffixes].
	Suffixes []string
	// Limits are the settings a site learns under.
	Limits baseline.Limits
	// Suspicious and Malicious are the scores, in bits, from which an exchange
	// is so called. Defaults 10 and 16: odds of 2¹⁰ and 2¹⁶ against the prior.
	// If they are equal, every new script is malicious.
	Suspicious, Malicious float64
	// Files looks at the files of scripts; nil if it cannot.
	Files Files
}

// DefaultOptions returns the defaults.
func DefaultOptions() Options {
	return Options{Suffixes: scriptpath.DefaultSuffixes(), Limits: baseline.DefaultLimits(), Suspicious: 10, Malicious: 16}
}

// Detector judges exchanges. It is immutable and safe for concurrent use; what
// it learns is kept in the [Memory] passed to each call.
type Detector struct {
	options Options
	namer   *scriptpath.Namer
	signals []*Signal
	gates   []*Signal // those of the signals that open the gate
}

// New returns a detector, or an error that names the option out of range.
func New(o Options) (*Detector, error) {
	namer, err := scriptpath.NewNamer(o.Suffixes)
	if err != nil {
		return nil, err
	}
	if err := o.Limits.Validate(); err != nil {
		return nil, err
	}
	if !(o.Suspicious > 0 && o.Suspicious <= o.Malicious && o.Malicious < 1000) {
		return nil, fmt.Errorf("thresholds %v %v: want 0 < suspicious <= malicious < 1000", o.Suspicious, o.Malicious)
	}
	if o.Files == nil {
		o.Files = noFiles{}
	}
	d := &Detector{options: o, namer: namer, signals: catalog()}
	for _, s := range d.signals {
		if s.Family.gate() || s.HighPrior {
			d.gates = append(d.gates, s)
		}
	}
	return d, nil
}

// Suffixes lists those of executable files, in lower case and in order.
func (d *Detector) Suffixes() []string { return d.namer.Suffixes() }

// Limits returns the settings sites learn under.
func (d *Detector) Limits() baseline.Limits { return d.options.Limits }

// JudgeRequest judges what is known before the upstream runs, and writes the
// outcome to j.
func (d *Detector) JudgeRequest(m *Memory, x *Exchange, j *Judgement) {
	x.channels = channelsUnknown
	f := Facts{Exchange: x, Stage: AtRequest, Site: m.Site, Method: baseline.MethodOf(x.Method)}
	f.Phase = m.Phases.Advance(x.Time, d.options.Limits)
	f.network = m.Hash.Network(x.Client)
	if f.Has(KnownClient) {
		f.client = m.clients.get(f.network)
	}
	f.noteContainment(m)
	d.judgeRequest(m, &f, j)
	d.containRequest(m, j)
}

func (d *Detector) judgeRequest(m *Memory, f *Facts, j *Judgement) {
	if !d.locate(m, f) && !d.deniedPath(m, f, f.Root, f.Path) {
		j.reset(f)
		return
	}
	if f.missing(m) {
		// Its 404 is the answer. If something answers all the same, the
		// response is judged.
		j.reset(f)
		return
	}
	f.Answered = f.File.State == FileThere
	d.judge(m, f, j)
}

// JudgeResponse judges the exchange once the status and the effective script
// are known, and writes the outcome to j, which held that of JudgeRequest.
func (d *Detector) JudgeResponse(m *Memory, x *Exchange, j *Judgement) {
	request := &j.Facts
	f := Facts{
		Exchange: x, Stage: AtResponse, Site: m.Site, Phase: request.Phase, Method: request.Method,
		network: request.network, client: request.client,
		Contained: request.Contained, rehearsed: request.rehearsed, listed: request.listed,
	}
	d.judgeResponse(m, &f, j)
	d.containResponse(m, j)
}

func (d *Detector) judgeResponse(m *Memory, f *Facts, j *Judgement) {
	if !d.locateEffective(m, f, &j.Facts) && !d.deniedPath(m, f, f.EffectiveRoot, f.EffectivePath) {
		d.judgeNameless(m, f, j)
		return
	}
	f.Answered = d.answered(f)
	f.FellThrough = j.Facts.File.State == FileMissing && j.Facts.Key.Root == f.Key.Root && j.Facts.Key != f.Key
	if !f.Answered && !f.Denied() {
		j.reset(f)
		return
	}
	d.judge(m, f, j)
}

func (d *Detector) judge(m *Memory, f *Facts, j *Judgement) {
	f.memory = m
	f.Upload = !f.Trusted() && !f.Asset && !f.Route && scriptpath.DataDirectory(f.Key.Path) != "" && !f.servesSources()
	if f.File.State == FileThere && !f.File.Changed.IsZero() {
		f.Deployed = m.Decisions.Deployed(f.Key, f.File.Changed)
	} else {
		f.Deployed = f.Profile == nil && m.Decisions.Deployed(f.Key, f.Time)
	}
	f.Uploaded = f.Novel() && m.uploads.Seen(m.Hash.FileName(path.Base(f.Key.Path)))
	f.ClientSeen = f.Has(KnownClient) && m.served.Seen(f.network)
	j.reset(f)
	d.weigh(j)
}

// answered reports whether the script exists: its file is there, or it
// answered with success. A known script that answers anything exists, but may
// be gone since if it answers that nothing is there: its file tells. Where no
// root is known it still counts when it is sent a payload, because a backdoor
// in it can answer as it likes.
func (d *Detector) answered(f *Facts) bool {
	known := f.Profile != nil && !f.Profile.Novel()
	gone := f.Status == 404 || f.Status == 410
	if known && gone && f.Key.Root != "" {
		f.File = d.options.Files.Stat(f.Key)
	}
	switch {
	case f.File.State == FileThere:
		return true
	case gone:
		return known && f.Key.Root == "" && f.CarriesPayload()
	case known:
		return true
	}
	return f.Status == 101 || f.Status >= 200 && f.Status < 300 || f.Status == 304
}

// Learn lets the baseline learn from an exchange that was judged clean at the
// response. Of any other it only notes that a new script exists.
func (d *Detector) Learn(m *Memory, j *Judgement) {
	f := &j.Facts
	if f.Contained {
		return
	}
	visit := baseline.Visit{
		Time: f.Time, Method: f.Method, Status: f.Status, Network: f.network,
		WithoutPathInfo: f.Spelling&scriptpath.SpelledPathInfo == 0, Deployed: f.Deployed, Payload: f.CarriesPayload(), Referer: f.origin(),
		Features: baseline.RequestFeatures{
			Agent: f.Agent, Referrer: f.Referer, Query: f.Query, Form: f.form(), Header: f.Header, Answered: f.Length, Type: f.ContentType,
		},
	}
	d.learnClient(m, j)
	d.learnUploads(m, f)
	if j.Verdict != Clean {
		if f.Answered {
			m.Note(f.Key, visit, d.options.Limits)
		}
		return
	}
	if f.Stage != AtResponse {
		return
	}
	known := f.Profile != nil && !f.Novel()
	fresh := f.Has(KnownClient) && f.Status < 400 && m.served.Add(visit.Network)
	if f.Key.Path == "" {
		d.learnAnswer(m, j, nil)
		d.learnNameless(m, f, visit)
	}
	if !f.Answered {
		return
	}
	if known {
		m.learnChannels(f)
		if f.Has(KnownClient) {
			m.Rates.FreshClients.Count(fresh)
		}
		if f.CarriesPayload() && f.Has(KnownReferer) {
			m.Rates.UnreferredPosts.Count(f.Unreferred())
		}
	} else if f.Phase == baseline.Learning && f.Profile == nil && f.File.State != FileUnknown {
		m.Rates.MissingFiles.Count(f.File.State == FileMissing)
	}
	if f.Key.Path == "" || f.FellThrough {
		return // it was meant for another script
	}
	if p := m.Site.Learn(f.Key, visit, d.options.Limits); p != nil {
		d.learnAnswer(m, j, p)
	}
	if f.Root != f.Key.Root {
		requested := d.namer.Name(f.Path).Path
		if strings.HasSuffix(requested, "/") {
			requested += path.Base(f.Key.Path)
		}
		m.Mappings.Learn(f.Root, requested, f.Key)
	}
}
