package adminapi

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

// DefaultDeploy is how long a deploy window is open if nobody says, and gives no
// manifest either.
const DefaultDeploy = 10 * time.Minute

// maxDeploy bounds a deploy window from its beginning: what comes in it is not new.
const maxDeploy = 24 * time.Hour

// deployOrder is what deploy takes: a window, a manifest, or both. Without any it opens
// a window of [DefaultDeploy].
type deployOrder struct {
	For      *caddy.Duration `json:"for"` // 0 ends the window that is open
	Manifest []string        `json:"manifest"`
	// AllowMissing trusts paths of the manifest that name no file yet.
	AllowMissing bool `json:"allow_missing"`
}

// Deployment is what deploy answers.
type Deployment struct {
	Site string `json:"site"`
	// Until is when the deploy window that is open ends by itself; null if none is open.
	Until *time.Time `json:"until"`
	// Ended is the window that this call ended, if it ended one.
	Ended   *EndedWindow `json:"ended,omitempty"`
	Trusted int          `json:"trusted"` // scripts of the manifest
	Listed  int          `json:"listed"`  // those among data, which somebody should look at
	// Flagged are scripts of the manifest that were left out, because evidence stands
	// against them: approve takes them by name.
	Flagged []FlaggedScript `json:"flagged"`
	// Missing are paths of the manifest that name no file. Unless allow_missing was given
	// they are neither trusted nor listed.
	Missing []MissingFile `json:"missing"`
}

// EndedWindow is a deploy window that an operator ended.
type EndedWindow struct {
	Since   time.Time `json:"since"`
	Scripts int       `json:"scripts"` // that came in it
}

// window returns how long a deploy window is asked for, and whether one is.
func (o *deployOrder) window() (length time.Duration, asked bool) {
	if o.For != nil {
		return time.Duration(*o.For), true
	}
	return DefaultDeploy, o.Manifest == nil
}

func (c *siteCall) deploy() error {
	var order deployOrder
	if err := c.decode(&order, true); err != nil {
		return err
	}
	length, window := order.window()
	if length < 0 || length > maxDeploy {
		return apiError(http.StatusBadRequest, "for: %s: a deploy window lasts at most %s; want that or less, or 0s to end the one that is open", length, maxDeploy)
	}
	patterns, err := c.patterns(order.Manifest)
	if err != nil {
		return err
	}
	for _, p := range patterns {
		if p.exact == "" {
			return apiError(http.StatusBadRequest, "manifest: %q: want paths, not patterns", p.text)
		}
	}
	return c.change(func() (any, bool, error) {
		answer := Deployment{Site: c.settings.Name, Flagged: []FlaggedScript{}, Missing: []MissingFile{}}
		if window {
			if err := c.checkDeployWindow(length); err != nil {
				return nil, false, err
			}
		}
		if order.Manifest != nil {
			if err := c.adoptManifest(patterns, order.AllowMissing, &answer); err != nil {
				return nil, false, err
			}
		}
		if window {
			c.setDeployWindow(length, &answer)
		}
		if w, open := c.memory.Decisions.Deploying(c.now); open {
			answer.Until = &w.Until
		}
		return answer, window || order.Manifest != nil, nil
	})
}

// checkDeployWindow refuses a window that would be open for too long.
func (c *siteCall) checkDeployWindow(length time.Duration) error {
	if w, open := c.memory.Decisions.Deploying(c.now); open && c.now.Add(length).Sub(w.Since) > maxDeploy {
		return apiError(http.StatusConflict, "for: %s: the deploy window has been open since %s and lasts at most %s in all: end it first, with 0s",
			length, w.Since.Format(time.RFC3339), maxDeploy)
	}
	return nil
}

// setDeployWindow opens a deploy window or gives the open one a new end, which is now
// if the length is 0.
func (c *siteCall) setDeployWindow(length time.Duration, answer *Deployment) {
	decisions := &c.memory.Decisions
	if length > 0 {
		c.site.Deploying(decisions.Deploy(length, c.by, c.now))
		return
	}
	if w, wasOpen := decisions.EndDeploy(c.by, c.now); wasOpen {
		answer.Ended = &EndedWindow{Since: w.Since, Scripts: c.memory.Scripts.CountDeployed(w)}
		c.site.Deployed(w, answer.Ended.Scripts)
	}
}

// adoptManifest trusts the scripts of a manifest, and lists those among data. A list of
// names vouches for no file that is not there: whoever puts one there later, under a name
// that an application is known to have, would be trusted.
func (c *siteCall) adoptManifest(patterns []pathPattern, allowMissing bool, answer *Deployment) error {
	keys, _ := c.match(patterns, true)
	answer.Missing = c.missing(keys, patterns)
	leftOut := make(map[string]struct{})
	if !allowMissing {
		for _, m := range answer.Missing {
			leftOut[m.Path] = struct{}{}
		}
	}
	var m baseline.Manifest
	for _, key := range keys {
		if _, out := leftOut[key.Path]; out {
			continue
		}
		if scriptpath.DataDirectory(key.Path) != "" {
			m.Listed = append(m.Listed, key)
		} else {
			m.Scripts = append(m.Scripts, key)
		}
	}
	adopted, err := c.memory.Decisions.Adopt(m, c.by, c.now, c.settings.Limits)
	if err != nil {
		return apiError(http.StatusInsufficientStorage, "%v; nothing was changed", err)
	}
	answer.Trusted, answer.Listed = adopted.Trusted, adopted.Listed
	for _, e := range adopted.Flagged {
		answer.Flagged = append(answer.Flagged, newFlaggedScript(&e))
	}
	slices.SortFunc(answer.Flagged, func(a, b FlaggedScript) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Root, b.Root))
	})
	return nil
}
