package identity

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"path"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
	"github.com/webshell-guard/caddy-webshell-guard/integration/internal/lab"
)

// hostileServer answers a target with what it printed.
type hostileServer struct {
	name string
	ask  func(t *testing.T, target string) string
}

// holdToOneKey asks the servers for every spelling, and demands that whatever
// they run has one executable key. It logs what ran.
func holdToOneKey(t *testing.T, suffix string, servers []hostileServer) {
	t.Helper()
	n, err := scriptpath.NewNamer(scriptpath.DefaultSuffixes())
	if err != nil {
		t.Fatal(err)
	}
	table, count := &strings.Builder{}, make([]int, len(servers))
	for _, s := range hostile {
		row, some := fmt.Sprintf("%-40q", withSuffix(s.target, suffix)), false
		for i, server := range servers {
			cell := "-"
			if m := says.FindStringSubmatch(server.ask(t, withSuffix(s.target, suffix))); m != nil {
				cell, some = m[1], true
				count[i]++
				if wrong := s.misnamed(n, suffix, cell); wrong != "" {
					t.Errorf("%s, asked for %q: %s", server.name, withSuffix(s.target, suffix), wrong)
				}
			}
			row += fmt.Sprintf(" | %-14s", cell)
		}
		if some {
			fmt.Fprintln(table, row)
		}
	}
	for i, server := range servers {
		fmt.Fprintf(table, "%s ran %d of %d\n", server.name, count[i], len(hostile))
		if count[i] < 20 { // each undoes at least slashes, dots and percent-encoding
			t.Errorf("%s ran only %d of %d spellings", server.name, count[i], len(hostile))
		}
	}
	t.Logf("spellings that ran something:\n%s", table)
}

func TestPHPRunsNoPathThatIsNoScript(t *testing.T) {
	// Without the guard: what is asked is what the servers do with a path.
	socket := lab.StartFPM(t)
	s := lab.NewSite(t)
	for _, pattern := range onDisk {
		name := withSuffix(pattern, "php")
		s.Put(name, fmt.Sprintf(`<?php echo "ra", "n:[/%s]";`, name))
	}
	s.Put("index.php", "the fallback of php_fastcgi, which is not what is asked for")
	rewriting, plain := lab.FreePort(t), lab.FreePort(t)
	lab.StartCaddy(t, fmt.Sprintf(`http://:%[1]d {
	root * %[3]s
	php_fastcgi unix/%[4]s
}
http://:%[2]d {
	root * %[3]s
	reverse_proxy unix/%[4]s {
		transport fastcgi {
			split .php
		}
	}
}
`, rewriting, plain, s.Root, socket))
	web := func(port int) func(*testing.T, string) string {
		return func(t *testing.T, target string) string { return sendTarget(t, port, target) }
	}
	holdToOneKey(t, "php", []hostileServer{
		{"php_fastcgi", web(rewriting)},
		{"transport fastcgi", web(plain)},
		{"nginx's split", func(t *testing.T, target string) string {
			u, ok := decoded(target)
			if !ok || strings.ContainsRune(u.Path, 0) { // nginx refuses NUL
				return ""
			}
			script, info := nginxSplit(u.Path)
			return askFPM(t, socket, s.Root, script, info)
		}},
		{"no server's clean-up", func(t *testing.T, target string) string {
			u, ok := decoded(target)
			if !ok {
				return ""
			}
			return askFPM(t, socket, s.Root, u.Path, "")
		}},
	})
}

// splitNginx is the pattern of nginx's documentation for
// fastcgi_split_path_info. In PCRE "$" accepts a newline at the end, and "."
// none anywhere.
var splitNginx = regexp.MustCompile(`^(.+\.php)(/.+)\n?$`)

// nginxSplit is what nginx makes of a decoded path: merged slashes, resolved
// dot segments, and fastcgi_split_path_info. A location as wide as can be is
// assumed; FPM's security.limit_extensions decides.
func nginxSplit(sent string) (script, info string) {
	uri := path.Clean("/" + sent)
	if strings.HasSuffix(sent, "/") && uri != "/" {
		uri += "/"
	}
	if m := splitNginx.FindStringSubmatch(uri); m != nil {
		return m[1], m[2]
	}
	if strings.HasSuffix(uri, "/") {
		uri += "index.php" // fastcgi_index
	}
	return uri, ""
}

// askFPM sends one FastCGI request (FastCGI 1.0, sections 3.3 and 3.4) and
// returns what the script printed.
func askFPM(t *testing.T, socket, root, script, info string) string {
	t.Helper()
	conn, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	var params, request bytes.Buffer
	for _, p := range [][2]string{
		{"GATEWAY_INTERFACE", "CGI/1.1"}, {"REQUEST_METHOD", "GET"}, {"SERVER_PROTOCOL", "HTTP/1.1"}, {"DOCUMENT_ROOT", root},
		{"REQUEST_URI", script + info}, {"SCRIPT_NAME", script}, {"PATH_INFO", info}, {"SCRIPT_FILENAME", root + script},
	} {
		for _, s := range p { // four bytes of length, the first bit set
			_ = binary.Write(&params, binary.BigEndian, uint32(len(s))|1<<31)
		}
		params.WriteString(p[0] + p[1])
	}
	const begin, param, stdin = 1, 4, 5
	record := func(kind byte, content []byte) {
		request.Write([]byte{1, kind, 0, 1, byte(len(content) >> 8), byte(len(content)), 0, 0})
		request.Write(content)
	}
	record(begin, []byte{0, 1, 0, 0, 0, 0, 0, 0}) // a responder, of one request
	record(param, params.Bytes())
	record(param, nil)
	record(stdin, nil)
	if _, err := conn.Write(request.Bytes()); err != nil {
		t.Fatal(err)
	}
	var printed bytes.Buffer
	for header := make([]byte, 8); ; {
		if _, err := io.ReadFull(conn, header); err != nil {
			t.Fatalf("%q: %v", script, err)
		}
		content := make([]byte, int(header[4])<<8+int(header[5])+int(header[6]))
		if _, err := io.ReadFull(conn, content); err != nil {
			t.Fatalf("%q: %v", script, err)
		}
		switch header[1] {
		case 3: // the end
			return printed.String()
		case 6: // output
			printed.Write(content[:len(content)-int(header[6])])
		}
	}
}
