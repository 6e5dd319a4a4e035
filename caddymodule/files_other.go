//go:build !linux

package caddymodule

import (
	"io/fs"
	"time"
)

// identify returns the modification time: weaker evidence, because it can be
// set. Files are not told apart.
func identify(info fs.FileInfo) (changed time.Time, id [2]uint64) { return info.ModTime(), id }
