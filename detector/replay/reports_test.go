package replay

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// report is a log in the shape of one that somebody reported in public, made up and cut
// down to what shows the fault, and what is right of it.
type report struct {
	file string
	// alerts, malicious and blocked bound the summary from above.
	alerts, malicious, blocked int
	// found is a script that must be alerted, and listed one that must be alerted or on the
	// list to look at.
	found, listed string
	// exactly is true if there must be as many alerts.
	exactly bool
	// refused is what an error must say instead.
	refused string
}

var reports = []report{
	{file: "37-bz2.log.bz2", alerts: 3, exactly: true, malicious: 3, blocked: 3},
	{file: "38-xz.log.xz", refused: "xz"},
	{file: "39-zst.log.zst", refused: "zstd"},
	{file: "40-utf16.log", refused: "UTF-16"},
	{file: "41-caddy-time_key.log.gz", alerts: 3, exactly: true, malicious: 3, blocked: 3, found: "/wp-includes/class-wq.php"},
	{file: "43-iis-302-upper-case-form.log.gz"},            // its form took POSTs all along
	{file: "44-iis-other-case.log.gz"},                     // /products.aspx is /Products.aspx
	{file: "45-iis-upper-case-new-page.log.gz", alerts: 3}, // the whole site is spelled so
	{file: "46-grpc-Svc.log.gz", alerts: 3},                // the name of a service
	{file: "47-dav-first-delete.log.gz"},                   // it took PUT
	{file: "49-linked-new-page-combined.log.gz"},           // all came by the site's links
	{file: "52-confluence-shell-servlet.log.gz", listed: "/plugins/servlet/com.jsos.shell/ShellServlet"},
	{file: "53-alfa-perl-alfa.log.gz", alerts: 1, found: "/wp-content/ALFA_DATA/alfacgiapi/perl.alfa"},
	{file: "54-tomcat-get-jsp-common.log.gz", listed: "/bak/cmd.jsp"},                                                            // no Referer is logged
	{file: "55-injected-index-302.log.gz", alerts: 3, found: "/"},                                                                // it was never sent a payload
	{file: "56-shell-in-learned-half-4-networks.log.gz", alerts: 3, malicious: 3, blocked: 3, listed: "/wp-includes/css/db.php"}, // there all the time
}

// TestPublicReports replays them all.
func TestPublicReports(t *testing.T) {
	for _, want := range reports {
		t.Run(want.file, func(t *testing.T) {
			file := filepath.Join("testdata", "reports", want.file)
			if want.refused != "" {
				_, err := Run(context.Background(), half(), []string{file}, func(*Alert) error { return nil })
				if err == nil || !strings.Contains(err.Error(), want.refused) {
					t.Fatalf("the error is %v, want one that says %s", err, want.refused)
				}
				return
			}
			r, alerts := replayed(t, half(), file)
			alerts = slices.DeleteFunc(alerts, func(a Alert) bool { return a.Type != "alert" })
			s := r.Summary
			if s.Malformed != 0 || s.Alerts > want.alerts || want.exactly && s.Alerts != want.alerts || s.Malicious > want.malicious || s.WouldBlock > want.blocked {
				t.Errorf("%+v", s)
			}
			if want.alerts == 0 && len(alerts) > 0 {
				t.Errorf("alerted: %+v", alerts)
			}
			alerted := func(script string) bool {
				return slices.ContainsFunc(alerts, func(a Alert) bool { return a.Script == script })
			}
			if want.found != "" && !alerted(want.found) {
				t.Errorf("%s is not alerted", want.found)
			}
			if want.listed != "" && !alerted(want.listed) && !slices.ContainsFunc(r.Review, func(v Review) bool { return v.Script == want.listed }) {
				t.Errorf("%s is neither alerted nor listed: %+v", want.listed, r.Review)
			}
		})
	}
}

// What appeared after learning is listed apart, and not without bound.
func TestNewcomersAreListed(t *testing.T) {
	var lines []string
	for _, l := range week() {
		l, _, _ = strings.Cut(l, ` "https`)
		l, _, _ = strings.Cut(l, ` "-"`)
		lines = append(lines, l+"\n")
	}
	for n := range 30 {
		l, _, _ := strings.Cut(line(start.Add(6*24*time.Hour), n%40, "GET /new"+strings.Repeat("x", n)+".php HTTP/1.1", 200, "-"), ` "-"`)
		l = strings.Replace(l, " 512", " "+strings.Repeat("7", 3+n/10)+string(rune('0'+n%10)), 1)
		lines = append(lines, l+"\n")
	}
	r, _ := replayed(t, half(), write(t, "access.log", strings.Join(lines, "")))
	isNew := 0
	for _, v := range r.Review {
		if v.New {
			isNew++
		}
		if v.Script == "/uploads/x.php" {
			t.Error("what was alerted is listed")
		}
	}
	if s := r.Summary; isNew != 10 || s.Review != len(r.Review) || s.ReviewFurther != 20 || s.Alerts != 1 {
		t.Errorf("%d new: %+v", isNew, s)
	}
}
