package scriptpath

import "testing"

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
