package adminapi

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

func TestAuthorOverTCP(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	r.RemoteAddr = "192.0.2.7:1234"
	r.Header.Set(AsHeader, "J%C3%B6rg%1B%0A")
	if by := authorOf(httptest.NewRecorder(), r); by.Via != "192.0.2.7:1234" || by.UID != nil || by.Claimed != "Jörg%1B%0A" {
		t.Errorf("%+v", by)
	}
	if got := (baseline.Author{Via: "192.0.2.7:1234", Claimed: "Jörg"}).String(); got != "192.0.2.7:1234, claims to be Jörg" {
		t.Error(got)
	}
}
