package caddymodule

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/caddymodule/internal/adminapi"
)

// containedSite is what the API says about the containment of the operated site.
func (o operated) containedSite(t *testing.T, method, body string) (c adminapi.Containment) {
	t.Helper()
	b, err := json.Marshal(o.must(t, method, "sites/shop/containment", body))
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// To look at a containment again, by running the same command without its time, took
// its end away.
func TestContainmentKeepsItsEnd(t *testing.T) {
	o := operate(t, "shop")
	first := o.containedSite(t, "PUT", `{"for":"1h"}`)
	if first.Before != nil {
		t.Errorf("before the first: %+v", first.Before)
	}
	again := o.containedSite(t, "PUT", "")
	if again.Until == nil || !again.Until.Equal(*first.Until) || again.Before == nil || !again.Before.Until.Equal(*first.Until) {
		t.Errorf("without a time: %+v", again)
	}
	if k, on := o.stored(t).Containment.Active(time.Now()); !on || !k.Until.Equal(*first.Until) {
		t.Errorf("stored: %+v", k)
	}
	if out := o.run(t, "contain", "shop"); !strings.Contains(out, "was contained already, and its end stays: until ") {
		t.Error(out)
	}
	if out := o.run(t, "contain", "shop", "--for", "3h"); !strings.Contains(out, "until "+first.Until.Local().Format(time.DateTime)+" before, is now until ") {
		t.Error(out)
	}
	later := o.containedSite(t, "GET", "")
	if later.Before != nil || later.Until.Sub(*first.Until) < time.Hour || !later.Since.Equal(*first.Since) {
		t.Errorf("with a time: %+v", later)
	}
	if out := o.run(t, "contain", "shop", "--for", "0s"); !strings.Contains(out, "is now until released") {
		t.Error(out)
	}
	if c := o.containedSite(t, "PUT", ""); c.Until != nil || !c.Contained {
		t.Errorf("without an end: %+v", c)
	}
	changed := o.logged(2, func(l logLine) bool { return l.Msg == "the end of the containment has changed" && l.Site == "shop" })
	if len(changed) != 2 {
		t.Errorf("%+v", changed)
	}
	if n := strings.Count(o.log(), `"msg":"contained: `); n != 1 {
		t.Errorf("it begins %d times", n)
	}
	t.Run("of a rehearsal too, which containment does not take over", func(t *testing.T) {
		o.must(t, "DELETE", "sites/shop/containment", "")
		first := o.containedSite(t, "PUT", `{"for":"1h","rehearse":true}`)
		if again := o.containedSite(t, "PUT", `{"rehearse":true}`); again.Until == nil || !again.Until.Equal(*first.Until) {
			t.Errorf("%+v", again)
		}
		if c := o.containedSite(t, "PUT", ""); c.Until != nil || c.Before != nil || !c.Contained {
			t.Errorf("%+v", c)
		}
	})
}

// Without an end the log had `"until":-6795364578`: the year 1 in Unix seconds.
func TestContainmentWithoutEndLogsNone(t *testing.T) {
	o := operate(t, "shop")
	o.must(t, "PUT", "sites/shop/containment", "")
	o.must(t, "PUT", "sites/shop/containment", `{"for":"1h"}`)
	o.must(t, "PUT", "sites/shop/containment", `{"for":"0s"}`)
	o.logged(2, func(l logLine) bool { return l.Msg == "the end of the containment has changed" })
	for line := range strings.Lines(o.log()) {
		if strings.Contains(line, `":-`) {
			t.Error(line)
		}
	}
}

func TestRefusedIsReadOnly(t *testing.T) {
	o := operate(t, "shop")
	decisions := func() int { return len(memoryOf(t, "shop").Decisions.List()) }
	if out := o.run(t, "refused", "shop"); !strings.Contains(out, "not contained") || !strings.Contains(out, "Nothing was refused") {
		t.Error(out)
	}
	o.run(t, "contain", "shop", "--for", "1h")
	o.get("/x.php")
	before := decisions()
	for range 2 {
		if out := o.run(t, "refused", "shop"); !strings.Contains(out, "is contained, until") || !strings.Contains(out, "/x.php") {
			t.Error(out)
		}
	}
	var c adminapi.Containment
	if err := json.Unmarshal([]byte(o.run(t, "refused", "shop", "--json")), &c); err != nil || len(c.Refused) != 1 || c.Refused[0].Trust != "unknown" {
		t.Errorf("%+v %v", c, err)
	}
	if decisions() != before {
		t.Error("it decides something")
	}
	o.run(t, "approve", "shop", "/x.php")
	o.run(t, "release", "shop")
	if c := o.containedSite(t, "GET", ""); len(c.Refused) != 1 || c.Refused[0].Trust != "trusted" {
		t.Errorf("after its approval and the release: %+v", c.Refused)
	}
}

// The rehearsal listed a path as visited that was only denied, by which nothing more
// would be refused.
func TestRehearsalListsWhatContainmentWouldRefuseBeyondDenials(t *testing.T) {
	o := operate(t, "shop")
	for _, path := range []string{"/mine.php", "/shell.php", "/open.php"} {
		o.get(path)
	}
	o.eventually("the scripts are not known", func() bool { return memoryOf(t, "shop").Scripts.Count(baseline.Provisional) == 3 })
	o.run(t, "deny", "shop", "/never-visited.php", "/shell.php")
	o.run(t, "deploy", "shop", "--manifest", writeFile(t, "/uploads/listed.php\n"))
	lists := func() (refused, recent []string) {
		c := o.containedSite(t, "GET", "")
		for _, r := range c.Refused {
			refused = append(refused, r.Path)
		}
		for _, s := range c.Recent {
			recent = append(recent, s.Path)
		}
		return refused, recent
	}
	o.run(t, "contain", "shop", "--rehearse")
	if _, recent := lists(); strings.Join(recent, " ") != "/mine.php /open.php" {
		t.Errorf("recent: %v", recent)
	}
	o.get("/mine.php")
	o.get("/open.php")
	o.get("/shell.php")
	o.eventually("the refusals are not listed", func() bool { refused, _ := lists(); return len(refused) == 2 })
	o.run(t, "approve", "shop", "/mine.php")
	o.run(t, "deny", "shop", "/open.php")
	if refused, recent := lists(); len(refused)+len(recent) > 0 {
		t.Errorf("all is decided, and these are listed: %v %v", refused, recent)
	}
}
