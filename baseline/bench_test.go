package baseline

import (
	"fmt"
	"testing"
)

// go test -run '^$' -bench . -benchmem ./baseline

func BenchmarkName(b *testing.B) {
	n := namer(b)
	for _, path := range []string{"/wp-content/plugins/x/index.php", "/wp-content//plugins/./x/index.PHP;a=b"} {
		b.Run(path, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				n.Name(path)
			}
		})
	}
}

func BenchmarkSite(b *testing.B) {
	for _, scripts := range []int{1_000, 100_000} {
		s := NewSite("a", start)
		many := Limits{LearnMin: 1, MaxScripts: scripts}
		keys := make([]Key, scripts)
		for i := range keys {
			keys[i] = Key{Root: "/var/www/html", Path: fmt.Sprintf("/wp-content/plugins/plugin-%d/file.php", i)}
			s.Learn(keys[i], Visit{Time: start, Status: 200, Network: 1}, many)
		}
		b.Run(fmt.Sprintf("Lookup/%d", scripts), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if s.Lookup(keys[i*7919%scripts]) == nil {
					b.Fatal("not found")
				}
			}
		})
		b.Run(fmt.Sprintf("Learn/%d", scripts), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				s.Learn(keys[i*7919%scripts], Visit{Time: start, Status: 200, Network: 1}, many)
			}
		})
	}
}
