package baseline

import (
	"errors"
	"fmt"
)

// Objects is where snapshots are kept: named byte slices, as Caddy's storage
// has them. Load and Delete of a name that is not there fail with
// [fs.ErrNotExist].
type Objects interface {
	Load(name string) ([]byte, error)
	Store(name string, object []byte) error
	Delete(name string) error
}

// ErrUnread is in the chain of errors about a snapshot that storage did not give.
var ErrUnread = errors.New("snapshot not read")

// ErrCorrupt is in the chain of errors about a snapshot that was read but makes
// no sense.
var ErrCorrupt = errors.New("corrupt snapshot")

// An outdatedError is of a snapshot in a format, the value, that only earlier versions
// read. It passes for [ErrCorrupt], so that the snapshot is set aside.
type outdatedError int

func (e outdatedError) Error() string {
	return fmt.Sprintf("snapshot format %d is of an earlier version, this one reads %d: let the site learn anew, "+
		"or import what `train` makes of its access logs; then repeat what was approved and denied", int(e), snapshotFormat)
}

// Is implements the interface of [errors.Is].
func (outdatedError) Is(target error) bool { return target == ErrCorrupt }

// maxObjectSize bounds an object, in bytes: Caddy's storage takes it as one slice.
const maxObjectSize = 4 << 20
