package caddymodule

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/caddymodule/internal/adminapi"
)

// operated is a Caddy with a site and an admin endpoint.
type operated struct {
	*instance
	client *http.Client
}

const operatedSite = `
	webshell_guard %s {
		site %q
		learn 9h 0.5
	}
	respond "page"
`

// operate runs Caddy with an admin endpoint on a Unix socket, which has a short
// name as sockets must.
func operate(t *testing.T, site string) operated {
	t.Helper()
	dir, err := os.MkdirTemp("", "wg")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if site == "shop" {
		seed(t, dir+"/storage", site)
	}
	socket := filepath.Join(dir, "s")
	c := &instance{t: t, dir: dir, admin: "unix/" + socket}
	o := operated{instance: c, client: &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}, Timeout: patience}}
	c.start(fmt.Sprintf(operatedSite, "log", site))
	t.Cleanup(o.client.CloseIdleConnections)
	return o
}

// api asks the admin API and decodes the answer.
func (o operated) api(t *testing.T, method, path, body string, headers ...string) (status int, answer map[string]any, header http.Header) {
	t.Helper()
	var content io.Reader
	if body != "" {
		content = strings.NewReader(body)
	}
	r, err := http.NewRequest(method, "http://127.0.0.1"+adminapi.Prefix+path, content)
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := o.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	json.Unmarshal(text, &answer)
	return resp.StatusCode, answer, resp.Header
}

func (o operated) must(t *testing.T, method, path, body string) map[string]any {
	t.Helper()
	status, answer, _ := o.api(t, method, path, body)
	if status != http.StatusOK {
		t.Fatalf("%s %s %s: %d %v", method, path, body, status, answer)
	}
	return answer
}

