package identity

import (
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/integration/internal/lab"
)

// sendTarget writes a request with the target verbatim, and returns the answer.
func sendTarget(t *testing.T, port int, target string) string {
	t.Helper()
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n", target); err != nil {
		t.Fatalf("%q: %v", target, err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil && len(answer) == 0 { // a server may reset after its 400
		t.Fatalf("%q: %v", target, err)
	}
	return string(answer)
}

func TestTomcatRunsNoPathThatIsNoScript(t *testing.T) {
	// Without the guard: what is asked is what the servers do with a path.
	sources := map[string]string{
		"jsp":  `<%%= "ra" + "n:[/%s]" %%>`,
		"jspx": `<jsp:root xmlns:jsp="http://java.sun.com/JSP/Page" version="2.0"><jsp:directive.page contentType="text/plain"/><jsp:expression>"ra" + "n:[/%s]"</jsp:expression></jsp:root>`,
	}
	files := map[string]string{}
	for suffix, source := range sources {
		for _, pattern := range onDisk {
			name := withSuffix(pattern, suffix)
			files[name] = fmt.Sprintf(source, name)
		}
	}
	// index.jspx is no welcome file by default.
	files["WEB-INF/web.xml"] = `<web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0"><welcome-file-list><welcome-file>index.jsp</welcome-file></welcome-file-list></web-app>`
	tomcat := lab.StartTomcat(t, files)
	strict, lenient := tomcat.Port, tomcat.Lenient
	proxied, proxiedLenient := lab.FreePort(t), lab.FreePort(t)
	lab.StartCaddy(t, fmt.Sprintf(`http://:%d {
	reverse_proxy 127.0.0.1:%d
}
http://:%d {
	reverse_proxy 127.0.0.1:%d
}
`, proxied, strict, proxiedLenient, lenient))
	web := func(port int) func(*testing.T, string) string {
		return func(t *testing.T, target string) string { return sendTarget(t, port, target) }
	}
	for suffix := range sources {
		t.Run(suffix, func(t *testing.T) {
			holdToOneKey(t, suffix, []hostileServer{
				{"tomcat", web(strict)}, {"behind Caddy", web(proxied)},
				{"lenient tomcat", web(lenient)}, {"behind Caddy", web(proxiedLenient)},
			})
		})
	}
}
