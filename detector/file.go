package detector

import (
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// clockTick is how much older than now a kernel may stamp a file: Linux takes the
// time of its last tick, of which there are at least 100 a second.
const clockTick = 10 * time.Millisecond

// FileState says what is at a script's path under its document root.
type FileState uint8

// The states of a file.
const (
	FileUnknown FileState = iota // no root is known, or it could not be read
	FileMissing                  // nothing is there
	FileThere                    // a regular file is there
	FileOther                    // a directory or something else that cannot be a script
)

// File is evidence about a script's file.
type File struct {
	State FileState
	// ID tells two files apart where the system can: two spellings of a path may
	// be one file, or two.
	ID [2]uint64
	// Changed is the inode's change time where the system has one: unlike the
	// modification time, `touch` cannot set it. Zero if unknown. A link to the file, or on
	// its way, and a directory that was moved there, count as its change.
	Changed time.Time
	// Settled is the newest change time of the file and of all directories and links
	// between it and the root: since then it lies where it lies. Zero if unknown. A
	// directory also changes when anything is put into it.
	Settled time.Time
	// Hidden is true if the state is unknown because the guard may not look: a directory
	// on the way, and not the root, cannot be entered.
	Hidden bool
}

// unchangedSince returns the time since which nothing about the file can have changed.
func (f *File) unchangedSince() time.Time {
	if f.Settled.After(f.Changed) {
		return f.Settled
	}
	return f.Changed
}

// Files looks at the files of scripts. It is asked about scripts that are not
// trusted only, must be quick, and may be called concurrently.
type Files interface {
	Stat(baseline.Key) File
}

// noFiles knows nothing of any file.
type noFiles struct{}

func (noFiles) Stat(baseline.Key) File { return File{} }
