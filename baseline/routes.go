package baseline

import (
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/puzpuzpuz/xsync/v4"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
	"github.com/webshell-guard/caddy-webshell-guard/baseline/sketch"
)

// A route is a dynamic path without a script in it, as REST services and pretty
// URLs have them. Its template has placeholders for the segments that vary:
// /user/{n}/edit.

const (
	// maxChildren is how many different segments may follow a part of a path until
	// they are folded into one placeholder. Menus have fewer entries, collections
	// more.
	maxChildren = 40
	// maxRouteNodes bounds the parts of paths that are remembered; what is below
	// others is folded.
	maxRouteNodes = 8192
	// maxRouteDepth bounds the segments of a template.
	maxRouteDepth = 12
	// maxTemplateLen bounds a template, in bytes.
	maxTemplateLen = 512
)

// folded stands for a segment at a place where too many differ, and deeper for
// all that follows.
const folded, deeper = "{*}", "{**}"

// Routes are what is known of where the paths of a site vary.
type Routes struct {
	hash    Hasher
	scripts *Scripts                       // with the profiles of routes
	nodes   *xsync.Map[uint64, *routeNode] // by the hash of root and template
}

// routeNode is a place in the paths, such as what follows /user/.
type routeNode struct {
	full     atomic.Bool // its children are folded, but for those that many visit
	mu       sync.Mutex
	children map[string]*sketch.Distinct // names that may follow, and their client networks
	kept     atomic.Pointer[map[string]struct{}]
}

// Count returns how many routes have a profile.
func (r *Routes) Count() int { return r.scripts.routeCount() }

// Any reports whether the site was learned to have routes with a name: any site has
// directories.
func (r *Routes) Any() bool { return r.scripts.named.Load() }

// Template returns the template of a canonical path that names no script. It
// learns nothing.
func (r *Routes) Template(root, path string) string { return r.template(root, path, 0, false) }

// Learn learns which segments there are from a visit by a client network, and
// returns the template.
func (r *Routes) Learn(root, path string, network uint64) string {
	return r.template(root, path, network, true)
}

func (r *Routes) template(root, path string, network uint64, learn bool) string {
	var buffer [maxTemplateLen]byte
	out := buffer[:0]
	at := r.hash.Text(root)
	rest := strings.TrimPrefix(path, "/")
	for depth := 0; rest != ""; depth++ {
		segment, after, more := strings.Cut(rest, "/")
		rest = after
		name := scriptpath.Placeholder(segment)
		if name == "" {
			name = r.child(at, segment, network, learn)
		}
		if depth >= maxRouteDepth || len(out)+len(name)+2 > maxTemplateLen-len(deeper) {
			name, rest, more = deeper, "", false
		}
		out = append(append(out, '/'), name...)
		if more && rest == "" {
			out = append(out, '/')
		}
		at = r.hash.chain(at, name)
	}
	if len(out) == 0 {
		return "/"
	}
	if string(out) == path {
		return path // no copy
	}
	return string(out)
}

// child returns how a segment stands in the template: as it is, or folded.
func (r *Routes) child(at uint64, segment string, network uint64, learn bool) string {
	node, _ := r.nodes.Load(at)
	if node == nil {
		if !learn {
			return segment
		}
		if r.nodes.Size() >= maxRouteNodes {
			return folded
		}
		node, _ = r.nodes.LoadOrStore(at, &routeNode{children: make(map[string]*sketch.Distinct)})
	}
	if learn && !node.full.Load() {
		node.learn(segment, network)
	}
	if !node.full.Load() {
		return segment
	}
	if kept := node.kept.Load(); kept != nil {
		if _, ok := (*kept)[segment]; ok {
			return segment
		}
	}
	return folded
}

// learn notes a child. If there are too many, those that several networks
// visited stay, and a flood of made-up names cannot fold them.
func (n *routeNode) learn(segment string, network uint64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.full.Load() {
		return
	}
	visitors := n.children[segment]
	if visitors == nil {
		visitors = new(sketch.Distinct)
		n.children[strings.Clone(segment)] = visitors
	}
	visitors.Add(network)
	if len(n.children) <= maxChildren {
		return
	}
	kept := make(map[string]struct{})
	for name, visitors := range n.children {
		if visitors.Count() >= trustedNetworks {
			kept[name] = struct{}{}
		}
	}
	if len(kept) > maxChildren/2 {
		clear(kept) // many that many visit are a collection, not a menu
	}
	n.children = nil
	n.kept.Store(&kept)
	n.full.Store(true)
}

// nodeRecord is a full node as it is stored. What is not full is learned again.
type nodeRecord struct {
	_    struct{} `cbor:",toarray"`
	Hash uint64
	Kept []string
}

func (r *Routes) records() iter.Seq[nodeRecord] {
	return func(yield func(nodeRecord) bool) {
		for hash, node := range r.nodes.AllRelaxed() {
			if !node.full.Load() {
				continue
			}
			rec := nodeRecord{Hash: hash}
			if kept := node.kept.Load(); kept != nil {
				rec.Kept = slices.Sorted(maps.Keys(*kept))
			}
			if !yield(rec) {
				return
			}
		}
	}
}

func (r *Routes) restore(rec *nodeRecord) {
	if r.nodes.Size() >= maxRouteNodes {
		return
	}
	n := new(routeNode)
	kept := make(map[string]struct{})
	for _, name := range rec.Kept[:min(len(rec.Kept), maxChildren)] {
		kept[name] = struct{}{}
	}
	n.kept.Store(&kept)
	n.full.Store(true)
	r.nodes.Store(rec.Hash, n)
}
