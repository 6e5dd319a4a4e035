package signal

import (
	"fmt"
	"math"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// mostRecurrence is the most that recurrence takes away, in bits: what eight networks
// brought on three days is an eighth as surprising.
const mostRecurrence = 3

// recurrence is by how many bits the evidence of something strange is less because it
// came before, after the end of learning: one for each doubling of the client networks
// that brought it, and at most one for each day. It never makes it known: an operator's
// approval does.
func recurrence(since baseline.Recurrence) float64 {
	return min(clamp(math.Log2(float64(max(1, since.Networks))), 0, mostRecurrence), float64(since.Days))
}

// cameSince says in words how often it came.
func cameSince(since baseline.Recurrence) string {
	if since.Networks == 0 {
		return ""
	}
	return fmt.Sprintf("; %d networks brought it since, on %d days", since.Networks, since.Days)
}
