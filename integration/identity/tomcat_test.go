package identity

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/integration/internal/lab"
)

// catalinaHome is where Debian puts Tomcat.
const catalinaHome = "/usr/share/tomcat10"

// tomcatServer has two connectors: one as Tomcat comes, and one that accepts
// what Tomcat can be told to accept in a path.
const tomcatServer = `<Server port="-1"><Service name="Catalina">
<Connector port="%d" address="127.0.0.1" />
<Connector port="%d" address="127.0.0.1" relaxedPathChars='"&lt;&gt;[\]^%s{|}' allowBackslash="true" encodedSolidusHandling="decode" encodedReverseSolidusHandling="decode" />
<Engine name="Catalina" defaultHost="localhost"><Host name="localhost" appBase="webapps" autoDeploy="false" /></Engine>
</Service></Server>`

// startTomcat runs Debian's Tomcat with one web application, the files given,
// until the test ends. It returns the ports of its two connectors.
func startTomcat(t *testing.T, files map[string]string) (strict, lenient int) {
	t.Helper()
	java, err := exec.LookPath("java")
	defaults, err2 := os.ReadFile(filepath.Join(catalinaHome, "etc/web.xml"))
	if err := errors.Join(err, err2); err != nil {
		t.Fatalf("Tomcat is missing: install Debian's tomcat10: %v", err)
	}
	base := lab.ShortDir(t)
	strict, lenient = lab.FreePort(t), lab.FreePort(t)
	all := map[string]string{
		"conf/web.xml":    string(defaults), // which servlet runs what, and the welcome files
		"conf/server.xml": fmt.Sprintf(tomcatServer, strict, lenient, "`"),
		"temp/.keep":      "",
	}
	for name, content := range files {
		all["webapps/ROOT/"+name] = content
	}
	for name, content := range all {
		file := filepath.Join(base, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	bin := filepath.Join(catalinaHome, "bin")
	cmd := exec.Command(java, "-Xmx256m", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true", "-Dcatalina.home="+catalinaHome,
		"-Dcatalina.base="+base, "-Djava.io.tmpdir="+filepath.Join(base, "temp"),
		"-cp", filepath.Join(bin, "bootstrap.jar")+":"+filepath.Join(bin, "tomcat-juli.jar"), "org.apache.catalina.startup.Bootstrap", "start")
	lab.StartServer(t, cmd, func() bool { // the second connector listens last
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", lenient))
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	return strict, lenient
}

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
	strict, lenient := startTomcat(t, files)
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
