package adminapi

import (
	"net"
	"net/http"
	"reflect"
	"syscall"
	"unsafe"
)

// noUID is what the kernel answers where there is no peer to speak of.
const noUID = ^uint32(0)

// peerUID returns the account that opened the Unix socket over which a request came.
func peerUID(w http.ResponseWriter) (uid uint32, ok bool) {
	socket, ok := connOf(w).(syscall.Conn)
	if !ok {
		return 0, false
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return 0, false
	}
	uid = noUID
	err = raw.Control(func(fd uintptr) {
		if peer, err := syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED); err == nil {
			uid = peer.Uid
		}
	})
	return uid, err == nil && uid != noUID
}

// connOf returns the connection that an answer goes to, or nil. net/http has no way to
// ask for it but to take it over; should its types change, the answer is nil.
func connOf(w http.ResponseWriter) net.Conn {
	for {
		outer, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			break
		}
		w = outer.Unwrap()
	}
	v := reflect.ValueOf(w)
	for _, name := range [...]string{"conn", "rwc"} {
		if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct || v.Elem().Type().PkgPath() != "net/http" {
			return nil
		}
		v = v.Elem().FieldByName(name)
	}
	if !v.IsValid() || !v.CanAddr() || v.Type() != reflect.TypeFor[net.Conn]() {
		return nil
	}
	return *(*net.Conn)(unsafe.Pointer(v.UnsafeAddr())) //nolint:gosec // the field is a net.Conn; reflection alone does not hand out what is not exported
}
