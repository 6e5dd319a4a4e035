package adminapi

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// hidden wraps a response writer without a way back.
type hidden struct{ http.ResponseWriter }

// TestAuthorOnAUnixSocket: the account is that of the peer, or unknown.
func TestAuthorOnAUnixSocket(t *testing.T) {
	dir, err := os.MkdirTemp("", "wg") // sockets have short names
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	socket := filepath.Join(dir, "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	authors := make(chan baseline.Author, 3)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		authors <- authorOf(w, r)
		authors <- authorOf(hidden{w}, r)
		authors <- authorOf(httptest.NewRecorder(), r)
	})}
	go server.Serve(l)
	defer server.Close()
	is := func(t *testing.T, want int) {
		t.Helper()
		if by := <-authors; by.Via != baseline.ViaUnixSocket || by.UID == nil || int(*by.UID) != want {
			t.Errorf("%v, want uid %d", by, want)
		}
		for range 2 {
			if by := <-authors; by.Via != baseline.ViaUnixSocket || by.UID != nil {
				t.Errorf("%v of a connection that is not to be had", by)
			}
		}
	}
	t.Run("our own", func(t *testing.T) {
		if runtime.GOOS != "linux" {
			t.Skip("only Linux says who the peer is")
		}
		client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		}}}
		resp, err := client.Get("http://caddy/")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		is(t, os.Getuid())
	})
	t.Run("another account's", func(t *testing.T) {
		curl, err := exec.LookPath("curl")
		if os.Getuid() != 0 || runtime.GOOS != "linux" || err != nil {
			t.Skip("needs root and curl, to ask as somebody else")
		}
		os.Chmod(dir, 0o755)
		os.Chmod(socket, 0o666)
		as := exec.Command("setpriv", "--reuid=1234", "--regid=1234", "--clear-groups", curl, "-s", "--unix-socket", socket, "http://caddy/")
		if out, err := as.CombinedOutput(); err != nil {
			t.Skipf("%v: %s", err, out)
		}
		is(t, 1234)
	})
}

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
