package main

import (
	"path"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// disk are the files of a made-up document root: the scripts that the log shows, which
// are older than it, and those that an attacker or a deployment wrote later.
type disk map[string]time.Time

// Stat looks a script up.
func (d disk) Stat(key baseline.Key) detector.File {
	changed, ok := d[key.Path]
	switch {
	case key.Root == "":
		return detector.File{}
	case !ok:
		return detector.File{State: detector.FileMissing}
	case changed.IsZero():
		return detector.File{State: detector.FileOther}
	}
	return detector.File{State: detector.FileThere, ID: [2]uint64{1, uint64(hash(key.Path))}, Changed: changed}
}

// write puts a file there, and the directories that it lies in.
func (d disk) write(name string, changed time.Time) {
	d[name] = changed
	for dir := path.Dir(name); dir != "/"; dir = path.Dir(dir) {
		d[dir] = time.Time{}
	}
	d["/"] = time.Time{}
}

// diskOf holds the scripts that ran, all of them older than the log.
func diskOf(s *site) disk {
	d := make(disk)
	for i := range s.entries {
		if n := namer.Name(s.entries[i].EffectivePath); n.Script && s.entries[i].Status != 404 {
			d.write(n.Path, s.first.Add(-30*24*time.Hour))
		}
	}
	return d
}

// rooted is the site with its document root known.
func rooted(s *site) *site {
	return derive(s, func(x *detector.Exchange, _ bool) { x.Root, x.EffectiveRoot = serverRoot, serverRoot },
		[]form{{page: "/contact.php", to: "/contact.php", body: "name=%s&email=a%40example.org&message=%s"}})
}
