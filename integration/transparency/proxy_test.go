package transparency

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/integration/internal/lab"
)

// startDeaf is an upstream that closes every connection it accepts.
func startDeaf(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conn.Close()
		}
	}()
	return l.Addr().String()
}

// TestTransparencyOfRetries has the first upstream be down, or hang up.
func TestTransparencyOfRetries(t *testing.T) {
	down := fmt.Sprintf("127.0.0.1:%d", lab.FreePort(t))
	o, deaf := startOrigin(t), startDeaf(t)
	hosts := []host{
		{"down.test", "GUARD\n\treverse_proxy " + down + " ORIGIN {\n\t\tlb_policy round_robin\n\t\tlb_try_duration 10s\n\t\tlb_try_interval 10ms\n\t}"},
		{"deaf.test", "GUARD\n\treverse_proxy " + deaf + " ORIGIN {\n\t\tlb_policy round_robin\n\t\tlb_retries 3\n\t}"},
		{"buffered.test", "GUARD\n\treverse_proxy " + deaf + " ORIGIN {\n\t\tlb_policy round_robin\n\t\tlb_retries 3\n\t\tlb_retry_match method GET POST\n\t\trequest_buffers 1MiB\n\t}"},
		{"alldown.test", "GUARD\n\treverse_proxy " + down + "\n\thandle_errors {\n\t\trespond \"{err.status_code}\"\n\t}"},
		// The origin answers 418 to what nobody announced.
		{"healthy.test", "GUARD\n\treverse_proxy ORIGIN {\n\t\thealth_uri /health\n\t\thealth_status 418\n\t\thealth_interval 50ms\n\t}"},
		{"retried.test", "GUARD\n\treverse_proxy " + down + " ORIGIN {\n\t\thealth_uri /health\n\t\thealth_status 418\n\t\thealth_interval 50ms\n\t\tlb_try_duration 10s\n\t\tlb_try_interval 10ms\n\t}"},
	}
	w := startHosts(t, o, hosts, nil)
	client := w.client(speakers[0].transport)
	for _, h := range hosts {
		w.same(t, h.name, func(_ *testing.T, l listener, s *script) {
			for _, path := range []string{"/index.php", "/page/1"} {
				for _, size := range []int{0, 10, 100_000} {
					method := "POST"
					if size == 0 {
						method = "GET"
					}
					r, v := s.request(method, l.url("http", path+"?do=page"), strings.NewReader(strings.Repeat("x", size)),
						"Content-Type", "text/plain", "Referer", "https://site.test/")
					r.Host = h.name
					resp, err := client.RoundTrip(r)
					s.answer(resp, err)
					if err == nil && resp.StatusCode == http.StatusOK {
						s.upstream(v)
					}
				}
			}
			if answered := strings.Contains(s.String(), "200 OK"); answered == (h.name == "alldown.test") {
				s.t.Errorf("not what was to be shown:\n%s", s)
			}
		})
	}
	w.sound(t)
}
