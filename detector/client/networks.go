package client

import (
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
	clientCost     = int64(unsafe.Sizeof(Activity{})) + clientOverhead
	// clientCounters is for how many networks the cache estimates how often they
	// come: ten for each that it holds, as its documentation says, at three bytes.
	clientCounters = 10 * maxClients
	// clientBuffer is how many look-ups are told to the cache's policy at a time. Of the
	// 64 that its documentation suggests each costs an eighth of what the detector needs
	// for a known script, to wake whoever listens.
	clientBuffer = 512
)

// Networks remembers what client networks did lately, up to 32,768 of them: 11 MiB when
// it is full, and 2 for the cache itself. What is added may be dropped, and is not found
// at once. Methods may be called concurrently.
//
// The cache is made for the first network, and ends some time after nothing can reach
// the Networks any more: it must not be closed while it is used.
type Networks struct {
	cache   atomic.Pointer[clientCache]
	making  sync.Mutex
	began   atomic.Int64 // Unix seconds of the first exchange
	pending atomic.Bool  // something was added that may not be found yet
}

type clientCache = ristretto.Cache[uint64, *Activity]

// NewNetworks returns a memory of no network.
func NewNetworks() *Networks { return new(Networks) }

// Get returns what is remembered of a network, or nil.
func (n *Networks) Get(network uint64) *Activity {
	a, _ := n.cache.Load().Get(network) // nil finds nothing
	runtime.KeepAlive(n)
	return a
}

// Meet returns what is remembered of a network, which begins now if there is
// nothing. known says whether the network is known to have been here before.
func (n *Networks) Meet(network uint64, now time.Time, known bool) *Activity {
	if a := n.Get(network); a != nil {
		return a
	}
	n.began.CompareAndSwap(0, now.Unix())
	a := &Activity{met: now.Unix()}
	a.stranger = !known && a.met-n.began.Load() >= int64(strangerFor/time.Second)
	if n.open().Set(network, a, clientCost) {
		n.pending.Store(true)
	}
	runtime.KeepAlive(n)
	return a
}

// Flush waits until all that was added can be found. In line nothing should wait for
// that.
func (n *Networks) Flush() {
	if n.pending.Load() && n.pending.Swap(false) {
		n.cache.Load().Wait()
		runtime.KeepAlive(n)
	}
}

// open returns the cache, and makes it if there is none.
func (n *Networks) open() *clientCache {
	if cache := n.cache.Load(); cache != nil {
		return cache
	}
	n.making.Lock()
	defer n.making.Unlock()
	if cache := n.cache.Load(); cache != nil {
		return cache
	}
	cache, err := ristretto.NewCache(&ristretto.Config[uint64, *Activity]{
		NumCounters: clientCounters, MaxCost: maxClients * clientCost, BufferItems: clientBuffer,
		IgnoreInternalCost:     true,                                                        // clientCost has it
		TtlTickerDurationInSec: int64(24 * time.Hour / time.Second),                         // nothing expires
		KeyToHash:              func(network uint64) (uint64, uint64) { return network, 0 }, // it is a hash
		ShouldUpdate:           func(_, _ *Activity) bool { return false },                  // the first remembers more
	})
	if err != nil {
		panic(err) // it tells of settings that are not positive
	}
	runtime.AddCleanup(n, (*clientCache).Close, cache)
	n.cache.Store(cache)
	return cache
}
