// Package port hands out ports of loopback to tests and harnesses that run at the same time.
package port

import (
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
)

// A process takes its ports from blocks that are its own: it listens on the first port of each
// for as long as it lives. All lie below the ports that Linux gives to outgoing connections,
// which would take one between its being found free and a server's listening.
const (
	lowest  = 12_000
	highest = 32_000
	size    = 100
	blocks  = (highest - lowest) / size
)

var (
	mu     sync.Mutex
	claims []net.Listener
	next   int
)

// Free is a port that nobody listens on, and that neither this process nor another one of those
// that use this package was given before.
func Free() (int, error) {
	mu.Lock()
	defer mu.Unlock()
	for range highest - lowest {
		if next%size == 0 {
			if err := claim(); err != nil {
				return 0, err
			}
		}
		port := next
		next++
		if l, err := net.Listen("tcp", fmt.Sprintf(":%d", port)); err == nil {
			return port, l.Close()
		}
	}
	return 0, errors.New("no free port")
}

// claim takes a block that no other process has, and makes its second port the next.
func claim() error {
	for n := range blocks {
		first := lowest + (os.Getpid()+n)%blocks*size
		if l, err := net.Listen("tcp", fmt.Sprintf(":%d", first)); err == nil {
			claims = append(claims, l)
			next = first + 1
			return nil
		}
	}
	return errors.New("no free port: other processes have them all")
}
