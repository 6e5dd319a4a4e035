package caddymodule

import (
	"sync"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

const (
	fileFresh    = 2 * time.Second // how long a look at a file is good for
	maxFileLooks = 4096
)

// files looks at scripts' files, and remembers for seconds those it found. A
// file that is missing is looked for each time: it may appear any moment, and
// then its first request counts.
type files struct {
	mu    sync.Mutex
	looks map[baseline.Key]look

	configured configurations // guarded by mu
	closed     closedDirectories
}

type look struct {
	file detector.File
	at   time.Time
}

func newFiles() *files {
	return &files{looks: make(map[baseline.Key]look), configured: make(configurations)}
}

// Stat implements detector.Files.
func (f *files) Stat(key baseline.Key) detector.File {
	now := time.Now()
	f.mu.Lock()
	known, ok := f.looks[key]
	f.mu.Unlock()
	if ok && now.Sub(known.at) < fileFresh {
		return known.file
	}
	file, closed := lookAt(key)
	if closed != "" {
		f.closed.add(closed)
	}
	if file.State != detector.FileThere {
		return file
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.looks) >= maxFileLooks {
		clear(f.looks)
	}
	f.looks[key] = look{file: file, at: now}
	return file
}
