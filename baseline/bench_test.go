package baseline

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// go test -run '^$' -bench . -benchmem ./baseline
//
// The sites of a million scripts take some 2 GB and half a minute.

// siteSizes are the numbers of scripts that the benchmarks are run with.
var siteSizes = []int{1_000, 100_000, 1_000_000}

func benchKey(n int) Key {
	return Key{Root: "/var/www/html", Path: fmt.Sprintf("/wp-content/plugins/plugin-%d/file-%d.php", n%997, n)}
}

// typicalVisit is the n-th visit of a script: few networks, browsers with the
// usual header fields, a parameter or two and a session.
func typicalVisit(n int) Visit {
	params := new(ParamNames)
	params.Hash(Hasher{}, "id=1&page=2", nil)
	return Visit{
		Time: start, Status: 200, Network: uint64(n%5+1) * 0x9e3779b97f4a7c15, WithoutPathInfo: true,
		Features: RequestFeatures{
			Referrer: "https://example.com/shop/",
			Params:   params, Answered: 12_345,
			Header: map[string][]string{
				"User-Agent": nil, "Accept": nil, "Accept-Language": nil, "Accept-Encoding": nil, "Referer": nil, "Sec-Fetch-Mode": nil,
				"Cookie": {"session=1; theme=dark"},
			},
		},
	}
}

// typicalSite is a site with as many typical scripts.
func typicalSite(scripts int) (s *Site, keys []Key, l Limits) {
	s, l = NewSite("a", start), Limits{LearnMin: 1, MaxScripts: scripts}
	keys = make([]Key, scripts)
	visits := make([]Visit, 5)
	for i := range visits {
		visits[i] = typicalVisit(i)
	}
	for i := range keys {
		keys[i] = benchKey(i)
		for n := range 3 {
			s.Learn(keys[i], visits[(i+n)%5], l)
		}
	}
	return s, keys, l
}

func BenchmarkSite(b *testing.B) {
	for _, scripts := range siteSizes {
		s, keys, l := typicalSite(scripts)
		b.Run(fmt.Sprintf("Lookup/%d", scripts), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if s.Scripts.Lookup(keys[i*7919%scripts]) == nil {
					b.Fatal("not found")
				}
			}
		})
		visit := typicalVisit(0)
		b.Run(fmt.Sprintf("Learn/%d", scripts), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				s.Learn(keys[i*7919%scripts], visit, l)
			}
		})
	}
}

// BenchmarkProfiles tells what a profile costs, its place in the map and its key
// included.
func BenchmarkProfiles(b *testing.B) {
	for _, scripts := range siteSizes {
		b.Run(fmt.Sprint(scripts), func(b *testing.B) {
			for b.Loop() {
				before := heapSize()
				s, keys, _ := typicalSite(scripts)
				clear(keys)
				b.ReportMetric(float64(heapSize()-before)/float64(scripts), "B/profile")
				runtime.KeepAlive(s)
			}
		})
	}
}

func heapSize() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func BenchmarkSave(b *testing.B) {
	for _, scripts := range siteSizes[1:] {
		s, _, _ := typicalSite(scripts)
		b.Run(fmt.Sprint(scripts), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				o := newMemoryObjects()
				save(b, s, o, start)
				size := 0
				for _, object := range o.m {
					size += len(object)
				}
				b.ReportMetric(float64(size), "B/snapshot")
			}
		})
	}
}

func BenchmarkOpen(b *testing.B) {
	s, _, _ := typicalSite(100_000)
	o := newMemoryObjects()
	save(b, s, o, start)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := Open("a", o, start); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEvidenceAdd is a flood of flagged requests when there is no room left.
func BenchmarkEvidenceAdd(b *testing.B) {
	for name, request := range map[string]func(n int) FlaggedRequest{
		"one script":    func(int) FlaggedRequest { return flagged("/x.php", 1, start) },
		"made-up names": func(n int) FlaggedRequest { return madeUp(fmt.Sprintf("/%d.php", n%100_000), n, start) },
		"many scripts":  func(n int) FlaggedRequest { return flagged(fmt.Sprintf("/%d.php", n%5000), n, start) },
	} {
		b.Run(name, func(b *testing.B) {
			s := NewSite("a", start)
			for n := range 5000 {
				s.Evidence.Add(flagged(fmt.Sprintf("/%d.php", n), n, start))
			}
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				s.Evidence.Add(request(n))
			}
		})
	}
}

// BenchmarkEvidenceMemory is what evidence takes when a flood has filled it.
func BenchmarkEvidenceMemory(b *testing.B) {
	path, uri := strings.Repeat("p", 400), strings.Repeat("u", 1000)
	for b.Loop() {
		before := heapSize()
		s := NewSite("a", start)
		for n := range maxEvidenceScripts {
			for network := range 9 {
				r := flagged(fmt.Sprintf("/%d/%s.php", n, path), n+network, start)
				r.URI = fmt.Sprint(n, uri)
				s.Evidence.Add(r)
			}
		}
		b.ReportMetric(float64(heapSize()-before)/(1<<20), "MiB")
		runtime.KeepAlive(s)
	}
}
