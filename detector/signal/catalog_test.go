package signal

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
	"github.com/webshell-guard/caddy-webshell-guard/detector/client"
)

var now = time.Date(2026, 3, 8, 12, 0, 0, 0, time.UTC)

// read is a page that is read as ever, on a site with habits.
func read() *Features {
	return &Features{
		Now: now, Stage: AtResponse, Enforcing: true, Request: Request{MethodName: "GET", OriginKnown: true},
		Answer: Answer{Status: 200, Length: 100}, Script: Script{Path: "/a.php", Known: true, Profiled: true, Trust: baseline.Trusted, Visits: 1000},
		Site: Site{
			Started: now.Add(-7 * 24 * time.Hour), Closed: now.Add(-4 * 24 * time.Hour), Visits: 1000, Samples: 300, UnseenRate: 0.002,
			PayloadShare: 0.1, PayloadScripts: 50, DataShare: 0.003, FreshClients: 0.2, UnreferredPosts: 0.1,
		},
		Evidence: Evidence{ClientKnown: true, ClientSeen: true},
	}
}

// changing is a field with so many different values.
func changing(values, lengths int, body bool) func(*Features) {
	return func(f *Features) {
		f.Evidence.Changing = Changing{Where: "its field", Values: values, Lengths: lengths, Body: body}
	}
}

// payload is one to that page.
func payload(f *Features) {
	f.Request.Method, f.Request.MethodName, f.Request.Payload = baseline.MethodPost, "POST", true
}

// novel makes the page a script that nobody knew.
func novel(f *Features) { f.Script = Script{Path: "/x.php", Novel: true} }

