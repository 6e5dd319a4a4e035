package observability

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/integration/internal/lab"
)

// prometheus is a running Prometheus, asked by its HTTP API.
type prometheus struct {
	t    *testing.T
	base string
}

// startPrometheus runs Debian's Prometheus with a configuration file until the
// test ends.
func startPrometheus(t *testing.T, config string) *prometheus {
	t.Helper()
	p := &prometheus{t: t, base: fmt.Sprintf("http://127.0.0.1:%d", lab.FreePort(t))}
	cmd := exec.Command(tool(t, "prometheus"), "--config.file="+config, "--storage.tsdb.path="+filepath.Join(lab.ShortDir(t), "data"),
		"--web.listen-address="+p.base[len("http://"):])
	lab.StartServer(t, cmd, func() bool {
		status, _, err := fetch(p.base + "/-/ready")
		return err == nil && status == http.StatusOK
	})
	return p
}

// tool finds a program of Debian's package prometheus.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is missing: install Debian's prometheus: %v", name, err)
	}
	return path
}

// promtool runs a check, and fails the test with what it says.
func promtool(t *testing.T, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if out, err := exec.CommandContext(ctx, tool(t, "promtool"), args...).CombinedOutput(); err != nil {
		t.Errorf("promtool %v: %v\n%s", args, err, out)
	}
}

// fetch gets a URL.
func fetch(address string) (status int, body string, err error) {
	client := http.Client{Timeout: 20 * time.Second}
	resp, err := client.Get(address)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b), err
}

// ask calls the API, whose answer's data goes to data.
func (p *prometheus) ask(path string, query url.Values, data any) error {
	status, body, err := fetch(p.base + "/api/v1/" + path + "?" + query.Encode())
	if err != nil {
		return err
	}
	var answer struct {
		Status, Error string
		Data          json.RawMessage
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		return fmt.Errorf("%d %s: %w", status, body, err)
	}
	if status != http.StatusOK || answer.Status != "success" {
		return fmt.Errorf("%d %s", status, answer.Error)
	}
	return json.Unmarshal(answer.Data, data)
}

// series is a result of a query: what labels it, and its values, NaN left out.
type series struct {
	labels map[string]string
	values []string
}

// query runs a query over the last half minute, as a dashboard does.
func (p *prometheus) query(expr string) ([]series, error) {
	now := time.Now()
	var data struct {
		Result []struct {
			Metric map[string]string
			Values [][2]any
		}
	}
	err := p.ask("query_range", url.Values{
		"query": {expr}, "start": {now.Add(-30 * time.Second).Format(time.RFC3339Nano)}, "end": {now.Format(time.RFC3339Nano)}, "step": {"1"},
	}, &data)
	var list []series
	for _, r := range data.Result {
		s := series{labels: r.Metric}
		for _, v := range r.Values {
			if text := fmt.Sprint(v[1]); text != "NaN" {
				s.values = append(s.values, text)
			}
		}
		if len(s.values) > 0 {
			list = append(list, s)
		}
	}
	return list, err
}
