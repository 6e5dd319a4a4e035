package detector

import (
	"testing"
	"time"
)

// go test -run '^$' -bench . -benchmem ./detector

// known returns a watch that enforces, and a browser's exchange with a trusted script.
func known(t testing.TB) (*watch, *Exchange) {
	w := newWatch(t)
	w.learn(same, "/a.php")
	x := get("/a.php", 1)
	x.Query, x.Length = "id=1&page=2", 12_345
	x.Agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
	x.Header = map[string][]string{
		"Accept":          {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"},
		"Accept-Encoding": {"gzip, deflate, br, zstd"},
		"Accept-Language": {"en-GB,en;q=0.5"},
		"Cookie":          {"session=0123456789abcdef; theme=dark"},
		"Referer":         {x.Referer},
		"User-Agent":      {x.Agent},
	}
	x.Time, x.EffectivePath = w.now.Add(time.Minute), x.Path
	return w, &x
}

func TestKnownScriptDoesNotAllocate(t *testing.T) {
	w, x := known(t)
	var e Evaluation
	if n := leastAllocations(func() {
		e.Begin(w.d, w.m, x)
		e.Respond()
		e.Learn()
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// leastAllocations is the least of several averages of what f allocates. Others can only
// add: the goroutines of a cache, and the race detector, under which a sync.Pool drops a
// share of what it is given.
func leastAllocations(f func()) float64 {
	least := testing.AllocsPerRun(100, f)
	for range 9 {
		least = min(least, testing.AllocsPerRun(100, f))
	}
	return least
}

func BenchmarkKnownScript(b *testing.B) {
	w, x := known(b)
	b.ReportAllocs()
	var e Evaluation
	for b.Loop() {
		e.Begin(w.d, w.m, x)
		e.Respond()
		e.Learn()
	}
}

func BenchmarkKnownScriptParallel(b *testing.B) {
	w, x := known(b)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		y := *x
		var e Evaluation
		for pb.Next() {
			e.Begin(w.d, w.m, &y)
			e.Respond()
			e.Learn()
		}
	})
}

func BenchmarkNewScript(b *testing.B) {
	w, x := known(b)
	x.Path, x.EffectivePath, x.Method = "/uploads/x.php", "/uploads/x.php", "POST"
	b.ReportAllocs()
	var e Evaluation
	for b.Loop() {
		e.Begin(w.d, w.m, x)
		e.Respond()
		e.Learn()
	}
}
