package caddymodule

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
)

func TestWhetherABodyIsCutOff(t *testing.T) {
	for _, c := range []struct {
		what   string
		body   string
		length int64 // as it is announced; −1 if it is not
		read   int64 // by the upstream; −1 if all
		cut    bool
	}{
		{"all of it", "a=b", 3, -1, false},
		{"all of it, of a length that nobody announced", "a=b", -1, -1, false},
		{"as much as there is room for", strings.Repeat("a", 64), -1, -1, false},
		{"more than there is room for", strings.Repeat("a", 65), -1, -1, true},
		{"more than there is room for, announced", strings.Repeat("a", 65), 65, -1, true},
		{"what the upstream did not read", "a=b&c=d", 7, 3, true},
		{"what the upstream did not read, not announced", "a=b&c=d", -1, 3, true},
	} {
		for _, prefetch := range []bool{false, true} {
			buffer := make([]byte, 64)
			b := &bodyTee{ReadCloser: io.NopCloser(strings.NewReader(c.body)), buffer: &buffer, limit: 64}
			if prefetch {
				if b.startPrefetch(64, time.Second); c.read >= 0 {
					continue // all is there
				}
			}
			upstream := io.Reader(b)
			if c.read >= 0 {
				upstream = io.LimitReader(b, c.read)
			}
			if _, err := io.Copy(io.Discard, upstream); err != nil {
				t.Fatal(err)
			}
			if _, cut := b.beginning(c.length); cut != c.cut {
				t.Errorf("%s, prefetch %v: cut off: %v", c.what, prefetch, cut)
			}
		}
	}
}

// What is behind so many bytes that nobody looks that far counts as a parameter that the
// form was never sent.
func TestAParameterBehindALongOne(t *testing.T) {
	for _, body := range []string{"name=Ann&text=hello", "name=Ann&text=" + strings.Repeat("hello+", 100) + "&c=id"} {
		for _, length := range []int64{int64(len(body)), -1} {
			u := provision(t, `{"inspect_body":"100B","threshold":{"suspicious":8,"malicious":16}}`)
			u.site.adopt(enforcing(u.site.name, "/form.php"), zap.NewNop())
			r := form("/form.php", body, stranger)
			r.ContentLength = length
			if _, err := u.serve(r, reads(t, body)); err != nil {
				t.Fatal(err)
			}
			if alerts, want := u.alerts(), len(body) > 100; len(alerts) > 0 != want || want && !strings.Contains(fmt.Sprint(alerts[0]["signals"]), "new-parameter") {
				t.Errorf("%d bytes, length %d: %v", len(body), length, alerts)
			}
		}
	}
}
