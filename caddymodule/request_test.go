package caddymodule

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

func TestRequestOverHTTP3WithoutLengthHasNoKnownBody(t *testing.T) {
	// quic-go gives every request without Content-Length a body of length -1.
	u := provision(t, `{"mode":"block","threshold":{"suspicious":10,"malicious":10}}`)
	for _, tt := range []struct {
		method  string
		major   int
		length  int64
		payload bool
	}{
		{http.MethodGet, 3, -1, false},
		{http.MethodGet, 3, 5, true},
		{http.MethodPost, 3, -1, true},
		{http.MethodGet, 2, -1, true},
		{http.MethodGet, 1, 0, false},
	} {
		r := get("/x.php", stranger)
		r.Method, r.ProtoMajor, r.ContentLength = tt.method, tt.major, tt.length
		r.Body = io.NopCloser(strings.NewReader("a=b"))
		tr := u.begin(r)
		if got := tr.exchange.CarriesPayload(); got != tt.payload {
			t.Errorf("%+v: payload %v", tt, got)
		}
		tr.end()
	}
}

func TestWebSocketByExtendedConnectIsAGet(t *testing.T) {
	u := provision(t, `{"mode":"block"}`)
	for _, major := range []int{2, 3} {
		r := get("/index.php", visitor)
		r.Method, r.ProtoMajor, r.ContentLength = http.MethodConnect, major, -1
		if r.Body = io.NopCloser(strings.NewReader("")); major == 2 {
			r.Header.Set(":protocol", "websocket")
		} else {
			r.Proto = "websocket"
		}
		tr := u.begin(r)
		if tr.exchange.Method != http.MethodGet || tr.exchange.CarriesPayload() {
			t.Errorf("HTTP/%d: %s, payload %v", major, tr.exchange.Method, tr.exchange.CarriesPayload())
		}
		tr.end()
	}
	r := get("/index.php", visitor)
	r.Method, r.ProtoMajor = http.MethodConnect, 2
	if tr := u.begin(r); tr.exchange.Method != http.MethodConnect {
		t.Error("a plain CONNECT passes for a GET")
	}
}

func TestForgedAddressesAreWarnedOfOnce(t *testing.T) {
	for strict, want := range map[int]int{0: 1, 1: 0} {
		u := provision(t, `{}`)
		for range 3 {
			r := get("/index.php", visitor)
			r.Context().Value(caddyhttp.ServerCtxKey).(*caddyhttp.Server).TrustedProxiesStrict = strict
			caddyhttp.SetVar(r.Context(), caddyhttp.TrustedProxyVarKey, true)
			if _, err := u.serve(r, answer); err != nil {
				t.Fatal(err)
			}
		}
		if n := u.logs.FilterMessageSnippet("forge").Len(); n != want {
			t.Errorf("trusted_proxies_strict %d: warned %d times", strict, n)
		}
	}
}

func TestAlertNamesWhatWasRequested(t *testing.T) {
	u := provision(t, `{}`)
	r := post("/download/x?a=b", stranger)
	r.URL.Path, r.URL.RawQuery, r.RequestURI = "/x.php", "id=1", "/x.php?id=1" // as `rewrite` does
	if _, err := u.serve(r, answer); err != nil {
		t.Fatal(err)
	}
	alerts := u.logs.FilterMessage("alert").All()
	if len(alerts) != 1 || !strings.HasSuffix(alerts[0].ContextMap()["uri"].(string), "/download/x?a=b") {
		t.Errorf("%v", alerts)
	}
}

func TestSecondGuardLeavesTheFirstOnesTag(t *testing.T) {
	outer, inner := provision(t, `{"mode":"tag"}`), provision(t, `{"site":"inner"}`)
	told := ""
	r := post("/x.php", stranger)
	r.Header.Set(tagHeader, "verdict=clean")
	_, err := outer.serve(r, func(w http.ResponseWriter, r *http.Request) error {
		return inner.ServeHTTP(w, r, caddyhttp.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
			told = r.Header.Get(tagHeader)
			return answer(w, r)
		}))
	})
	if err != nil || !strings.HasPrefix(told, "verdict=suspicious") {
		t.Errorf("told %q, %v", told, err)
	}
}

func TestFaultsDoNotFillTheLog(t *testing.T) {
	u := provisionFaulty(t, `{}`)
	for range 100 {
		if _, err := u.serve(rooted(post("/x.php", stranger)), answer); err != nil {
			t.Fatal(err)
		}
	}
	if n := u.logs.FilterMessageSnippet("the guard failed").Len(); n != 7 { // 1, 2, 4, … 64
		t.Errorf("logged %d times", n)
	}
}