// cases are, for each signal, one in which it fires with the bits given, and others in
// which it is silent.
var cases = []struct {
	id     int
	what   string
	bits   float64
	change []func(*Features)
}{
	{1001, "a new script", 9, []func(*Features){novel}},
	{1001, "a payload to one", 11, []func(*Features){novel, payload}},
	{1001, "a known script", 0, nil},
	{1001, "a new route", 0, []func(*Features){novel, func(f *Features) { f.Script.Route = true }}},
	{1001, "where scripts are made every day", 5, []func(*Features){novel, func(f *Features) { f.Site.CreationRate = 1 }}},
	{1001, "that eight networks found", 6, []func(*Features){novel, func(f *Features) { f.Script.Profiled, f.Script.Networks = true, 8 }}},
	{1002, "a method that is new", math.Log2(1001 / 0.5), []func(*Features){payload, func(f *Features) { f.Script.StrangeMethod = true }}},
	{1002, "that eight networks use since", math.Log2(1001/0.5) - 3, []func(*Features){payload, func(f *Features) { f.Script.StrangeMethod, f.Script.StrangeNetworks = true, 8 }}},
	{1002, "of a missing script's request", 4, []func(*Features){payload, func(f *Features) { f.Script.StrangeMethod, f.Script.FellThrough = true, true }}},
	{1002, "of a script that takes another", 3, []func(*Features){payload, func(f *Features) { f.Script.StrangeMethod, f.Script.TakesPayloads = true, true }}},
	{1002, "a method that it takes", 0, []func(*Features){payload}},
	{1009, "a payload to a route that is new", 7, []func(*Features){payload, func(f *Features) { f.Script.Endpoint, f.Script.NewEndpoint = "/api/run", true }}},
	{1009, "that is read", 3, []func(*Features){func(f *Features) { f.Script.Endpoint, f.Script.NewEndpoint = "/api/run", true }}},
	{1009, "that four networks found", 5, []func(*Features){payload, func(f *Features) {
		f.Script.Endpoint, f.Script.NewEndpoint, f.Script.Networks = "/api/run", true, 4
	}}},
	{1009, "that is not there", 0, []func(*Features){payload, func(f *Features) { f.Script.Endpoint = "/api/run" }}},
	{1003, "a file newer than learning", 5, []func(*Features){novel, func(f *Features) { f.Script.FileChanged = true }}},
	{1003, "a file of before", 0, []func(*Features){novel}},
	{1004, "a file older than the guard", -3.2, []func(*Features){novel, func(f *Features) { f.Script.FileOld = true }}},
	{1004, "a file of which nothing is known", 0, []func(*Features){novel}},
	{1005, "a payload after months", 6, []func(*Features){payload, func(f *Features) { f.Script.Dormant = 130 * 24 * time.Hour }}},
	{1005, "a read after months", 0, []func(*Features){func(f *Features) { f.Script.Dormant = 130 * 24 * time.Hour }}},
	{1006, "parameters of which none is known", 9, []func(*Features){payload, params(2, 2, 1)}},
	{1006, "parameters of which one is new", 4, []func(*Features){payload, params(3, 1, 2)}},
	{1006, "a script of which no parameters are known", 0, []func(*Features){payload, params(2, 2, 0)}},
	{1006, "known parameters", 0, []func(*Features){payload, params(2, 0, 2)}},
	{1007, "an answer like none", math.Log2(0.5 * 101 / 1.5), []func(*Features){payload, func(f *Features) { f.Answer.Shift = AnswerShift{Answers: 100, Kinds: 1} }}},
	{1007, "of a script that answered seldom", 0, []func(*Features){payload, func(f *Features) { f.Answer.Shift = AnswerShift{Answers: 19, Kinds: 1} }}},
	{1008, "a long value in a new field", math.Log2(0.5 * 1001 / 4.5), []func(*Features){func(f *Features) { f.Script.NewChannel.Name, f.Script.KnownNames = `the header "X-A"`, 4 }}},
	{1008, "in a field that it knows", 6, []func(*Features){func(f *Features) {
		f.Script.NewChannel, f.Script.KnownNames = Channel{Name: `the header "User-Agent"`, Known: true}, 4
	}}},
	{1008, "of a script that few visited, all with the same names", math.Log2(0.5 * 11 / 0.5), []func(*Features){func(f *Features) {
		f.Script.NewChannel.Name, f.Script.KnownNames, f.Script.Visits, f.Script.LearnedNetworks = `the header "X-A"`, 9, 12, 10
	}}},
	{1008, "of one to which everybody brings names of his own", 0, []func(*Features){func(f *Features) {
		f.Script.NewChannel.Name, f.Script.KnownNames, f.Script.Visits, f.Script.LearnedNetworks, f.Script.NamesAlone = `the header "X-A"`, 12, 12, 10, 10
	}}},
	{1008, "in a parameter", 5, []func(*Features){func(f *Features) {
		f.Script.NewChannel, f.Script.KnownNames = Channel{Name: `the parameter "q"`, Known: true, Param: true}, 4
	}}},
	{1008, "of a missing script's request", 0, []func(*Features){func(f *Features) { f.Script.NewChannel.Name, f.Script.FellThrough = `the header "X-A"`, true }}},
	{1008, "known fields", 0, nil},
	{1010, "a payload to a script among uploads", 7, []func(*Features){novel, payload, func(f *Features) { f.Script.Path, f.Script.Upload = "/uploads/x.php", true }}},
	{1010, "a script elsewhere", 0, []func(*Features){novel, payload}},
	{1011, "a needless encoding", 3, []func(*Features){func(f *Features) { f.Request.Spelling = scriptpath.SpelledEncoded }}},
	{1011, "something after the name", 0, []func(*Features){func(f *Features) { f.Request.Spelling = scriptpath.SpelledPathInfo }}},
	{1012, "an uploaded name", 8, []func(*Features){novel, func(f *Features) { f.Evidence.Uploaded = true }}},
	{1012, "another name", 0, []func(*Features){novel}},
	{1013, "a payload to a picture", 10, []func(*Features){payload, func(f *Features) { f.Script.Asset = true }}},
	{1013, "a picture that is a page", 5, []func(*Features){func(f *Features) { f.Script.Asset = true }}},
	{1013, "a script", 0, []func(*Features){payload}},
	{1014, "a program among static files", 8, []func(*Features){novel, func(f *Features) { f.Script.StaticVisits = 30 }}},
	{1014, "a trusted one there", 0, []func(*Features){func(f *Features) { f.Script.StaticVisits = 30 }}},
	{1015, "its own upload", 9, []func(*Features){novel, func(f *Features) { f.Evidence.Client.Named = true }}},
	{1015, "a stranger's upload just before", 4, []func(*Features){novel, func(f *Features) {
		f.Evidence.Client = client.Behaviour{Stranger: true, Uploads: true, SinceUpload: time.Minute}
	}}},
	{1015, "of a known script", 0, []func(*Features){func(f *Features) { f.Evidence.Client.Named = true }}},
	{1016, "a payload from nowhere", 1.9, []func(*Features){payload, origins(40, 0)}},
	{1016, "with what is no form", 5, []func(*Features){payload, origins(40, 0), func(f *Features) { f.Evidence.NotAForm = true }}},
	{1016, "with what nobody can read", 5, []func(*Features){payload, origins(40, 0), opaque}},
	{1016, "of a script that took few", 0, []func(*Features){payload, origins(19, 0)}},
	{1016, "of a script that programs call", 0, []func(*Features){payload, origins(40, 40)}},
	{1017, "another type than ever", math.Log2(0.5 * 101 / 1.5), []func(*Features){payload, func(f *Features) { f.Answer.Shape = ShapeShift{In: baseline.UnlikeType, Answers: 100, Kinds: 1} }}},
	{1017, "as ever", 0, []func(*Features){payload, func(f *Features) { f.Answer.Shape = ShapeShift{Answers: 100, Kinds: 1} }}},
	{1018, "JSON to a form", math.Log2(0.5 * 51 / 0.5), []func(*Features){payload, media(50, 0)}},
	{1018, "to one of two types", math.Log2(0.5 * 51 / 1.5), []func(*Features){payload, media(50, 1)}},
	{1018, "to one of many forms", 7, []func(*Features){payload, media(5000, 0)}},
	{1018, "that eight networks sent since", 4, []func(*Features){payload, media(5000, 0), func(f *Features) { f.Script.Media.Networks = 8 }}},
	{1018, "a type without a name", 7, []func(*Features){payload, media(5000, 0), func(f *Features) { f.Script.Media.Name = "" }}},
	{1018, "to a script that took few", 0, []func(*Features){payload, media(19, 0)}},
	{1018, "a type that it takes", 0, []func(*Features){payload, media(5000, 0), func(f *Features) { f.Script.Media.Known = true }}},
	{1019, "a first WebSocket", math.Log2(0.9 * 31 / 0.5), []func(*Features){func(f *Features) { f.Script.Upgrade = PayloadKind{"websocket", baseline.MediaHabits{Payloads: 30}} }}},
	{1019, "a tunnel", 7, []func(*Features){func(f *Features) { f.Script.Upgrade = PayloadKind{"", baseline.MediaHabits{Payloads: 3000}} }}},
	{1019, "none", 0, nil},
	{1020, "a payload from no page", math.Log2(0.93 / 0.1), []func(*Features){payload, func(f *Features) { f.Request.Unreferred = true }}},
	{1020, "a payload from a page", 0, []func(*Features){payload}},
	{1021, "a read from no page", 1.8, []func(*Features){func(f *Features) { f.Request.Unreferred = true }}},
	{1021, "a payload", 0, []func(*Features){payload, func(f *Features) { f.Request.Unreferred = true }}},
	{1022, "a link that somebody known follows", -3.3, []func(*Features){func(f *Features) { f.Evidence.FromSite = true }}},
	{1022, "to a script whose answers vary", 0, []func(*Features){novel, func(f *Features) { f.Evidence.FromSite, f.Evidence.AnswerOrders = true, 3 }}},
	{1022, "with values that change", 0, []func(*Features){novel, changing(3, 1, false), func(f *Features) { f.Evidence.FromSite = true }}},
	{1022, "with what may be a command", 0, []func(*Features){func(f *Features) { f.Evidence.FromSite, f.Evidence.Opaque.Where = true, "its query" }}},
	{1030, "a network not seen lately", math.Log2(0.7 / 0.2), []func(*Features){func(f *Features) { f.Evidence.ClientSeen = false }}},
	{1030, "one that was", 0, nil},
	{1031, "a network that reads the site", -1.5, []func(*Features){novel, func(f *Features) { f.Evidence.Client = client.Behaviour{Days: 1, Pages: 3} }}},
	{1031, "as browsers do", -2, []func(*Features){novel, func(f *Features) { f.Evidence.Client = client.Behaviour{Days: 1, Pages: 3, Assets: true} }}},
	{1031, "of a file newer than learning", 0, []func(*Features){novel, func(f *Features) {
		f.Evidence.Client, f.Script.FileChanged = client.Behaviour{Days: 1, Pages: 3}, true
	}}},
	{1032, "a network that probes", 3, []func(*Features){novel, func(f *Features) { f.Evidence.Client.Probes = 10 }}},
	{1032, "that met a few old links", 0, []func(*Features){novel, func(f *Features) { f.Evidence.Client.Probes = 9 }}},
	{1033, "many user agents", 4, []func(*Features){payload, func(f *Features) { f.Evidence.Client.Agents = 8 }}},
	{1033, "a few", 0, []func(*Features){payload, func(f *Features) { f.Evidence.Client.Agents = 7 }}},
	{1040, "an opaque value to a new script", 3, []func(*Features){novel, payload, opaque}},
	{1040, "to a trusted one that is used strangely", 3, []func(*Features){payload, opaque, func(f *Features) { f.Evidence.Strange = true }}},
	{1040, "to a trusted one", 0, []func(*Features){payload, opaque}},
	{1040, "to one that never had such a value there, by a stranger", 3, []func(*Features){opaque, func(f *Features) {
		f.Script.NewChannel.Name, f.Evidence.ClientSeen = f.Evidence.Opaque.Where, false
	}}},
	{1040, "by a visitor", 0, []func(*Features){opaque, func(f *Features) { f.Script.NewChannel.Name = f.Evidence.Opaque.Where }}},
	{1041, "no form", 5, []func(*Features){payload, func(f *Features) { f.Evidence.NotAForm = true }}},
	{1041, "a form", 0, []func(*Features){payload}},
	{1042, "names that never come again", 4, []func(*Features){novel, payload, func(f *Features) { f.Evidence.History = PayloadHistory{Taken: 5, Fresh: 4} }}},
	{1042, "names that do", 0, []func(*Features){novel, payload, func(f *Features) { f.Evidence.History = PayloadHistory{Taken: 10, Fresh: 7} }}},
	{1043, "a file of an extension that no program had", 9, []func(*Features){payload, func(f *Features) { f.Script = Script{Path: "/x.alfa", Route: true, Unlisted: true} }}},
	{1043, "that is read", 0, []func(*Features){func(f *Features) { f.Script = Script{Path: "/x.alfa", Route: true, Unlisted: true} }}},
	{1043, "that is only asked for yet", 0, []func(*Features){payload, func(f *Features) { f.Stage, f.Script = AtRequest, Script{Path: "/x.alfa", Route: true, Unlisted: true} }}},
	{1044, "values that differ, as their lengths do", 7, []func(*Features){changing(3, 3, false)}},
	{1044, "that are equally long", 4, []func(*Features){changing(3, 1, false)}},
	{1044, "in a body", 5, []func(*Features){payload, changing(3, 3, true)}},
	{1044, "a token that was renewed", 0, []func(*Features){changing(2, 2, false)}},
	{1043, "another route", 0, []func(*Features){payload, func(f *Features) { f.Script = Script{Path: "/x.alfa", Route: true} }}},
	{1050, "a page without markup", 3, []func(*Features){novel, func(f *Features) { f.Evidence.BareAnswer = true }}},
	{1050, "of a trusted script", 0, []func(*Features){func(f *Features) { f.Evidence.BareAnswer = true }}},
	{1051, "answers in one frame", 5, []func(*Features){novel, payload, func(f *Features) {
		f.Evidence.History = PayloadHistory{Framed: 5, Lengths: 3, Marks: true}
	}}},
	{1070, "a payload where the configuration changed", 5, []func(*Features){payload, func(f *Features) { f.Script.Configuration, f.Script.ConfiguredBy = now, "/.htaccess" }}},
	{1070, "a read there", 4, []func(*Features){func(f *Features) { f.Script.Configuration, f.Script.ConfiguredBy = now, "/.htaccess" }}},
	{1070, "as ever", 0, []func(*Features){payload}},
	{1072, "a payload to a file that changed alone", 5, []func(*Features){payload, altered(0.02)}},
	{1072, "to one of many that changed", 1, []func(*Features){payload, altered(0.5)}},
	{1072, "to one that did not", 0, []func(*Features){payload}},
	{1040, "an opaque value to a trusted script that changed", 3, []func(*Features){payload, opaque, altered(1)}},
	{1071, "a new script where nobody may look", 3, []func(*Features){novel, func(f *Features) { f.Script.FileHidden = true }}},
	{1071, "a known one", 0, []func(*Features){func(f *Features) { f.Script.FileHidden = true }}},
	{1052, "plain reads in three orders of size", 6, []func(*Features){novel, func(f *Features) { f.Evidence.AnswerOrders = 3 }}},
	{1052, "payloads", 5, []func(*Features){payload, func(f *Features) { f.Evidence.AnswerOrders = 3 }}},
	{1052, "in two", 0, []func(*Features){novel, func(f *Features) { f.Evidence.AnswerOrders = 2 }}},
	{1051, "a frame of markup", 0, []func(*Features){novel, payload, func(f *Features) { f.Evidence.History = PayloadHistory{Framed: 5, Lengths: 3} }}},
}

