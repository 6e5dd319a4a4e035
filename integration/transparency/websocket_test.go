package transparency

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

func init() {
	// socket switches to WebSocket and sends back what comes: whether that are
	// frames is nothing to those between. It ends by itself after "bye".
	behaviours["socket"] = func(w http.ResponseWriter, _ *http.Request, v *visit) {
		w.Header().Set("Upgrade", "websocket")
		w.Header().Set("Connection", "Upgrade")
		w.Header().Set("Sec-Websocket-Protocol", "chat")
		w.WriteHeader(http.StatusSwitchingProtocols)
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			v.told = err.Error()
			return
		}
		defer conn.Close()
		for {
			line, err := rw.ReadString('\n')
			if err != nil {
				v.told = "saw the client go"
				return
			}
			v.body += line
			rw.WriteString("echo " + line)
			rw.Flush()
			if line == "bye\n" {
				return
			}
		}
	}
	// The key of an extended CONNECT is Caddy's, and random.
	unlike["Sec-Websocket-Key"] = true
}

var socketPaths = []string{"/index.php", "/new.php", "/socket"}

// TestTransparencyOfWebSockets needs Go's servers to offer RFC 8441, which they
// do only if they are told to.
func TestTransparencyOfWebSockets(t *testing.T) {
	t.Setenv("GODEBUG", "http2xconnect=1")
	w := startWorld(t, "GUARD\n\treverse_proxy ORIGIN", nil)
	for _, end := range []string{"the origin", "the client"} {
		for _, path := range socketPaths {
			talk := func(s *script, v *visit, conn io.WriteCloser, r *bufio.Reader) {
				for _, line := range []string{"one\n", "two\n", "bye\n"} {
					if line == "bye\n" && end == "the client" {
						break
					}
					io.WriteString(conn, line)
					s.line(r)
				}
				if end == "the client" {
					conn.Close()
				} else {
					rest, err := io.ReadAll(r)
					s.note("then %q, %s", rest, kindOf(err))
				}
				s.upstream(v)
			}
			w.same(t, "over HTTP/1.1 at "+path+", which "+end+" ends", func(_ *testing.T, l listener, s *script) {
				_, v := s.request("GET", l.url("http", path), nil)
				conn, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", l.plain), patience)
				if err != nil {
					s.t.Fatal(err)
				}
				defer conn.Close()
				conn.SetDeadline(time.Now().Add(patience))
				fmt.Fprintf(conn, "GET %s?do=socket HTTP/1.1\r\nHost: site.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
					"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s: %s\r\n\r\n", path, caseHeader, v.id)
				r := bufio.NewReader(conn)
				resp, err := http.ReadResponse(r, nil)
				if err != nil {
					s.t.Fatal(err)
				}
				s.head(resp)
				talk(s, v, conn, r)
			})
			w.same(t, "over HTTP/2 at "+path+", which "+end+" ends", func(_ *testing.T, l listener, s *script) {
				_, v := s.request("GET", l.url("https", path), nil)
				conn := connectH2(s, l, path+"?do=socket", v)
				talk(s, v, conn, bufio.NewReader(conn))
			})
		}
	}
	w.sound(t)
}

// h2Stream is the one stream of an HTTP/2 connection.
type h2Stream struct {
	net.Conn
	framer *http2.Framer
	rest   bytes.Buffer
	ended  bool
}

// connectH2 opens a WebSocket by an extended CONNECT, and writes the answer's
// header down. Go has no client for it.
func connectH2(s *script, l listener, path string, v *visit) *h2Stream {
	s.t.Helper()
	config := trusting()
	config.NextProtos = []string{"h2"}
	conn, err := tls.DialWithDialer(&net.Dialer{Timeout: patience}, "tcp", fmt.Sprintf("127.0.0.1:%d", l.safe), config)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	io.WriteString(conn, http2.ClientPreface)
	h := &h2Stream{Conn: conn, framer: http2.NewFramer(conn, conn)}
	h.framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	h.framer.WriteSettings()
	var block bytes.Buffer
	e := hpack.NewEncoder(&block)
	for _, f := range [][2]string{
		{":method", "CONNECT"}, {":protocol", "websocket"}, {":scheme", "https"}, {":path", path}, {":authority", "site.test"},
		{"sec-websocket-version", "13"}, {"x-case", v.id},
	} {
		e.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]})
	}
	for offered := false; ; {
		f, err := h.framer.ReadFrame()
		if err != nil {
			s.t.Fatalf("%s: %v", s.l.guarding, err)
		}
		switch f := f.(type) {
		case *http2.SettingsFrame:
			if f.IsAck() {
				continue
			}
			if on, ok := f.Value(http2.SettingEnableConnectProtocol); ok && on == 1 {
				offered = true
			}
			if !offered {
				s.t.Fatal("extended CONNECT is not offered")
			}
			h.framer.WriteSettingsAck()
			h.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block.Bytes(), EndHeaders: true})
		case *http2.MetaHeadersFrame:
			header := http.Header{}
			for _, field := range f.Fields {
				if field.Name == ":status" {
					s.note("status %s, ended %t", field.Value, f.StreamEnded())
					continue
				}
				header.Add(field.Name, field.Value)
			}
			s.fields("header", header)
			return h
		}
	}
}

func (h *h2Stream) Write(b []byte) (int, error) { return len(b), h.framer.WriteData(1, false, b) }

func (h *h2Stream) Close() error { return h.framer.WriteData(1, true, nil) }

func (h *h2Stream) Read(b []byte) (int, error) {
	for h.rest.Len() == 0 {
		if h.ended {
			return 0, io.EOF
		}
		f, err := h.framer.ReadFrame()
		if err != nil {
			return 0, err
		}
		switch f := f.(type) {
		case *http2.DataFrame:
			h.rest.Write(f.Data())
			h.ended = f.StreamEnded()
		case *http2.MetaHeadersFrame:
			h.ended = f.StreamEnded()
		case *http2.RSTStreamFrame:
			return 0, fmt.Errorf("reset: %s", f.ErrCode)
		}
	}
	return h.rest.Read(b)
}
