// Package transparency compares what passes through a guarded Caddy with what passes through a bare one.
package transparency

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/quic-go/quic-go/http3"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/integration/internal/lab"
)

// The tests of transparency play each scene against one Caddy several times: on
// a listener without a guard, and on one for each way of being guarded. What is
// written down of a scene must be the same every time, on the client's side and
// on the upstream's.

// guardings are the ways, and the directives of the guard; the first is none.
// The site "known" enforces and knows knownScripts, "fresh" is learning. The
// first does not look at files: those of a test are newer than what was learned,
// and it is right to refuse them.
var guardings = []struct{ name, guard string }{
	{"without a guard", ""},
	{"log, learning", guardOf("log", "fresh")},
	{"tag, learning", guardOf("tag", "fresh")},
	{"block, learning", guardOf("block", "fresh")},
	{"log, enforcing", guardOf("log", "known")},
	{"tag, enforcing", guardOf("tag", "known")},
	{"block, enforcing", guardOf("block", "known")},
}

func guardOf(mode, site string) string {
	options := "site " + site
	if site == "known" {
		options += "\n\t\troot off"
	}
	return fmt.Sprintf("webshell_guard %s {\n\t\t%s\n\t}", mode, options)
}

var knownScripts = []string{"/index.php", "/about.php"}

// world is a Caddy with a listener of each guarding, in front of an origin.
type world struct {
	t         *testing.T
	caddy     *lab.Caddy
	origin    *origin
	listeners []listener
	clients   []http.RoundTripper
}

// listener is one of them; it listens with TLS too if the world has it.
type listener struct {
	guarding    string
	plain, safe int
}

// startWorld runs a Caddy whose listeners have the directives given. In them,
// GUARD stands for the guard, ORIGIN for the address of the origin, ROOT for a
// document root with the files given.
func startWorld(t *testing.T, directives string, files map[string]string) *world {
	t.Helper()
	return startWorldOn(t, startOrigin(t), directives, files)
}

func startWorldOn(t *testing.T, o *origin, directives string, files map[string]string) *world {
	t.Helper()
	return startHosts(t, o, []host{{"", directives}}, files)
}

// host is a site of a world. The one without a name is there with TLS too.
type host struct{ name, directives string }

// startHosts runs a Caddy with several sites, and with global options.
func startHosts(t *testing.T, o *origin, hosts []host, files map[string]string, options ...string) *world {
	t.Helper()
	w := &world{t: t, origin: o}
	root := lab.ShortDir(t)
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(root, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cert, key := selfSigned(t, root+"-tls")
	t.Cleanup(func() { os.RemoveAll(root + "-tls") })
	var sites strings.Builder
	for _, g := range guardings {
		l := listener{g.name, lab.FreePort(t), lab.FreePort(t)}
		for _, host := range hosts {
			body := strings.NewReplacer("GUARD", g.guard, "ORIGIN", w.origin.addr, "ROOT", root).Replace(host.directives)
			fmt.Fprintf(&sites, "http://%[1]s:%[2]d {\n\tlog\n\t%[3]s\n}\n", host.name, l.plain, body)
			if host.name == "" {
				fmt.Fprintf(&sites, "https://:%d {\n\ttls %s %s\n\tlog\n\t%s\n}\n", l.safe, cert, key, body)
			}
		}
		w.listeners = append(w.listeners, l)
	}
	if !strings.Contains(strings.Join(options, ""), "servers") {
		options = append(options, "servers {\n\t\tprotocols h1 h2 h2c h3\n\t}")
	}
	w.caddy = lab.StartCaddyWith(t, strings.Join(options, "\n\t"), sites.String(), func(c *lab.Caddy) {
		seedKnown(t, filepath.Join(c.Dir, "storage/webshell_guard/known"))
	})
	return w
}

// same plays a scene on every listener, and compares what it wrote down.
func (w *world) same(t *testing.T, name string, play func(t *testing.T, l listener, s *script)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		var want string
		for i, l := range w.listeners {
			s := &script{t: t, l: l, origin: w.origin}
			play(t, l, s)
			got := s.String()
			switch {
			case i == 0:
				want = got
			case got != want:
				t.Errorf("%s:\n%s\nwithout a guard:\n%s", l.guarding, got, want)
			}
			if t.Failed() {
				return
			}
		}
		if want == "" {
			t.Error("the scene wrote nothing down")
		}
	})
}

