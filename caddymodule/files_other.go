//go:build !linux

package caddymodule

import (
	"io/fs"
	"time"
)

// changed is the modification time: weaker evidence, because it can be set.
func changed(info fs.FileInfo) time.Time { return info.ModTime() }
