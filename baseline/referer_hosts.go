package baseline

import (
	"strings"
	"sync"
	"sync/atomic"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/sketch"
)

const (
	// maxRefererHosts bounds the hosts that are counted. Clients choose them, so one that
	// few networks named makes room for the next.
	maxRefererHosts = 64
	// refererNetworks is how many client networks must have come from a host until it can
	// be the site's own: as many as trust costs.
	refererNetworks = trustedNetworks
	// maxHostLen is the longest name of a host, in bytes (RFC 1035, section 2.3.4).
	maxHostLen = 255
)

// RefererHosts finds out the site's own host where logs do not name it: most networks come
// from its pages, above all those that fetch style sheets and pictures. It learns while the
// site does. Reading takes no lock.
type RefererHosts struct {
	period *learningPeriod
	dirty  *dirtyMark
	own    atomic.Pointer[string]

	mu    sync.Mutex
	hosts map[string]*refererHost
	best  uint64 // rank of the own host
}

// refererHost holds the client networks that came from a host's pages.
type refererHost struct{ all, toFiles sketch.Distinct }

// rank orders hosts: by the networks that fetched static files, which the pages of other
// hosts hardly link, then by all. It is 0 if the networks are too few.
func (h *refererHost) rank() uint64 {
	all, toFiles := h.all.Count(), h.toFiles.Count()
	if toFiles < refererNetworks {
		toFiles = 0
	}
	if all < refererNetworks {
		return 0
	}
	return uint64(toFiles)<<32 | uint64(all)
}

// Own returns the site's own host in lower case, without a leading "www.", or "" if that is
// not known.
func (r *RefererHosts) Own() string {
	if own := r.own.Load(); own != nil {
		return *own
	}
	return ""
}

// Learn notes that a network came from a page of the host, perhaps to a static file.
func (r *RefererHosts) Learn(host string, network uint64, toFile bool) {
	if !r.period.lasts() || host == "" || len(host) > maxHostLen {
		return
	}
	name := siteName(host)
	r.mu.Lock()
	defer r.mu.Unlock()
	found := r.hosts[name]
	if found == nil {
		found = r.add(strings.Clone(name))
	}
	grown := found.all.Add(network)
	if toFile {
		grown = found.toFiles.Add(network) || grown
	}
	if !grown {
		return
	}
	if rank := found.rank(); rank > r.best {
		r.best = rank
		if r.Own() != name {
			r.own.Store(&name)
			r.dirty.set()
		}
	}
}

// add adds a host, if need be in the place of the one that the fewest networks named.
func (r *RefererHosts) add(name string) *refererHost {
	if r.hosts == nil {
		r.hosts = make(map[string]*refererHost)
	}
	if len(r.hosts) >= maxRefererHosts {
		fewest := ""
		for other, h := range r.hosts {
			if fewest == "" || h.all.Count() < r.hosts[fewest].all.Count() {
				fewest = other
			}
		}
		delete(r.hosts, fewest)
	}
	fresh := new(refererHost)
	r.hosts[name] = fresh
	return fresh
}

// siteName is the name of a host by which those with and without "www." are one.
func siteName(host string) string { return strings.TrimPrefix(strings.ToLower(host), "www.") }

// Is reports whether a host is the site's own, as far as that is known.
func (r *RefererHosts) Is(host string) bool {
	own := r.Own()
	return own != "" && host != "" && siteName(host) == own
}

func (r *RefererHosts) restore(own string) {
	if own != "" && len(own) <= maxHostLen {
		r.own.Store(&own)
	}
}
