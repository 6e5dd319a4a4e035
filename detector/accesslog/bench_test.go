package accesslog

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// benchmark reads a log made of copies of the data; lines/s counts entries.
func benchmark(b *testing.B, data string, copies int, format Format) {
	log := strings.Repeat(data, copies)
	entries := 0
	b.ReportAllocs()
	b.SetBytes(int64(len(log)))
	for b.Loop() {
		r, err := Open(strings.NewReader(log), format)
		if err != nil {
			b.Fatal(err)
		}
		for {
			if _, err := r.Next(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				b.Fatal(err)
			}
			entries++
		}
	}
	b.ReportMetric(float64(entries)/b.Elapsed().Seconds(), "entries/s")
	b.ReportMetric(float64(entries)/float64(b.N), "entries/op")
}

const benchLine = `192.0.2.10 - - [29/Feb/2024:23:59:59 +0000] "GET /wp-content/index.php?p=1&q=a%20b HTTP/1.1" 200 5120 "https://www.example.com/some/page" "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0"` + "\n"

func BenchmarkCombined(b *testing.B) { benchmark(b, benchLine, 10000, Combined) }

func BenchmarkCombinedAuto(b *testing.B) { benchmark(b, benchLine, 10000, Auto) }

func BenchmarkVHostAuto(b *testing.B) {
	benchmark(b, "www.example.com:443 "+benchLine, 10000, Auto)
}

func BenchmarkEscaped(b *testing.B) {
	benchmark(b, strings.Replace(benchLine, "/index", `/a\xc3\xa9%20\"`, 1), 10000, Auto)
}

func BenchmarkCaddy(b *testing.B) { benchmarkFile(b, "caddy.log", Caddy) }

func BenchmarkW3C(b *testing.B) { benchmarkFile(b, "iis.log", W3C) }

func benchmarkFile(b *testing.B, name string, format Format) {
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		b.Fatal(err)
	}
	benchmark(b, string(data), 1000, format)
}

func BenchmarkHAR(b *testing.B) {
	const entry = `{"startedDateTime":"2024-03-01T00:00:00Z","request":{"method":"POST","url":"/a","headers":[{"name":"Referer","value":"/b"}]},"response":{"status":200,"content":{"text":"hello"}}}`
	benchmark(b, `{"log":{"entries":[`+strings.Repeat(entry+",\n", 9999)+entry+`]}}`, 1, HAR)
}
