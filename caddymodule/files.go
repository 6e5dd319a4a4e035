package caddymodule

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

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
}

type look struct {
	file detector.File
	at   time.Time
}

func newFiles() *files { return &files{looks: make(map[baseline.Key]look)} }

// Stat implements detector.Files.
func (f *files) Stat(key baseline.Key) detector.File {
	now := time.Now()
	f.mu.Lock()
	known, ok := f.looks[key]
	f.mu.Unlock()
	if ok && now.Sub(known.at) < fileFresh {
		return known.file
	}
	file := statKey(key)
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

// statKey looks at a script's file.
func statKey(key baseline.Key) detector.File {
	return stat(filepath.FromSlash(caddyhttp.SanitizedPathJoin(key.Root, key.Path)))
}

func stat(name string) detector.File {
	info, err := os.Stat(name)
	switch {
	// A name no file can have, or a file where a directory should be, is as
	// good as missing.
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.EINVAL),
		errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.ENAMETOOLONG):
		return detector.File{State: detector.FileMissing}
	case err != nil:
		return detector.File{}
	case !info.Mode().IsRegular():
		return detector.File{State: detector.FileOther}
	}
	file := detector.File{State: detector.FileThere}
	file.Changed, file.ID = identify(info)
	// A new link to an old file is a new script.
	if link, err := os.Lstat(name); err == nil {
		if changed, _ := identify(link); changed.After(file.Changed) {
			file.Changed = changed
		}
	}
	return file
}
