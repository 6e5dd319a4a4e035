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

// DefaultDeploy is how long a deploy window is open if nobody says.
const DefaultDeploy = 10 * time.Minute

const maxDeploy = 7 * 24 * time.Hour

// Deployment is what deploy answers.
type Deployment struct {
	Site    string    `json:"site"`
	Until   time.Time `json:"until"`
	Trusted int       `json:"trusted"` // scripts of the manifest
	Listed  int       `json:"listed"`  // those among data, which somebody should look at
	NoRoom  int       `json:"no_room"`
	// Flagged are scripts of the manifest that were left out, because evidence stands
	// against them: approve takes them by name.
	Flagged []FlaggedScript `json:"flagged"`
}

func (c *siteCall) deploy() error {
	order := struct {
		For      *caddy.Duration `json:"for"`
		Manifest []string        `json:"manifest"`
	}{}
	if err := c.decode(&order, true); err != nil {
		return err
	}
	length := DefaultDeploy
	if order.For != nil {
		length = time.Duration(*order.For)
	}
	if length < 0 || length > maxDeploy {
		return apiError(http.StatusBadRequest, "for: %s: want at most %s, or 0s to end the deploy window", length, maxDeploy)
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
		files := map[string]baseline.FileManifest{}
		keys, _ := c.match(patterns, true)
		for _, key := range keys {
			m := files[key.Root]
			if scriptpath.DataDirectory(key.Path) != "" {
				m.Listed = append(m.Listed, key.Path)
			} else {
				m.Scripts = append(m.Scripts, key.Path)
			}
			files[key.Root] = m
		}
		answer := Deployment{Site: c.settings.Name, Until: c.now.Add(length), Flagged: []FlaggedScript{}}
		c.memory.Decisions.Deploy(length, "the admin API said so", c.now)
		for root, m := range files {
			a := c.memory.Decisions.Adopt(m, root, "a manifest given to the admin API", c.now, c.settings.Limits)
			answer.Trusted, answer.Listed, answer.NoRoom = answer.Trusted+a.Trusted, answer.Listed+a.Listed, answer.NoRoom+a.NoRoom
			for _, e := range a.Flagged {
				answer.Flagged = append(answer.Flagged, newFlaggedScript(&e))
			}
		}
		slices.SortFunc(answer.Flagged, func(a, b FlaggedScript) int {
			return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Root, b.Root))
		})
		return answer, true, nil
	})
}
