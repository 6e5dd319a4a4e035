package baseline

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"time"
	"unsafe"

	"github.com/dchest/siphash"
)

// Hasher hashes what is kept of requests, keyed by a secret of the site. Whoever does
// not know it can neither look up an address nor make two names count as one.
type Hasher struct{ secret [2]uint64 }

// Network identifies the network of a client: the /24 of an IPv4 address, or the
// /48 of an IPv6 address (the size of an end site, RFC 6177). All unknown addresses
// are one network.
func (h Hasher) Network(client netip.Addr) uint64 {
	client = client.Unmap()
	size := 48
	if client.Is4() {
		size = 24
	}
	prefix, err := client.Prefix(size)
	if err != nil {
		return h.bytes(nil)
	}
	addr := prefix.Addr().As16()
	return h.bytes(addr[:])
}

// Text hashes a text. It does not allocate.
func (h Hasher) Text(text string) uint64 { return h.chain(h.secret[0], text) }

// FileName identifies the name of a file, whatever its case.
func (h Hasher) FileName(name string) uint64 { return h.Text(strings.ToLower(name)) }

// hashedAtOnce is how many bytes of a text are hashed at a time. What is stored depends on
// it.
const hashedAtOnce = 128

// chain hashes a text together with the hash of what came before it. It does not
// allocate.
func (h Hasher) chain(before uint64, text string) uint64 {
	rest := unsafe.Slice(unsafe.StringData(text), len(text)) //nolint:gosec // it is only read; a conversion would copy
	for {
		n := min(len(rest), hashedAtOnce)
		before = siphash.Hash(before, h.secret[1], rest[:n])
		if rest = rest[n:]; len(rest) == 0 {
			return before
		}
	}
}

// Sample identifies a visit of a client network on the UTC day of a time.
func (h Hasher) Sample(network uint64, t time.Time) uint64 {
	return h.sample(network, t.Unix()/secondsPerDay)
}

// sample identifies a visit of a client network on a day.
func (h Hasher) sample(network uint64, day int64) uint64 {
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:], network)
	binary.LittleEndian.PutUint64(b[8:], uint64(day))
	return h.bytes(b[:])
}

func (h Hasher) bytes(b []byte) uint64 { return siphash.Hash(h.secret[0], h.secret[1], b) }
