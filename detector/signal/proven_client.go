package signal

import (
	"fmt"
	"time"
)

// Proven is what was found out within the last hour of the client that sends a payload:
// a request of it to the same endpoint was malicious. The zero value is of a client of
// which nothing was.
type Proven struct {
	// By is what it is known by, "network" or "session".
	By    string
	Ago   time.Duration // since the latest such request
	Score float64       // of that, in bits
}

// provenClient: a request of the same client to the same endpoint was malicious within
// the last hour. It is not weighed: the verdict is that of the earlier request, which had
// its answer to go by.
var provenClient = Signal{
	ID: ProvenClientID, Name: "proven-client", Family: Host,
	Bits: func(*Features) float64 { return 0 },
	Why: func(f *Features) string {
		p := &f.Proven
		return fmt.Sprintf("this %s's request %s ago was malicious (%.1f bits)", p.By, ago(p.Ago), p.Score)
	},
}

// ago tells a time of up to an hour.
func ago(d time.Duration) string {
	unit, n := "second", max(d, 0)/time.Second
	if d >= time.Minute {
		unit, n = "minute", d/time.Minute
	}
	if n != 1 {
		unit += "s"
	}
	return fmt.Sprintf("%d %s", n, unit)
}
