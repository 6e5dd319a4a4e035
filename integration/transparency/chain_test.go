package transparency

import (
	"fmt"
	"net"
	"net/http"
	"net/http/fcgi"
	"path/filepath"
	"strings"
	"testing"
)

// chainFiles are the document root of chains.
var chainFiles = map[string]string{
	"index.php": "<?php", "about.php": "<?php",
	"style.css":  strings.Repeat("p { margin: 0 }\n", 1000),
	"hello.html": `<p>{{.Req.Method}} {{placeholder "http.request.uri.path"}} {{"1" | add 2}}`,
}

// startFastCGI is a FastCGI application that says what it was asked.
func startFastCGI(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go fcgi.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		env := fcgi.ProcessEnv(r)
		r.ParseForm()
		ran := filepath.Base(env["SCRIPT_FILENAME"])
		w.Header().Set("X-Ran", ran)
		if r.Form.Get("fail") != "" {
			w.WriteHeader(http.StatusTeapot)
		}
		fmt.Fprintf(w, "<p>%s ran for %s %s, form %v\n%s", ran, r.Method, r.URL.Path, r.Form, page)
	}))
	return l.Addr().String()
}

// chains are sites with the guard among other handlers. FCGI is the FastCGI
// application.
var chains = []struct{ name, directives, shows string }{
	{"handle_errors behind an origin", `GUARD
	reverse_proxy ORIGIN {
		@broken status 5xx
		handle_response @broken {
			error "the origin broke" 502
		}
	}
	handle_errors {
		header X-Page error
		respond "{err.status_code} {err.message}"
	}`, `X-Page: ["error"]`},
	{"handle_errors with a guard in it", `GUARD
	root * ROOT
	file_server
	handle_errors {
		GUARD
		rewrite * /hello.html
		templates
		file_server {
			status {err.status_code}
		}
	}`, `404 Not Found, length`},
	{"encode before the guard", "encode zstd gzip\n\tGUARD\n\treverse_proxy ORIGIN", `Content-Encoding: ["gzip"]`},
	{"encode after the guard", "route {\n\t\tGUARD\n\t\tencode zstd gzip\n\t\treverse_proxy ORIGIN\n\t}", `Content-Encoding: ["gzip"]`},
	{"templates before the guard", "root * ROOT\n\troute {\n\t\ttemplates\n\t\tGUARD\n\t\tfile_server\n\t}", `200 OK, length 20`},
	{"templates after the guard", "root * ROOT\n\troute {\n\t\tGUARD\n\t\ttemplates\n\t\tfile_server\n\t}", `200 OK, length 20`},
	{"intercept before the guard", intercepting("", "GUARD"), `X-Intercepted: ["500"]`},
	{"intercept after the guard", intercepting("GUARD", ""), `X-Intercepted: ["500"]`},
	{"forward_auth before the guard", "route {\n\t\tforward_auth ORIGIN {\n\t\t\turi /auth?do=204\n\t\t\tcopy_headers X-User\n\t\t}\n\t\tGUARD\n\t\trespond \"in\"\n\t}", `200 OK, length 2`},
	{"forward_auth after the guard", "route {\n\t\tGUARD\n\t\tforward_auth ORIGIN {\n\t\t\turi /auth?do=204\n\t\t}\n\t\trespond \"in\"\n\t}", `200 OK, length 2`},
	{"forward_auth that refuses", "route {\n\t\tGUARD\n\t\tforward_auth ORIGIN {\n\t\t\turi /auth?do=redirect\n\t\t}\n\t\trespond \"in\"\n\t}", `303 See Other`},
	{"php_fastcgi after the guard", "root * ROOT\n\tGUARD\n\tphp_fastcgi FCGI\n\tfile_server", `X-Ran: ["index.php"]`},
	{"php_fastcgi around the guard", "root * ROOT\n\troute {\n\t\ttry_files {path} /index.php\n\t\tGUARD\n\t\treverse_proxy FCGI {\n\t\t\ttransport fastcgi {\n\t\t\t\tsplit .php\n\t\t\t}\n\t\t}\n\t}", `X-Ran: ["index.php"]`},
	{"two guards", "route {\n\t\tGUARD\n\t\theader X-Between 1\n\t\tGUARD\n\t\treverse_proxy ORIGIN\n\t}", `X-Between: ["1"]`},
	{"request_body before the guard", "route {\n\t\trequest_body {\n\t\t\tmax_size 1KB\n\t\t}\n\t\tGUARD\n\t\treverse_proxy ORIGIN\n\t}", `413 Request Entity Too Large`},
	{"request_body after the guard", "route {\n\t\tGUARD\n\t\trequest_body {\n\t\t\tmax_size 1KB\n\t\t}\n\t\treverse_proxy ORIGIN\n\t}", `413 Request Entity Too Large`},
	{"buffers and another method", "GUARD\n\treverse_proxy ORIGIN {\n\t\trequest_buffers 4KiB\n\t\tresponse_buffers 4KiB\n\t\tflush_interval -1\n\t}", `500 Internal Server Error`},
	{"a copied answer", "GUARD\n\treverse_proxy ORIGIN {\n\t\t@any status 2xx\n\t\thandle_response @any {\n\t\t\tcopy_response_headers\n\t\t\tcopy_response\n\t\t}\n\t}", `Set-Cookie`},
	{"a handler that says nothing", "GUARD\n\theader X-Empty 1", `X-Empty: ["1"]`},
	{"abort", "GUARD\n\tabort", `no answer: EOF`},
}

