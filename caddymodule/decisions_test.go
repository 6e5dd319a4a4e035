package caddymodule

import (
	"fmt"
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// A call that has room for some of its scripts only changes none: what was answered
// with an error must not hold until the next restart.
func TestDecisionsAreWholeOrNotAtAll(t *testing.T) {
	o := operate(t, "shop")
	roomFor := func(n int) {
		t.Helper()
		if err := o.load(fmt.Sprintf("webshell_guard {\n\tsite shop\n\tlearn 9h 0.5\n\tmax_scripts %d\n}\nrespond page\n", 2+n)); err != nil {
			t.Fatal(err)
		}
	}
	for _, action := range []string{"deny", "approve"} {
		t.Run(action, func(t *testing.T) {
			roomFor(1)
			before := len(memoryOf(t, "shop").Decisions.List())
			status, answer, _ := o.api(t, "POST", "sites/shop/"+action, `{"paths":["/about.php","/first.php","/second.php"]}`)
			if status != 507 {
				t.Errorf("%d %v", status, answer)
			}
			shop := memoryOf(t, "shop")
			if p := shop.Scripts.Lookup(baseline.Key{Path: "/first.php"}); p != nil {
				t.Errorf("/first.php is %v", p.Trust())
			}
			if o.get("/about.php") != 200 || shop.Scripts.Count(baseline.Denied) != 0 || len(shop.Decisions.List()) != before {
				t.Error("the call changed something")
			}
			if n := shop.Scripts.Overflows(baseline.OverflowScripts); n != 0 {
				t.Errorf("%d overflows", n)
			}
		})
	}
	t.Run("with room for all", func(t *testing.T) {
		roomFor(2)
		o.must(t, "POST", "sites/shop/deny", `{"paths":["/first.php","/second.php"]}`)
		if o.get("/first.php") != 403 || o.stored(t).Scripts.Count(baseline.Denied) != 2 {
			t.Error("not denied, or not stored")
		}
	})
}