func params(all, fresh, known int) func(*Features) {
	return func(f *Features) { f.Script.Params, f.Script.NewParams, f.Script.KnownParams = all, fresh, known }
}

func origins(all, unreferred int) func(*Features) {
	return func(f *Features) {
		f.Request.Unreferred, f.Script.Payloads, f.Script.PayloadSamples, f.Script.Unreferred = true, all, all, unreferred
	}
}

func media(payloads uint64, once int) func(*Features) {
	return func(f *Features) {
		f.Script.Media = PayloadKind{"application/json", baseline.MediaHabits{Payloads: payloads, Once: once}}
	}
}

func altered(share float64) func(*Features) {
	return func(f *Features) { f.Script.FileAltered, f.Script.AlteredShare = now.Add(-time.Hour), share }
}

func opaque(f *Features) { f.Evidence.Opaque = Opaque{Where: "its body", Length: 300} }

func TestSignals(t *testing.T) {
	byID := map[int]*Signal{}
	for _, s := range Catalog() {
		byID[s.ID] = s
	}
	fires, silent := map[int]bool{}, map[int]bool{}
	for _, c := range cases {
		s, f := byID[c.id], read()
		for _, change := range c.change {
			change(f)
		}
		if bits := s.Bits(f); math.Abs(bits-c.bits) > 0.01 {
			t.Errorf("%s, %s: %.3f bits, want %.3f", s.Name, c.what, bits, c.bits)
		}
		if c.bits == 0 {
			silent[c.id] = true
			continue
		}
		fires[c.id] = true
		if why := s.Why(f); why == "" || strings.Contains(why, "%!") {
			t.Errorf("%s, %s: %q", s.Name, c.what, why)
		}
		// What is found out only after a gate has opened must not decide whether it does.
		without := *f
		without.Evidence = Evidence{}
		if s.Gate() && s.Bits(f) > 0 != (s.Bits(&without) > 0) {
			t.Errorf("%s, %s: whether the gate opens depends on the evidence", s.Name, c.what)
		}
	}
	for id, s := range byID {
		if !fires[id] || !silent[id] {
			t.Errorf("%s: want a case in which it fires and one in which it is silent", s.Name)
		}
	}
}

func TestEverySignalHasAPage(t *testing.T) {
	for _, s := range slices.Concat(Catalog(), Decisions()) {
		page, err := os.ReadFile("../../docs/signals/" + s.Name + ".md")
		if title := fmt.Sprintf("# %s (%d)\n", s.Name, s.ID); err != nil || !strings.HasPrefix(string(page), title) {
			t.Errorf("docs/signals/%s.md: want the title %q: %v", s.Name, title, err)
		}
	}
}