func intercepting(before, after string) string {
	return "route {\n\t\t" + before + "\n\t\tintercept {\n\t\t\t@broken status 5xx 404\n\t\t\thandle_response @broken {\n" +
		"\t\t\t\theader X-Intercepted {resp.status_code}\n\t\t\t\trespond \"sorry\" 503\n\t\t\t}\n\t\t}\n\t\t" + after + "\n\t\treverse_proxy ORIGIN\n\t}"
}

// TestTransparencyInChains plays the same requests on all chains.
func TestTransparencyInChains(t *testing.T) {
	o, app := startOrigin(t), startFastCGI(t)
	var hosts []host
	for n, chain := range chains {
		hosts = append(hosts, host{fmt.Sprintf("chain%d.test", n), strings.ReplaceAll(chain.directives, "FCGI", app)})
	}
	w := startHosts(t, o, hosts, chainFiles)
	client := w.client(speakers[0].transport)
	ask := func(s *script, l listener, host int, method, uri, body string) {
		headers := []string{"Accept-Encoding", "gzip", "Referer", "https://site.test/"}
		if method == http.MethodPost {
			headers = append(headers, "Content-Type", "application/x-www-form-urlencoded")
		}
		r, _ := s.request(method, l.url("http", uri), text(body)(), headers...)
		r.Host = hosts[host].name
		s.note("%s %s", method, uri)
		s.answer(client.RoundTrip(r))
	}
	for n, chain := range chains {
		w.same(t, chain.name, func(_ *testing.T, l listener, s *script) {
			for _, path := range []string{"/index.php", "/about.php/info", "/page/1", "/style.css", "/hello.html", "/missing"} {
				for _, do := range []string{"page", "error"} {
					ask(s, l, n, http.MethodGet, path+"?do="+do, "")
				}
			}
			ask(s, l, n, http.MethodHead, "/index.php?do=page", "")
			ask(s, l, n, http.MethodPost, "/index.php?do=page", "name=value")
			ask(s, l, n, http.MethodPost, "/index.php?do=page", "name="+strings.Repeat("x", 5000))
			ask(s, l, n, http.MethodGet, "/about.php?fail=1&do=missing", "")
			if !strings.Contains(s.String(), chain.shows) {
				s.t.Errorf("the chain does not do what it is for:\n%s", s)
			}
		})
	}
	w.sound(t)
}

// TestTransparencyOfOrder has the guard in other places of the order of
// directives, which no route block sets.
func TestTransparencyOfOrder(t *testing.T) {
	o := startOrigin(t)
	const directives = `root * ROOT
	GUARD
	encode gzip
	templates
	header X-Site kept
	request_body {
		max_size 1KB
	}
	intercept {
		@missing status 404
		handle_response @missing {
			respond "sorry" 410
		}
	}
	file_server
	handle_errors {
		respond "{err.status_code}"
	}`
	for _, place := range []string{"first", "last", "after templates", "before intercept", "after header"} {
		w := startHosts(t, o, []host{{"order.test", directives}}, chainFiles, "order webshell_guard "+place)
		client := w.client(speakers[0].transport)
		w.same(t, place, func(_ *testing.T, l listener, s *script) {
			for _, path := range []string{"/index.php", "/style.css", "/hello.html", "/missing", "/missing.php"} {
				for _, method := range []string{"GET", "HEAD"} {
					r, _ := s.request(method, l.url("http", path), nil, "Accept-Encoding", "gzip")
					r.Host = "order.test"
					s.answer(client.RoundTrip(r))
				}
			}
		})
		w.sound(t)
	}
}
