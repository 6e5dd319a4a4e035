package caddymodule

import (
	"context"
	"testing"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// The address that was asked for was logged as it came. JSON lets control characters
// from U+0080 on pass, and some terminals obey them: U+009B begins an escape sequence.
func TestAlertShowsNoControlCharacters(t *testing.T) {
	u := provision(t, `{}`)
	r := post("/x.php", stranger)
	original := *r
	original.RequestURI = "/x.php?\u009b2J\u202e\x7f\xff"
	r = r.WithContext(context.WithValue(r.Context(), caddyhttp.OriginalRequestCtxKey, original))
	if _, err := u.serve(r, answer); err != nil {
		t.Fatal(err)
	}
	alerts := u.logs.FilterMessage("alert").All()
	if want := "/x.php?%C2%9B2J%E2%80%AE%7F%FF"; len(alerts) != 1 || alerts[0].ContextMap()["uri"] != want {
		t.Errorf("%v", alerts)
	}
}
