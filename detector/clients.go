package detector

import (
	"hash/maphash"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/dgraph-io/ristretto/v2"
)

const (
	// maxClients is of how many client networks of a site it is remembered what they
	// did. A flood of others evicts most of them: nothing exact may rest on it.
	maxClients = 32 << 10
	// clientOverhead is what the cache keeps for an entry besides its value, in bytes: two
	// map entries, of 48 and 16 bytes, with the room that maps leave. A cache just
	// full was measured to hold 352 bytes an entry.
	clientOverhead = 168
	clientCost     = int64(unsafe.Sizeof(activity{})) + clientOverhead
	// clientCounters is for how many networks the cache estimates how often they
	// come: ten for each that it holds, as its documentation says, at three bytes.
	clientCounters = 10 * maxClients
	// clientBuffer is how many look-ups are told to the cache's policy at a time. Of the
	// 64 that its documentation suggests each costs an eighth of what the detector needs
	// for a known script, to wake whoever listens.
	clientBuffer = 512
)

// clients remembers what client networks did lately, up to maxClients of them: 11
// MiB when it is full, and 2 for the cache itself. It holds hashes and times, and no
// word of a client's. What is added may be dropped, and is not found at once.
//
// The cache is made for the first client, and ends some time after nothing can
// reach the clients any more: it must not be closed while it is used.
type clients struct {
	seed    maphash.Seed
	cache   atomic.Pointer[clientCache]
	making  sync.Mutex
	began   atomic.Int64 // Unix seconds of the first exchange
	pending atomic.Bool  // something was added that may not be found yet
}

type clientCache = ristretto.Cache[uint64, *activity]

func newClients() *clients { return &clients{seed: maphash.MakeSeed()} }

// get returns what is remembered of a network, or nil.
func (c *clients) get(network uint64) *activity {
	a, _ := c.cache.Load().Get(network) // nil finds nothing
	runtime.KeepAlive(c)
	return a
}

// meet returns what is remembered of a network, which begins now if there is
// nothing. It is told whether the network is known to have been here before.
func (c *clients) meet(network uint64, now time.Time, known bool) *activity {
	if a := c.get(network); a != nil {
		return a
	}
	c.began.CompareAndSwap(0, now.Unix())
	a := &activity{met: now.Unix()}
	a.stranger = !known && a.met-c.began.Load() >= int64(strangerFor/time.Second)
	if c.open().Set(network, a, clientCost) {
		c.pending.Store(true)
	}
	runtime.KeepAlive(c)
	return a
}

// settle waits until all that was added can be found.
func (c *clients) settle() {
	if c.pending.Load() && c.pending.Swap(false) {
		c.cache.Load().Wait()
		runtime.KeepAlive(c)
	}
}

// open returns the cache, and makes it if there is none.
func (c *clients) open() *clientCache {
	if cache := c.cache.Load(); cache != nil {
		return cache
	}
	c.making.Lock()
	defer c.making.Unlock()
	if cache := c.cache.Load(); cache != nil {
		return cache
	}
	cache, err := ristretto.NewCache(&ristretto.Config[uint64, *activity]{
		NumCounters: clientCounters, MaxCost: maxClients * clientCost, BufferItems: clientBuffer,
		IgnoreInternalCost:     true,                                                        // clientCost has it
		TtlTickerDurationInSec: int64(24 * time.Hour / time.Second),                         // nothing expires
		KeyToHash:              func(network uint64) (uint64, uint64) { return network, 0 }, // it is a hash
		ShouldUpdate:           func(_, _ *activity) bool { return false },                  // the first remembers more
	})
	if err != nil {
		panic(err) // it tells of settings that are not positive
	}
	runtime.AddCleanup(c, (*clientCache).Close, cache)
	c.cache.Store(cache)
	return cache
}

// hash identifies a client's text, until the program ends.
func (c *clients) hash(text string) uint64 { return maphash.String(c.seed, text) }
