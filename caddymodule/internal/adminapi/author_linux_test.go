package adminapi

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
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
	os.Chmod(dir, 0o755)
	os.Chmod(socket, 0o666)
	authors := make(chan baseline.Author, 3)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		authors <- authorOf(w, r)
		authors <- authorOf(hidden{w}, r)
		authors <- authorOf(httptest.NewRecorder(), r)
	})}
	go server.Serve(l)
	defer server.Close()
	other := os.Getuid()
	if other == 0 {
		other = 1234 // only root can ask as somebody else
	}
	for _, uid := range []int{os.Getuid(), other} {
		client := &http.Client{Transport: &http.Transport{
			DisableKeepAlives: true, DialContext: func(context.Context, string, string) (net.Conn, error) { return dialAs(uid, socket) },
		}}
		resp, err := client.Get("http://caddy/")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if by := <-authors; by.Via != baseline.ViaUnixSocket || by.UID == nil || int(*by.UID) != uid {
			t.Errorf("%v, want uid %d", by, uid)
		}
		for range 2 {
			if by := <-authors; by.Via != baseline.ViaUnixSocket || by.UID != nil {
				t.Errorf("%v of a connection that is not to be had", by)
			}
		}
	}
}

// dialAs connects to a socket as an account. The kernel keeps accounts by thread: one is
// given up for it, and ends with its goroutine.
func dialAs(uid int, socket string) (net.Conn, error) {
	type result struct {
		conn net.Conn
		err  error
	}
	done := make(chan result)
	go func() {
		runtime.LockOSThread()
		conn, err := func() (net.Conn, error) {
			const keep = ^uintptr(0)
			if _, _, errno := syscall.RawSyscall(syscall.SYS_SETRESUID, keep, uintptr(uid), keep); errno != 0 {
				return nil, errno
			}
			fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
			if err != nil {
				return nil, err
			}
			file := os.NewFile(uintptr(fd), socket)
			defer file.Close()
			if err := syscall.Connect(fd, &syscall.SockaddrUnix{Name: socket}); err != nil {
				return nil, err
			}
			return net.FileConn(file)
		}()
		done <- result{conn, err}
	}()
	r := <-done
	return r.conn, r.err
}
