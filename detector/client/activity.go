package client

import (
	"sync/atomic"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/sketch"
)

const (
	// hour is the window of probes and user agents, week that of pages, in seconds: what
	// was done in the window before counts too.
	hour = int64(time.Hour / time.Second)
	week = 7 * 24 * hour
	// strangerFor is for how long a network is a stranger. Where the guard itself
	// has not been there for that long, nobody is.
	strangerFor = 24 * time.Hour
	// assetsFor is how long after it fetched a static file a client passes for a browser.
	assetsFor = 24 * time.Hour
	// uploadedFor is how long the names of uploaded files are held against a client.
	uploadedFor = time.Hour
	// maxUploadNames is how many names are kept of the files that a client uploaded.
	maxUploadNames = 4
)

// Activity is what one client network did lately. Its size is fixed. Methods may be
// called concurrently; those of a nil Activity read that nothing is known.
type Activity struct {
	met      int64 // Unix seconds
	stranger bool  // it was not known when it was met

	days   sketch.DaySet
	pages  sketch.WindowCounter // paths of known scripts that it read
	probes sketch.WindowCounter // scripts that are not there
	read   sketch.WindowCounter // user agents that read pages and static files
	sent   sketch.WindowCounter // user agents that sent payloads to new scripts, or strange ones

	asset  atomic.Int64 // Unix seconds of the last static file
	upload atomic.Int64 // and of the last request that can have been an upload
	named  atomic.Int64 // and of the last upload of a file that a server may run
	names  [maxUploadNames]atomic.Uint64
	next   atomic.Uint32 // of names, to be replaced
}

// Behaviour is what the client's network did lately, as far as that is
// remembered. The zero value says nothing.
type Behaviour struct {
	// Days is on how many of the last 31 days before today it read known scripts, Pages
	// how many paths of such it read this week and last.
	Days, Pages int
	// Assets is true if it fetched static files within a day.
	Assets bool
	// Probes is for how many scripts that are not there it asked in the last hour
	// or two.
	Probes int
	// Agents is how many user agents sent payloads to new or strange scripts in the
	// last hour or two that read nothing.
	Agents int
	// Stranger is true if its first visit was within a day.
	Stranger bool
	// Uploads is true if it ever sent what can have been an upload, and SinceUpload how
	// long ago the last was.
	Uploads     bool
	SinceUpload time.Duration
	// Named is true if it uploaded a file of the name asked about within the hour.
	Named bool
}

// Behaviour tells what the network did up to now. name is the hash of a file's name, or
// 0 if none is asked about. It changes nothing.
func (a *Activity) Behaviour(now time.Time, name uint64) (b Behaviour) {
	if a == nil {
		return b
	}
	t := now.Unix()
	within := func(at int64, d time.Duration) bool { return at != 0 && t-at <= int64(d/time.Second) }
	b.Days, b.Pages = a.days.Before(t), a.pages.At(t/week).Count()
	b.Assets = within(a.asset.Load(), assetsFor)
	b.Probes = a.probes.At(t / hour).Count()
	b.Agents = (a.sent.At(t/hour) &^ a.read.At(t/hour)).Count()
	b.Stranger = a.stranger && within(a.met, strangerFor)
	if last := a.upload.Load(); last != 0 {
		b.Uploads, b.SinceUpload = true, time.Duration(max(0, t-last))*time.Second
	}
	if name != 0 && within(a.named.Load(), uploadedFor) {
		for i := range a.names {
			b.Named = b.Named || a.names[i].Load() == name
		}
	}
	return b
}

// Visited notes that the network read a known script, by the hashes of its path and of
// the user agent.
func (a *Activity) Visited(now time.Time, path, agent uint64) {
	t := now.Unix()
	a.days.Add(t)
	a.pages.Add(path, t/week)
	a.read.Add(agent, t/hour)
}

// ReadOther reports whether the network read a static file, or lately a known script,
// other than under the path of the hash. Paths pass for one another, one in 64.
func (a *Activity) ReadOther(now time.Time, path uint64) bool {
	return a != nil && (a.asset.Load() != 0 || a.pages.At(now.Unix()/week).Without(path) != 0)
}

// Fetched notes that it was served a static file.
func (a *Activity) Fetched(now time.Time, agent uint64) {
	t := now.Unix()
	a.read.Add(agent, t/hour)
	if t != a.asset.Load() {
		a.asset.Store(t)
	}
}

// Probed notes that it asked for a script that is not there.
func (a *Activity) Probed(now time.Time, path uint64) { a.probes.Add(path, now.Unix()/hour) }

// Sent notes that it sent a payload to a new script, or a strange one.
func (a *Activity) Sent(now time.Time, agent uint64) { a.sent.Add(agent, now.Unix()/hour) }

// Uploaded notes that it sent what can have been an upload.
func (a *Activity) Uploaded(now time.Time) { a.upload.Store(now.Unix()) }

// UploadedName notes the name of an uploaded file that a server may run.
func (a *Activity) UploadedName(now time.Time, name uint64) {
	a.named.Store(now.Unix())
	for i := range a.names {
		if a.names[i].Load() == name {
			return
		}
	}
	a.names[(a.next.Add(1)-1)%maxUploadNames].Store(name)
}
