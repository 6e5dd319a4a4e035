package caddymodule

import (
	"os"
	"path/filepath"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

const (
	// configurationFresh is how long a look at a directory's configuration is good for.
	configurationFresh = 5 * time.Second
	// maxConfigurationLooks bounds the directories of which that is remembered.
	maxConfigurationLooks = 4096
	// maxConfigurationDepth bounds the directories that are looked at for one script.
	maxConfigurationDepth = 32
)

// configurationNames are the files by which a directory can have its scripts run other
// code: PHP's, Apache's and those of IIS.
var configurationNames = [...]string{".user.ini", ".htaccess", "web.config"}

// configurations are looks at directories' configuration, by the directory's name.
type configurations map[string]configurationLook

type configurationLook struct {
	found []detector.Configuration
	at    time.Time
}

// Changes implements detector.ChangeWatch.
func (f *files) Changes(key baseline.Key) (c detector.Changes) {
	file, _ := lookAt(key)
	c.File = file.Changed
	root := filepath.Clean(key.Root)
	dir := filepath.Dir(nameOf(key))
	for range maxConfigurationDepth {
		c.Configurations = append(c.Configurations, f.configurationIn(root, dir)...)
		if len(dir) <= len(root) {
			break
		}
		dir = filepath.Dir(dir)
	}
	return c
}

// configurationIn returns the files that configure a directory.
func (f *files) configurationIn(root, dir string) []detector.Configuration {
	now := time.Now()
	f.mu.Lock()
	known, ok := f.configured[dir]
	f.mu.Unlock()
	if ok && now.Sub(known.at) < configurationFresh {
		return known.found
	}
	look := configurationLook{at: now}
	for _, name := range configurationNames {
		if changed, there := changedAt(filepath.Join(dir, name)); there {
			path := filepath.ToSlash(filepath.Join(dir, name)[len(root):])
			look.found = append(look.found, detector.Configuration{Path: withSlash(path), Changed: changed})
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.configured) >= maxConfigurationLooks {
		clear(f.configured)
	}
	f.configured[dir] = look
	return look.found
}

// withSlash gives a path below the root its leading slash, which one below "/" lacks.
func withSlash(path string) string {
	if path == "" || path[0] != '/' {
		return "/" + path
	}
	return path
}

// changedAt returns when a file, or a link to it, was changed last, if it is there.
func changedAt(name string) (changed time.Time, there bool) {
	link, err := os.Lstat(name)
	if err != nil {
		return time.Time{}, false
	}
	changed, _ = identify(link)
	if info, err := os.Stat(name); err == nil {
		file, _ := identify(info)
		changed = latest(changed, file)
	}
	return changed, true
}

// Interface guard.
var _ detector.ChangeWatch = (*files)(nil)
