package caddymodule

import (
	"io/fs"
	"syscall"
	"time"
)

// changed is the inode's change time, which `touch` cannot set.
func changed(info fs.FileInfo) time.Time {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return time.Unix(st.Ctim.Unix())
	}
	return info.ModTime()
}
