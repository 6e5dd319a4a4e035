package caddymodule

import (
	"io/fs"
	"syscall"
	"time"
)

// identify returns the inode's change time, which `touch` cannot set, and what
// tells it from other files.
func identify(info fs.FileInfo) (changed time.Time, id [2]uint64) {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return time.Unix(st.Ctim.Unix()), [2]uint64{uint64(st.Dev), st.Ino} //nolint:unconvert // Dev is narrower on some processors
	}
	return info.ModTime(), id
}
