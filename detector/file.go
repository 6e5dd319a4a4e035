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
	// modification time, `touch` cannot set it. Zero if unknown.
	Changed time.Time
}

// Files looks at the files of scripts. It is asked about scripts that are not
// trusted only, must be quick, and may be called concurrently.
type Files interface {
	Stat(baseline.Key) File
}

// noFiles knows nothing of any file.
type noFiles struct{}

func (noFiles) Stat(baseline.Key) File { return File{} }
