package baseline

import (
	"fmt"
	"iter"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

// maxDenialRules bounds the standing rules of a site.
const maxDenialRules = 1000

// Denials are what operators denied: scripts, which their profiles say, and standing
// rules about scripts that may come. Reading takes no lock and does not allocate.
type Denials struct {
	scripts *Scripts
	change  sync.Mutex
	index   atomic.Pointer[denialIndex] // nil if nothing is denied; replaced, never changed
}

// denialIndex is what a request is compared with.
type denialIndex struct {
	rules     []DenialRule // latest last
	paths     []DenialRule // those about paths, and
	endpoints []DenialRule // about endpoints
	route     bool         // the profile of a route says that it is denied
	// fronts are the scripts that answer all routes under a root, where there is one.
	fronts map[string]string
	// short lists the denied scripts by the shorter names by which servers may run them.
	short map[Key][]Key
}

// Any reports whether anything is denied.
func (d *Denials) Any() bool { return d.index.Load() != nil }

// Rules lists the standing rules, the latest last. The list must not be changed.
func (d *Denials) Rules() []DenialRule {
	if index := d.index.Load(); index != nil {
		return index.rules
	}
	return nil
}

// PathRules lists the rules about the paths of scripts, as [Denials.Rules] does.
func (d *Denials) PathRules() []DenialRule {
	if index := d.index.Load(); index != nil {
		return index.paths
	}
	return nil
}

// ByShortName lists the denied scripts that some server may run for a path under a
// root which is shorter than their own, whatever their suffix.
func (d *Denials) ByShortName(root, path string) iter.Seq[*Profile] {
	return func(yield func(*Profile) bool) {
		index := d.index.Load()
		if index == nil {
			return
		}
		for _, under := range [...]string{root, ""} { // those of no root are denied under any
			for _, key := range index.short[Key{Root: under, Path: path}] {
				if p := d.scripts.Lookup(key); p != nil && p.Trust() == Denied && !yield(p) {
					return
				}
			}
			if root == "" {
				return
			}
		}
	}
}

// reindex takes the trust of the scripts as it is now.
func (d *Denials) reindex() {
	d.change.Lock()
	defer d.change.Unlock()
	d.build(d.Rules())
}

// build must be called with the lock held.
func (d *Denials) build(rules []DenialRule) {
	fresh := &denialIndex{rules: rules, short: make(map[Key][]Key)}
	fresh.split()
	denied := false
	for p := range d.scripts.All() {
		fresh.noteFront(p)
		if p.Trust() != Denied {
			continue
		}
		denied = true
		fresh.route = fresh.route || p.route
		for name := range scriptpath.ShortNames(p.key.Path) {
			short := Key{Root: p.key.Root, Path: name}
			fresh.short[short] = append(fresh.short[short], p.key)
		}
	}
	if !denied && len(rules) == 0 {
		fresh = nil
	}
	d.index.Store(fresh)
}

// Room fails with [errNoRoom] if there is no room for more rules.
func (d *Denials) Room(rules []DenialRule) error {
	n := len(rules)
	if n <= maxDenialRules {
		n = len(merge(d.Rules(), rules))
	}
	if n > maxDenialRules {
		return fmt.Errorf("%w for %d standing denials: %d is the most", errNoRoom, n, maxDenialRules)
	}
	return nil
}

// add adds rules, each in the place of one about the same, and takes the trust of the
// scripts as it is now. The oldest make room for those of another baseline.
func (d *Denials) add(rules []DenialRule) {
	d.change.Lock()
	defer d.change.Unlock()
	all := merge(d.Rules(), rules[max(0, len(rules)-maxDenialRules):])
	d.build(all[max(0, len(all)-maxDenialRules):])
}

// remove removes rules.
func (d *Denials) remove(rules []DenialRule) {
	d.change.Lock()
	defer d.change.Unlock()
	d.build(slices.DeleteFunc(slices.Clone(d.Rules()), func(old DenialRule) bool {
		return slices.ContainsFunc(rules, old.sameAs)
	}))
}

// merge adds rules to a list of them, the later in the place of the earlier.
func merge(rules, more []DenialRule) []DenialRule {
	all := slices.DeleteFunc(slices.Clone(rules), func(old DenialRule) bool {
		return slices.ContainsFunc(more, func(fresh DenialRule) bool { return old.sameAs(fresh) && !fresh.Time.Before(old.Time) })
	})
	for i, fresh := range more {
		if !slices.ContainsFunc(all, fresh.sameAs) && !slices.ContainsFunc(more[i+1:], fresh.sameAs) {
			all = append(all, fresh)
		}
	}
	slices.SortStableFunc(all, func(a, b DenialRule) int { return a.Time.Compare(b.Time) })
	return all
}
