package transparency

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// wait is a step of the origin's: until the scene lets it go on, or the client
// is gone.
func (v *visit) wait(ctx context.Context) bool {
	select {
	case <-v.next:
		return true
	case <-ctx.Done():
	case <-time.After(patience):
		v.told = "waited in vain"
	}
	return false
}

func init() {
	behaviours["events"] = func(w http.ResponseWriter, r *http.Request, v *visit) {
		w.Header().Set("Content-Type", "text/event-stream")
		for n := range 4 {
			fmt.Fprintf(w, "data: %d\n\n", n)
			w.(http.Flusher).Flush()
			if !v.wait(r.Context()) {
				return
			}
		}
	}
	// drips has its header arrive before its body, and that in two pieces of a
	// type that nobody takes for a stream.
	behaviours["drips"] = func(w http.ResponseWriter, r *http.Request, v *visit) {
		w.Header().Set("Content-Type", "text/html")
		for _, piece := range []string{"", "<p>first", "<p>second"} {
			io.WriteString(w, piece)
			w.(http.Flusher).Flush()
			if !v.wait(r.Context()) {
				return
			}
		}
	}
	// echo answers each line before the next is sent, as gRPC does.
	behaviours["echo"] = func(w http.ResponseWriter, r *http.Request, v *visit) {
		http.NewResponseController(w).EnableFullDuplex()
		w.Header().Set("Content-Type", "application/grpc")
		w.Header().Set("Trailer", "Grpc-Status, Grpc-Message")
		w.(http.Flusher).Flush()
		for lines := bufio.NewScanner(r.Body); lines.Scan(); {
			fmt.Fprintf(w, "echo %s\n", lines.Text())
			w.(http.Flusher).Flush()
			v.body += lines.Text() + " "
		}
		w.Header().Set("Grpc-Status", "5")
		w.Header().Set("Grpc-Message", "not there")
	}
	// sips tells that it has the first piece of an upload before the second is sent.
	behaviours["sips"] = func(w http.ResponseWriter, r *http.Request, v *visit) {
		piece := make([]byte, 5)
		io.ReadFull(r.Body, piece)
		v.reached <- struct{}{}
		rest, err := io.ReadAll(r.Body)
		v.body = fmt.Sprintf("%s and %s, %v", piece, rest, err)
		io.WriteString(w, "ok")
	}
	behaviours["endless"] = func(w http.ResponseWriter, r *http.Request, v *visit) {
		io.WriteString(w, "begun\n")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		v.told = "was told that the client is gone"
	}
	behaviours["silent"] = func(_ http.ResponseWriter, r *http.Request, v *visit) {
		v.reached <- struct{}{}
		<-r.Context().Done()
		v.told = "was told that the client is gone"
	}
	// The client leaves amid its upload.
	behaviours["cut upload"] = func(_ http.ResponseWriter, r *http.Request, v *visit) {
		piece := make([]byte, 5)
		io.ReadFull(r.Body, piece)
		v.reached <- struct{}{}
		_, err := io.ReadAll(r.Body)
		v.told = fmt.Sprintf("saw the upload break off: %t", err != nil)
	}
	// The origin dies before, or amid, its answer.
	behaviours["dies"] = func(http.ResponseWriter, *http.Request, *visit) { panic(http.ErrAbortHandler) }
	behaviours["dies amid"] = func(w http.ResponseWriter, _ *http.Request, _ *visit) {
		w.Header().Set("Content-Length", strconv.Itoa(2*len(page)))
		io.WriteString(w, page)
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	behaviours["dies amid events"] = func(w http.ResponseWriter, r *http.Request, v *visit) {
		w.Header().Set("Content-Type", "text/event-stream")
		io.WriteString(w, "half of it")
		w.(http.Flusher).Flush()
		v.wait(r.Context())
		panic(http.ErrAbortHandler)
	}
}

// open sends a request whose answer is read bit by bit.
func (s *script) open(transport http.RoundTripper, r *http.Request) (*http.Response, *bufio.Reader) {
	s.t.Helper()
	resp, err := transport.RoundTrip(r)
	if err != nil {
		s.t.Fatalf("%s: %v", s.l.guarding, err)
	}
	s.t.Cleanup(func() { resp.Body.Close() })
	s.head(resp)
	return resp, bufio.NewReader(resp.Body)
}

func (s *script) line(r *bufio.Reader) {
	s.t.Helper()
	line, err := r.ReadString('\n')
	if err != nil {
		s.t.Fatalf("%s: %q %v", s.l.guarding, line, err)
	}
	s.note("line %q", line)
}

// TestTransparencyOfStreams compares what must not wait: one side goes on only
// when the other has seen what came before.
func TestTransparencyOfStreams(t *testing.T) {
	w := startWorld(t, "GUARD\n\treverse_proxy ORIGIN", nil)
	duplex := startWorldOn(t, w.origin, "GUARD\n\treverse_proxy h2c://ORIGIN", nil)
	for _, speaker := range speakers {
		transport := w.client(speaker.transport)
		get := func(s *script, l listener, path, do string) (*visit, *http.Response, *bufio.Reader) {
			r, v := s.request("GET", l.url(speaker.scheme, path+"?do="+do), nil)
			resp, b := s.open(transport, r)
			return v, resp, b
		}
		for _, path := range []string{"/index.php", "/new.php", "/events"} {
			w.same(t, "an event arrives before the next one is made, of "+path+" over "+speaker.protocol, func(_ *testing.T, l listener, s *script) {
				v, resp, b := get(s, l, path, "events")
				for range 4 {
					s.line(b)
					s.line(b)
					s.step("the next event may come", v.next)
				}
				s.answer(resp, nil)
				s.upstream(v)
			})
			w.same(t, "a slow page arrives as it is made, of "+path+" over "+speaker.protocol, func(_ *testing.T, l listener, s *script) {
				v, resp, b := get(s, l, path, "drips")
				s.step("the header is here", v.next)
				for _, piece := range []string{"<p>first", "<p>second"} {
					got := make([]byte, len(piece))
					_, err := io.ReadFull(b, got)
					s.note("%s %v", got, err)
					s.step("the next piece may come", v.next)
				}
				s.answer(resp, nil)
				s.upstream(v)
			})
			w.same(t, "the client goes amid an answer of "+path+" over "+speaker.protocol, func(_ *testing.T, l listener, s *script) {
				v, resp, b := get(s, l, path, "endless")
				s.line(b)
				resp.Body.Close()
				s.upstream(v)
			})
			w.same(t, "the client goes before an answer of "+path+" over "+speaker.protocol, func(_ *testing.T, l listener, s *script) {
				r, v := s.request("GET", l.url(speaker.scheme, path+"?do=silent"), nil)
				ctx, cancel := context.WithCancel(r.Context())
				go func() { <-v.reached; cancel() }()
				resp, err := transport.RoundTrip(r.WithContext(ctx))
				s.note("answered: %t, %t", resp != nil, err != nil)
				s.upstream(v)
			})
			for _, how := range []string{"dies", "dies amid", "dies amid events"} {
				w.same(t, "the origin "+how+" at "+path+" over "+speaker.protocol, func(_ *testing.T, l listener, s *script) {
					switch how {
					case "dies":
						r, v := s.request("GET", l.url(speaker.scheme, path+"?do=dies"), nil)
						s.answer(transport.RoundTrip(r))
						s.upstream(v)
						return
					case "dies amid":
						// How much arrives before the break differs from time to time.
						v, _, b := get(s, l, path, "dies+amid")
						_, err := io.Copy(io.Discard, b)
						s.note("body broken: %s", kindOf(err))
						s.upstream(v)
						return
					}
					v, resp, b := get(s, l, path, strings.ReplaceAll(how, " ", "+"))
					got := make([]byte, len("half of it"))
					_, err := io.ReadFull(b, got)
					s.note("%s %v", got, err)
					s.step("the origin may die", v.next)
					s.answer(resp, nil)
					s.upstream(v)
				})
			}
		}
		for _, path := range []string{"/index.php", "/upload"} {
			w.same(t, "a slow upload arrives as it is sent, at "+path+" over "+speaker.protocol, func(_ *testing.T, l listener, s *script) {
				body, pipe := io.Pipe()
				r, v := s.request("POST", l.url(speaker.scheme, path+"?do=sips"), body, "Content-Type", "text/plain", "Referer", "https://site.test/")
				go func() {
					io.WriteString(pipe, "first")
					<-v.reached
					io.WriteString(pipe, "second")
					pipe.Close()
				}()
				s.answer(transport.RoundTrip(r))
				s.upstream(v)
			})
			w.same(t, "the client goes amid an upload to "+path+" over "+speaker.protocol, func(_ *testing.T, l listener, s *script) {
				body, pipe := io.Pipe()
				r, v := s.request("POST", l.url(speaker.scheme, path+"?do=cut+upload"), body, "Content-Type", "text/plain", "Referer", "https://site.test/")
				ctx, cancel := context.WithCancel(r.Context())
				go func() {
					io.WriteString(pipe, "first")
					<-v.reached
					cancel()
					time.Sleep(20 * time.Millisecond) // or HTTP/3 may see the upload end first, and wait for an answer
					pipe.CloseWithError(io.ErrUnexpectedEOF)
				}()
				resp, err := transport.RoundTrip(r.WithContext(ctx))
				s.note("answered: %t, %t", resp != nil, err != nil)
				s.upstream(v)
			})
			if speaker.protocol == "HTTP/1.1" {
				continue // its clients send all before they read
			}
			duplex.same(t, "a call like gRPC's at "+path+" over "+speaker.protocol, func(_ *testing.T, l listener, s *script) {
				body, pipe := io.Pipe()
				r, v := s.request("POST", l.url(speaker.scheme, path+"?do=echo"), body, "Content-Type", "application/grpc", "Te", "trailers")
				resp, b := s.open(transport, r)
				for n := range 3 {
					fmt.Fprintf(pipe, "message %d\n", n)
					s.line(b)
				}
				pipe.Close()
				s.answer(resp, nil)
				s.upstream(v)
				if resp.Trailer.Get("Grpc-Status") != "5" {
					s.t.Errorf("trailers %v", resp.Trailer)
				}
			})
		}
	}
	w.sound(t)
	duplex.sound(t)
}
