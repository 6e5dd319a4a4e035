package caddymodule

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// statKey looks at a script's file.
func statKey(key baseline.Key) detector.File {
	file, _ := lookAt(key)
	return file
}

// nameOf is the name of a script's file.
func nameOf(key baseline.Key) string {
	return filepath.FromSlash(caddyhttp.SanitizedPathJoin(key.Root, key.Path))
}

// lookAt looks at a script's file. closed is the directory below the root that does not
// let the guard look, if one does not.
func lookAt(key baseline.Key) (file detector.File, closed string) {
	name := nameOf(key)
	info, err := os.Stat(name)
	switch {
	// A name no file can have, or a file where a directory should be, is as
	// good as missing.
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.EINVAL),
		errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.ENAMETOOLONG):
		return detector.File{State: detector.FileMissing}, ""
	case errors.Is(err, fs.ErrPermission):
		closed = closedAbove(key.Root, name)
		return detector.File{Hidden: closed != ""}, closed
	case err != nil:
		return detector.File{}, ""
	case !info.Mode().IsRegular():
		changed, _ := identify(info)
		return detector.File{State: detector.FileOther, Changed: changed}, ""
	}
	file = detector.File{State: detector.FileThere}
	file.Changed, file.ID = identify(info)
	file.Settled = file.Changed
	for at := range partsBelow(key.Root, name) {
		info, err := os.Lstat(at)
		if err != nil {
			continue // removed meanwhile
		}
		changed, _ := identify(info)
		file.Settled = latest(file.Settled, changed)
		if placed(info, changed) {
			file.Changed = latest(file.Changed, changed)
		}
	}
	return file, ""
}

// placed reports whether the change of a part of a file's name is that it came there. A
// link never changes otherwise. A directory that something was put into was modified in
// that moment, too; a move changes it without. So does giving it another owner or time.
func placed(info fs.FileInfo, changed time.Time) bool {
	return !info.IsDir() || changed.After(info.ModTime())
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// partsBelow lists the names of a file and of the directories above it, up to but without
// the root.
func partsBelow(root, name string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for root = filepath.Clean(root); len(name) > len(root) && yield(name); name = filepath.Dir(name) {
		}
	}
}

// closedAbove returns the directory below the root that cannot be entered on the way to a
// file, or the link to where it cannot, or "" if it is the root, or one above it.
func closedAbove(root, name string) (closed string) {
	for at := range partsBelow(root, name) {
		if info, err := os.Lstat(at); err == nil {
			if info.IsDir() || info.Mode()&fs.ModeSymlink != 0 {
				return at
			}
			return ""
		}
	}
	return ""
}
