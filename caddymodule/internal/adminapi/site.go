package adminapi

import (
	"net/url"
	"sync"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// Site is a site that the running configuration guards.
//
// An operator's change holds the lock until it is stored, so that changes come one
// after another. Everything else may be called at any time.
type Site interface {
	sync.Locker
	detector.Files

	Settings() Settings
	// Memory is what is known of the site. [Site.Replace] makes it another.
	Memory() *detector.Memory
	// Faults are sentences about what is wrong; none is an empty list.
	Faults(now time.Time) []string

	// Save stores the site, whether or not anything has changed. The error is a
	// [baseline.ForeignError] if another process stores it.
	Save() error
	// Replace puts another baseline in the place of the site's, also in storage.
	Replace(*baseline.Site)
	// Decided logs what an operator decided in one call.
	Decided([]baseline.Decision)
	// Deploying logs that a deploy window is open, and Deployed that one was ended, in
	// which so many scripts came.
	Deploying(baseline.DeployWindow)
	Deployed(ended baseline.DeployWindow, scripts int)
	// Contained, EndChanged, Released and Relearned log a change and emit its event.
	Contained(baseline.Containment)
	EndChanged(from, to baseline.Containment)
	Released()
	Relearned()
}

// Settings are a site's options.
type Settings struct {
	Name     string
	Mode     string // the strictest of its handlers'
	Suffixes []string
	Limits   baseline.Limits
	// Roots are the document roots that are the same for every request.
	Roots []string
}

// SitePath is the path below [Prefix] of a site, or of what the API has about it.
func SitePath(site, action string) string {
	path := "sites/" + url.PathEscape(site)
	if site == "." || site == ".." {
		path = "sites/" + "%2E%2E"[:3*len(site)] // which PathEscape leaves, and servers resolve
	}
	if action != "" {
		path += "/" + action
	}
	return path
}
