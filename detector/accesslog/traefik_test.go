package accesslog

import (
	"strings"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

func TestTraefik(t *testing.T) {
	log := `{"ClientHost":"198.51.100.7","DownstreamContentSize":512,"DownstreamStatus":201,"RequestContentSize":9,"RequestHost":"www.example.com","RequestMethod":"POST","RequestPath":"/a%20b.php?x=1","StartUTC":"2026-03-02T00:03:00.123456Z","request_Referer":"-","request_User-Agent":"curl/8","downstream_Content-Type":"text/html"}
{"ClientHost":"198.51.100.7","DownstreamStatus":0,"OriginStatus":404,"RequestMethod":"GET","RequestPath":"/c.php","time":"2026-03-02T01:03:00+01:00"}
{"ClientHost":"198.51.100.7","RequestMethod":"GET","RequestPath":"/c.php"}
{"ClientHost":"198.51.100.7","RequestMethod":"\u0000","RequestPath":"/c.php","StartUTC":"2026-03-02T00:03:00Z"}
`
	for _, format := range []Format{Auto, Traefik} {
		entries, r := readAll(t, strings.NewReader(log), format)
		if len(entries) != 2 || r.Malformed() != 2 || r.Format() != Traefik {
			t.Fatalf("%s: %d entries, %d malformed, %s", format, len(entries), r.Malformed(), r.Format())
		}
		e := entries[0]
		at := time.Date(2026, 3, 2, 0, 3, 0, 123_456_000, time.UTC)
		if !e.Time.Equal(at) || e.Client.String() != "198.51.100.7" || e.Method != "POST" || e.Path != "/a b.php" || e.Query != "x=1" || e.Host != "www.example.com" ||
			e.Status != 201 || e.Length != 512 || e.Sent != 9 || !e.HasBody || e.Agent != "curl/8" || e.ContentType != "text/html" {
			t.Errorf("%s: %+v", format, e)
		}
		if !e.Has(detector.KnownReferer|detector.KnownBody) || e.Referer != "" || e.Has(detector.KnownOrigin) {
			t.Errorf("%s: known %b, referer %q", format, e.Known, e.Referer)
		}
		if e := entries[1]; e.Status != 404 || e.Has(detector.KnownReferer) || !e.Time.Equal(at.Truncate(time.Minute)) {
			t.Errorf("%s: %+v", format, e)
		}
	}
}
