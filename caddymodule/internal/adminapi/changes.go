package adminapi

import (
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// Change is several scripts that came together and wait for a decision.
type Change struct {
	Directory string    `json:"directory"`
	Root      string    `json:"root,omitempty"`
	Since     time.Time `json:"since"`
	Last      time.Time `json:"last"` // when the latest of them was first seen
	// Client is who sent something to the script After shortly before, as far as that is
	// known.
	Client string `json:"client,omitempty"`
	After  string `json:"after,omitempty"`
	// Pattern is what approves all of them.
	Pattern string `json:"pattern"`
	// Scripts are those that Pattern approves.
	Scripts []string `json:"scripts"`
	// Flagged are those that it leaves out, because more stands against them than that they
	// are new.
	Flagged []FlaggedScript `json:"flagged"`
}

// ChangeList is what the API answers about the changes of a site, the latest first.
type ChangeList struct {
	Site    string   `json:"site"`
	Changes []Change `json:"changes"`
}

func (c *siteCall) changes() error {
	answer := ChangeList{Site: c.settings.Name, Changes: []Change{}}
	for _, change := range c.memory.Changes.List() {
		answer.Changes = append(answer.Changes, c.newChange(&change))
	}
	return reply(c.w, answer)
}

func (c *siteCall) newChange(change *baseline.Change) Change {
	out := Change{
		Directory: change.Directory.Path, Root: change.Directory.Root, Since: change.Since, Last: change.Last, After: change.After,
		Pattern: change.Pattern(), Scripts: []string{}, Flagged: []FlaggedScript{},
	}
	if change.Client.IsValid() {
		out.Client = change.Client.String()
	}
	for _, path := range change.Scripts {
		key := baseline.Key{Root: change.Directory.Root, Path: path}
		if e, _ := c.memory.Evidence.Of(key); e.Standing && !e.Mere {
			e.Key = key
			out.Flagged = append(out.Flagged, newFlaggedScript(&e))
			continue
		}
		out.Scripts = append(out.Scripts, path)
	}
	return out
}