// stored is the site as storage has it now: what a kill -9 would leave.
func (o operated) stored(t *testing.T) *baseline.Site {
	t.Helper()
	s, _, err := baseline.Open("shop", objectsIn(t, o.storage(), "shop"), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (o operated) get(path string) int {
	resp, _ := o.ask(visitor, "GET", path)
	return resp.StatusCode
}

func TestAdminStatus(t *testing.T) {
	o := operate(t, "shop")
	o.ask(stranger, "POST", "/uploads/x.php")
	s := o.must(t, "GET", "sites/shop", "")
	for _, key := range []string{"site", "phase", "mode", "coverage", "target", "missing", "contained_until", "scripts", "alerts_24h", "would_block_24h", "snapshot_age", "faults"} {
		if _, ok := s[key]; !ok {
			t.Errorf("no %s", key)
		}
	}
	scripts := s["scripts"].(map[string]any)
	if s["site"] != "shop" || s["phase"] != "enforcing" || s["mode"] != "log" || s["missing"] != "" || s["contained_until"] != nil ||
		scripts["trusted"] != 2.0 || scripts["denied"] != 0.0 || s["target"] != 0.5 || len(s["faults"].([]any)) > 0 {
		t.Errorf("%v", s)
	}
	o.eventually("the alert is not counted", func() bool {
		s := o.must(t, "GET", "sites/shop", "")
		return s["alerts_24h"] == 1.0 && s["would_block_24h"] == 1.0 && s["would_block_7d"] == 1.0 && s["requests_24h"] == 1.0
	})
	if age, ok := s["snapshot_age"].(float64); !ok || age < 0 || age > 3600 {
		t.Errorf("%v", s["snapshot_age"])
	}
	if status, _, _ := o.api(t, "GET", "sites", ""); status != 200 {
		t.Error(status)
	}
}

func TestAdminScripts(t *testing.T) {
	o := operate(t, "shop")
	o.ask(stranger, "POST", "/x.php")
	paths := func(query string) (list []string) {
		answer := o.must(t, "GET", "sites/shop/scripts"+query, "")
		for _, s := range answer["scripts"].([]any) {
			list = append(list, s.(map[string]any)["path"].(string))
		}
		return list
	}
	o.eventually("the new script is not listed", func() bool { return len(paths("")) == 3 })
	for query, want := range map[string]string{
		"?sort=path": "/about.php /index.php /x.php", "?trust=trusted&sort=path": "/about.php /index.php", "?trust=provisional": "/x.php",
		"?trust=denied": "", "?sort=last&limit=1": "/x.php", "?limit=1": "/x.php", "?review=1": "", "?deployed=1": "",
	} {
		if got := strings.Join(paths(query), " "); got != want {
			t.Errorf("%s: %q", query, got)
		}
	}
	for _, query := range []string{"?trust=x", "?review=x", "?deployed=x", "?sort=x", "?limit=0", "?limit=x", "?x=1", "?a=%zz"} {
		if status, answer, _ := o.api(t, "GET", "sites/shop/scripts"+query, ""); status != 400 || answer["error"] == nil {
			t.Errorf("%s: %d %v", query, status, answer)
		}
	}
}

func TestAdminDecisions(t *testing.T) {
	o := operate(t, "shop")
	shop := func() *baseline.Site { return memoryOf(t, "shop").Site }
	t.Run("a dry run changes nothing", func(t *testing.T) {
		answer := o.must(t, "POST", "sites/shop/deny", `{"paths":["/about.php","/*.php"],"dry_run":true}`)
		if n := len(answer["scripts"].([]any)); n != 2 || shop().Scripts.Count(baseline.Denied) != 0 || o.get("/about.php") != 200 {
			t.Errorf("%v", answer)
		}
	})
	t.Run("deny holds at once, and is stored", func(t *testing.T) {
		answer := o.must(t, "POST", "sites/shop/deny", `{"paths":["/about.php"]}`)
		if fmt.Sprint(answer["scripts"]) != "[map[now:denied path:/about.php was:trusted]]" {
			t.Errorf("%v", answer)
		}
		if o.get("/about.php") != 403 || o.stored(t).Scripts.Lookup(baseline.Key{Path: "/about.php"}).Trust() != baseline.Denied {
			t.Error("it is served, or not stored")
		}
	})
	t.Run("a path that nobody asked for yet", func(t *testing.T) {
		o.must(t, "POST", "sites/shop/deny", `{"paths":["/a//never.PHP"]}`)
		if o.get("/a/never.php") != 403 {
			t.Error("served")
		}
	})
	t.Run("approve takes it back", func(t *testing.T) {
		answer := o.must(t, "POST", "sites/shop/approve", `{"paths":["/**","/none/*"]}`)
		if len(answer["scripts"].([]any)) != 3 || fmt.Sprint(answer["unmatched"]) != "[/none/*]" || o.get("/about.php") != 200 || o.stored(t).Scripts.Count(baseline.Trusted) != 3 {
			t.Errorf("%v", answer)
		}
	})
	t.Run("forget", func(t *testing.T) {
		answer := o.must(t, "POST", "sites/shop/forget", `{"paths":["/a/never.php","/unknown.php"]}`)
		if len(answer["scripts"].([]any)) != 1 || fmt.Sprint(answer["unmatched"]) != "[/unknown.php]" || o.stored(t).Scripts.Lookup(baseline.Key{Path: "/a/never.php"}) != nil {
			t.Errorf("%v", answer)
		}
	})
	list := shop().Decisions.List()
	if last := list[len(list)-1]; last.Decided != "forgotten" || last.By.Via != "unix socket" || last.Time.IsZero() {
		t.Errorf("%+v", last)
	}
}

func TestAdminPhases(t *testing.T) {
	o := operate(t, "shop")
	if s := o.must(t, "POST", "sites/shop/relearn", ""); s["phase"] != "learning" || !strings.Contains(s["missing"].(string), "minimum time") || o.stored(t).Phases.Closed() != (time.Time{}) {
		t.Errorf("%v", s)
	}
	if s := o.must(t, "POST", "sites/shop/enforce", "{}"); s["phase"] != "enforcing" || o.stored(t).Phases.Closed().IsZero() {
		t.Errorf("%v", s)
	}
	o.logged(1, func(l logLine) bool { return l.Msg == "learning has ended, enforcing" })
	o.must(t, "PUT", "sites/shop/containment", "")
	if status, answer, _ := o.api(t, "POST", "sites/shop/relearn", ""); status != 409 {
		t.Errorf("%d %v", status, answer)
	}
}

func TestAdminContainment(t *testing.T) {
	o := operate(t, "shop")
	answer := o.must(t, "PUT", "sites/shop/containment", `{"for":"2h"}`)
	if answer["contained"] != true || answer["until"] == nil {
		t.Errorf("%v", answer)
	}
	if _, on := o.stored(t).Containment.Active(time.Now()); !on {
		t.Error("not stored before it was answered")
	}
	check := func(t *testing.T, known, unknown int) {
		t.Helper()
		if a, b, c := o.get("/index.php"), o.get("/x.php"), o.get("/style.css"); a != known || b != unknown || c != 200 {
			t.Errorf("known %d, unknown %d, static %d", a, b, c)
		}
	}
	check(t, 200, 403)
	t.Run("survives a reload", func(t *testing.T) {
		if err := o.load(fmt.Sprintf(operatedSite, "tag", "shop")); err != nil {
			t.Fatal(err)
		}
		check(t, 200, 403)
	})
	t.Run("survives a restart, with its list", func(t *testing.T) {
		o.client.CloseIdleConnections()
		o.stop()
		if err := o.load(fmt.Sprintf(operatedSite, "log", "shop")); err != nil {
			t.Fatal(err)
		}
		check(t, 200, 403)
		list := o.must(t, "GET", "sites/shop/containment", "")["refused"].([]any)
		if len(list) != 1 || list[0].(map[string]any)["count"] != 3.0 {
			t.Errorf("%v", list)
		}
		if s := o.must(t, "GET", "sites/shop", ""); s["contained_until"] == nil {
			t.Errorf("%v", s)
		}
	})
	t.Run("a rehearsal does not end it", func(t *testing.T) {
		if status, answer, _ := o.api(t, "PUT", "sites/shop/containment", `{"rehearse":true}`); status != 409 || o.get("/x.php") != 403 {
			t.Errorf("%d %v", status, answer)
		}
	})
	t.Run("what was refused can be approved", func(t *testing.T) {
		o.must(t, "POST", "sites/shop/approve", `{"paths":["/x.php"]}`)
		check(t, 200, 200)
	})
	t.Run("release", func(t *testing.T) {
		if answer := o.must(t, "DELETE", "sites/shop/containment", ""); answer["contained"] != false {
			t.Errorf("%v", answer)
		}
		if _, on := o.stored(t).Containment.Active(time.Now()); on || o.get("/y.php") != 200 {
			t.Error("still contained")
		}
	})
	t.Run("a rehearsal refuses nothing, and lists", func(t *testing.T) {
		o.must(t, "PUT", "sites/shop/containment", `{"rehearse":true}`)
		if o.get("/z.php") != 200 {
			t.Error("refused")
		}
		o.eventually("it is not listed", func() bool {
			answer := o.must(t, "GET", "sites/shop/containment", "")
			return answer["rehearsal"] == true && len(answer["refused"].([]any)) == 1 && len(answer["recent"].([]any)) == 2
		})
	})
}

func TestAdminDeploy(t *testing.T) {
	o := operate(t, "shop")
	answer := o.must(t, "POST", "sites/shop/deploy", `{"for":"1h","manifest":["/new/a.php","/uploads/b.php"]}`)
	if answer["trusted"] != 1.0 || answer["listed"] != 1.0 {
		t.Errorf("%v", answer)
	}
	s := o.stored(t)
	if s.Scripts.Lookup(baseline.Key{Path: "/new/a.php"}).Trust() != baseline.Trusted || !s.Decisions.Deployed(baseline.Key{Path: "/c.php"}, time.Now()) {
		t.Error("not stored")
	}
	if status, answer, _ := o.api(t, "POST", "sites/shop/deploy", `{"manifest":["/*.php"]}`); status != 400 {
		t.Errorf("%d %v", status, answer)
	}
}

func TestAdminBaseline(t *testing.T) {
	o := operate(t, "shop")
	var archive bytes.Buffer
	o.must(t, "POST", "sites/shop/deny", `{"paths":["/evil.php"]}`)
	resp, err := o.client.Get("http://127.0.0.1" + adminapi.Prefix + "sites/shop/baseline")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	io.Copy(&archive, resp.Body)
	if resp.Header.Get("Content-Type") != "application/zip" {
		t.Error(resp.Header)
	}
	if s, err := baseline.Import("x", bytes.NewReader(archive.Bytes()), baseline.Author{Via: "test"}, time.Now()); err != nil || s.Scripts.Count(baseline.Trusted) != 2 || s.Scripts.Count(baseline.Denied) != 1 {
		t.Fatal(err)
	}
	o.must(t, "POST", "sites/shop/relearn", "")
	o.must(t, "PUT", "sites/shop/containment", "")
	put := func(body string) (int, map[string]any) {
		status, answer, _ := o.api(t, "PUT", "sites/shop/baseline", body, "Content-Type", "application/zip")
		return status, answer
	}
	if status, answer := put("garbage"); status != 400 || o.stored(t).Scripts.Count(baseline.Trusted) != 0 {
		t.Errorf("%d %v", status, answer)
	}
	if status, answer := put(archive.String()); status != 200 || answer["phase"] != "enforcing" || answer["contained"] != true {
		t.Errorf("%d %v", status, answer)
	}
	if s := o.stored(t); s.Scripts.Count(baseline.Trusted) != 2 || o.get("/index.php") != 200 || o.get("/x.php") != 403 {
		t.Error("not in effect, or not stored")
	}
}

func TestAdminRefuses(t *testing.T) {
	o := operate(t, "shop")
	before := memoryOf(t, "shop").Decisions.List()
	for _, tt := range []struct {
		method, path, body string
		want               int
		headers            []string
	}{
		{"GET", "nothing", "", 404, nil},
		{"GET", "sites/nowhere", "", 404, nil},
		{"GET", "sites/shop/nothing", "", 404, nil},
		{"GET", "sites/shop/scripts/more", "", 404, nil},
		{"POST", "sites", "", 405, nil},
		{"POST", "sites/shop", "", 405, nil},
		{"GET", "sites/shop/approve", "", 405, nil},
		{"POST", "sites/shop/containment", "", 405, nil},
		{"POST", "sites/shop/deny", "", 415, nil},
		{"POST", "sites/shop/deny", `{"paths":["/a.php"]}`, 415, []string{"Content-Type", "text/plain"}},
		{"POST", "sites/shop/deny", `{`, 400, nil},
		{"POST", "sites/shop/deny", `{}`, 400, nil},
		{"POST", "sites/shop/deny", `[]`, 400, nil},
		{"POST", "sites/shop/deny", `{"paths":["/a.php"]} {}`, 400, nil},
		{"POST", "sites/shop/deny", `{"paths":["/a.php"],"dryrun":true}`, 400, nil},
		{"POST", "sites/shop/deny", `{"paths":["/a.php","b.php"]}`, 400, nil},
		{"POST", "sites/shop/deny", `{"paths":["/a.php","/["]}`, 400, nil},
		{"POST", "sites/shop/deny", `{"paths":["/"]}`, 400, nil},
		{"POST", "sites/shop/deny", `{"paths":["/` + strings.Repeat("x", 5000) + `"]}`, 400, nil},
		{"POST", "sites/shop/deny", `{"paths":["` + strings.Repeat("x", 16<<20) + `"]}`, 413, nil},
		{"PUT", "sites/shop/containment", `{"for":"soon"}`, 400, nil},
		{"PUT", "sites/shop/containment", `{"for":"-2h"}`, 400, nil},
		{"PUT", "sites/shop/containment", `{"for":"99999h"}`, 400, nil},
		{"POST", "sites/shop/deploy", `{"for":"-1m"}`, 400, nil},
		{"POST", "sites/shop/deploy", `{"for":"25h"}`, 400, nil},
		{"POST", "sites/shop/enforce", `{"now":true}`, 400, nil},
		{"PUT", "sites/shop/baseline", `{}`, 415, nil},
		{"POST", "sites/shop/relearn", "", 400, []string{"Sec-Fetch-Mode", "no-cors"}},
		{"POST", "sites/shop/relearn", "", 403, []string{"Origin", "http://evil.example"}},
	} {
		status, answer, header := o.api(t, tt.method, tt.path, tt.body, tt.headers...)
		if text, _ := answer["error"].(string); status != tt.want || text == "" {
			t.Errorf("%s %s %.60s: %d %v", tt.method, tt.path, tt.body, status, answer)
		}
		if status == 405 && header.Get("Allow") == "" {
			t.Errorf("%s %s: no Allow", tt.method, tt.path)
		}
	}
	if after := memoryOf(t, "shop").Decisions.List(); len(after) != len(before) {
		t.Errorf("something changed: %+v", after[len(before):])
	}
}

func TestAdminNames(t *testing.T) {
	for _, site := range []string{"a b", "a/b", "..", "%2F", "ä", `"`, "a?b#c"} {
		t.Run(site, func(t *testing.T) {
			o := operate(t, strings.ReplaceAll(site, `"`, `\"`))
			site := memoryName(t)
			if s := o.must(t, "GET", adminapi.SitePath(site, ""), ""); s["site"] != site {
				t.Errorf("%v", s)
			}
			o.must(t, "POST", adminapi.SitePath(site, "enforce"), "")
		})
	}
}

// memoryName is the name of the one site in use.
func memoryName(t *testing.T) (name string) {
	t.Helper()
	sites.Range(func(key, _ any) bool { name = key.(string); return true })
	return name
}

func TestAdminWhenStorageFails(t *testing.T) {
	o := operate(t, "shop")
	folder := filepath.Join(o.storage(), "webshell_guard")
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(folder, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	status, answer, _ := o.api(t, "PUT", "sites/shop/containment", `{"for":"1h"}`)
	if text, _ := answer["error"].(string); status != 500 || !strings.Contains(text, "in effect") {
		t.Errorf("%d %v", status, answer)
	}
	if o.get("/x.php") != 403 {
		t.Error("it is not in effect")
	}
	s := o.must(t, "GET", "sites/shop", "")
	if faults := fmt.Sprint(s["faults"]); !strings.Contains(faults, "could not be written") {
		t.Errorf("%v", faults)
	}
	if err := os.Remove(folder); err != nil {
		t.Fatal(err)
	}
	o.must(t, "PUT", "sites/shop/containment", `{"for":"1h"}`)
	if s := o.must(t, "GET", "sites/shop", ""); len(s["faults"].([]any)) > 0 {
		t.Errorf("%v", s["faults"])
	}
}

func TestAdminOnTCP(t *testing.T) {
	for address, want := range map[string]bool{`"localhost:2019"`: true, `""`: true, `"unix//run/caddy/admin"`: false, `"unix+h2c//x"`: false, `"fd/3"`: false} {
		var cfg caddy.Config
		if err := json.Unmarshal([]byte(`{"admin":{"listen":`+address+`}}`), &cfg); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := caddy.NewContext(caddy.Context{Context: t.Context()})
		if adminOnTCP(ctx) {
			t.Error("without a configuration")
		}
		cancel()
		provisioned, err := caddy.ProvisionContext(&caddy.Config{Admin: cfg.Admin})
		if err != nil {
			t.Fatal(err)
		}
		if got := adminOnTCP(provisioned); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
}