// sound reports what Caddy's log says of panics and races, when it has stopped.
func (w *world) sound(t *testing.T) {
	t.Helper()
	for _, c := range w.clients {
		hangUp(c)
	}
	w.caddy.Stop()
	for line := range strings.Lines(w.caddy.Read("log.json")) {
		if strings.Contains(line, "the guard failed") || strings.Contains(line, "superfluous") || strings.Contains(line, `"panic`) {
			t.Error(line)
		}
	}
	races, _ := filepath.Glob(filepath.Join(w.caddy.Dir, "race.*"))
	for _, race := range races {
		t.Error(w.caddy.Read(filepath.Base(race)))
	}
}

// speakers are clients, by protocol, and the scheme they use.
var speakers = []struct {
	protocol, scheme string
	transport        func() http.RoundTripper
}{
	{"HTTP/1.1", "http", func() http.RoundTripper { return speak((*http.Protocols).SetHTTP1) }},
	{"h2c", "http", func() http.RoundTripper { return speak((*http.Protocols).SetUnencryptedHTTP2) }},
	{"HTTP/2", "https", func() http.RoundTripper { return speak((*http.Protocols).SetHTTP2) }},
	{"HTTP/3", "https", func() http.RoundTripper {
		return &http3.Transport{TLSClientConfig: trusting(), DisableCompression: true}
	}},
}

// client is a client of the world's, which keeps its connections for it.
func (w *world) client(transport func() http.RoundTripper) http.RoundTripper {
	w.clients = append(w.clients, transport())
	return w.clients[len(w.clients)-1]
}

func speak(set func(*http.Protocols, bool)) http.RoundTripper {
	tr := &http.Transport{Protocols: new(http.Protocols), DisableCompression: true, TLSClientConfig: trusting(), ExpectContinueTimeout: patience}
	set(tr.Protocols, true)
	return tr
}

func hangUp(transport http.RoundTripper) {
	transport.(interface{ CloseIdleConnections() }).CloseIdleConnections()
}

// patience is how long a scene waits for what must happen.
const patience = 60 * time.Second

func trusting() *tls.Config { return &tls.Config{InsecureSkipVerify: true} }

func (l listener) url(scheme, path string) string {
	port := l.plain
	if scheme == "https" {
		port = l.safe
	}
	return fmt.Sprintf("%s://127.0.0.1:%d%s", scheme, port, path)
}

// selfSigned makes a certificate for loopback.
func selfSigned(t *testing.T, dir string) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "127.0.0.1"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	err = errors.Join(os.MkdirAll(dir, 0o700),
		os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600),
		os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	return cert, key
}

// seedKnown stores a baseline that enforces, in which forty networks read, sent
// to and asked the head of knownScripts and of a route.
func seedKnown(t *testing.T, dir string) {
	t.Helper()
	began := time.Now().Add(-61 * time.Minute)
	limits := baseline.Limits{LearnMin: time.Hour, MaxScripts: 1000}
	s := baseline.NewSite("known", began)
	for n := range 400 {
		network := s.Hash.Network(netip.AddrFrom4([4]byte{127, 0, byte(n % 40), 1}))
		for _, path := range knownScripts {
			for _, method := range []string{"GET", "HEAD", "POST"} {
				s.Learn(baseline.Key{Path: path}, baseline.Visit{Time: began, Method: baseline.MethodOf(method), Status: 200, Network: network}, limits)
			}
		}
		for _, method := range []string{"GET", "HEAD", "POST"} {
			route := baseline.Key{Path: s.Routes.Learn("", "/page/1", network)}
			s.LearnRoute(route, baseline.Visit{Time: began, Method: baseline.MethodOf(method), Status: 200, Network: network}, limits)
		}
	}
	if phase := s.Phases.Advance(time.Now(), limits); phase != baseline.Enforcing {
		t.Fatal(phase)
	}
	if err := s.Save(objectsIn{dir}, time.Now()); err != nil {
		t.Fatal(err)
	}
}

// objectsIn are a directory's files.
type objectsIn struct{ dir string }

func (o objectsIn) Load(name string) ([]byte, error) { return os.ReadFile(filepath.Join(o.dir, name)) }
func (o objectsIn) Delete(string) error              { return errors.ErrUnsupported }
func (o objectsIn) Store(name string, object []byte) error {
	return errors.Join(os.MkdirAll(o.dir, 0o700), os.WriteFile(filepath.Join(o.dir, name), object, 0o600))
}
