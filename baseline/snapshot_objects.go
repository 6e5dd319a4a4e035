package baseline

import "errors"

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

// maxObjectSize bounds an object, in bytes: Caddy's storage takes it as one slice.
const maxObjectSize = 4 << 20
