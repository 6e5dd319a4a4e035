package caddymodule

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// encode compresses by one encoding.
func encode(t testing.TB, encoding string, plain []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	var err error
	switch encoding {
	case "gzip":
		w = gzip.NewWriter(&b)
	case "deflate":
		w = zlib.NewWriter(&b)
	case "bare deflate":
		w, err = flate.NewWriter(&b, 6)
	case "br":
		w = brotli.NewWriter(&b)
	case "zstd":
		w, err = zstd.NewWriter(&b)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(plain); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// page is text that compresses as pages do.
func page(n int) []byte {
	var b bytes.Buffer
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "<p>paragraph %d says %x</p>\n", i, i*i*7919)
	}
	return b.Bytes()[:n]
}

func TestDecode(t *testing.T) {
	const limit = baseline.PrefixLen
	for _, encoding := range []string{"gzip", "deflate", "bare deflate", "br", "zstd"} {
		name := strings.TrimPrefix(encoding, "bare ")
		for _, size := range []int{1, 15, limit, 20_000} {
			plain := page(size)
			encoded := encode(t, encoding, plain)
			got, ok := decode(encoded[:min(len(encoded), encodedLen)], []string{name})
			if !ok || !bytes.Equal(got, plain[:min(size, limit)]) {
				t.Errorf("%s of %d bytes: %d bytes, %v", encoding, size, len(got), ok)
			}
		}
		bomb := encode(t, encoding, make([]byte, 64<<20))
		if got, _ := decode(bomb[:min(len(bomb), encodedLen)], []string{name}); len(got) > limit {
			t.Errorf("%s: %d bytes of a bomb", encoding, len(got))
		}
		for _, garbage := range []string{"x", "\x1f\x8b\x08", "\x28\xb5\x2f\xfd\xff\xff\xff\xff\xff\xff", strings.Repeat("\xff", 100)} {
			if got, _ := decode([]byte(garbage), []string{name}); len(got) > limit {
				t.Errorf("%s of garbage: %d bytes", encoding, len(got))
			}
		}
		if got, ok := decode(nil, []string{name}); !ok || len(got) > 0 {
			t.Errorf("%s of nothing: %q %v", encoding, got, ok)
		}
	}
	twice := encode(t, "br", encode(t, "gzip", []byte("uid=33")))
	if got, ok := decode(twice, []string{"gzip", "br"}); !ok || string(got) != "uid=33" {
		t.Errorf("twice: %q %v", got, ok)
	}
	for _, list := range [][]string{{"compress"}, {"gzip", "gzip", "gzip"}} {
		if _, ok := decode(encode(t, "gzip", []byte("a")), list); ok {
			t.Errorf("%v is decoded", list)
		}
	}
}

func TestEncodings(t *testing.T) {
	for field, want := range map[string]string{"": "", "identity": "", "gzip": "gzip", "GZIP , br": "gzip br", ", ,": ""} {
		if got := strings.Join(encodings(field), " "); got != want {
			t.Errorf("%q: %q, want %q", field, got, want)
		}
	}
}

func TestAnswersThatTheUpstreamCompresses(t *testing.T) {
	for _, encoding := range []string{"gzip", "deflate", "br", "zstd"} {
		for plain, bare := range map[string]bool{"uid=33(www-data)": true, "<!doctype html><title>A page</title>": false} {
			u := provision(t, `{}`)
			encoded := encode(t, encoding, []byte(plain))
			w, _ := u.serve(post("/x.php", stranger), func(w http.ResponseWriter, _ *http.Request) error {
				w.Header().Set("Content-Type", "text/html")
				w.Header().Set("Content-Encoding", encoding)
				for _, b := range encoded { // it comes in pieces
					if _, err := w.Write([]byte{b}); err != nil {
						return err
					}
				}
				return nil
			})
			if !bytes.Equal(w.Body.Bytes(), encoded) {
				t.Errorf("%s: the answer is changed", encoding)
			}
			if got := strings.Contains(fmt.Sprint(u.alerts()), "bare-answer"); got != bare {
				t.Errorf("%s of %q: bare-answer is %v", encoding, plain, got)
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, encoding := range []string{"gzip", "deflate", "bare deflate", "br", "zstd"} {
		f.Add(encode(f, encoding, page(2000)), strings.TrimPrefix(encoding, "bare "))
	}
	f.Add(encode(f, "br", encode(f, "gzip", page(2000))), "gzip, br")
	f.Fuzz(func(t *testing.T, encoded []byte, field string) {
		got, ok := decode(encoded[:min(len(encoded), encodedLen)], encodings(field))
		if len(got) > max(baseline.PrefixLen, len(encoded)) || !ok && got != nil {
			t.Fatalf("%d bytes, %v", len(got), ok)
		}
	})
}
