package lab

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
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

// Tomcat is a running Tomcat.
type Tomcat struct {
	Port    int    // as Tomcat comes
	Lenient int    // accepts in a path what Tomcat can be told to
	Root    string // of its web application
}

// StartTomcat runs Debian's Tomcat with one web application, the files given,
// until the test ends.
func StartTomcat(t *testing.T, files map[string]string) Tomcat {
	t.Helper()
	java, err := exec.LookPath("java")
	defaults, err2 := os.ReadFile(filepath.Join(catalinaHome, "etc/web.xml"))
	if err := errors.Join(err, err2); err != nil {
		t.Fatalf("Tomcat is missing: install Debian's tomcat10: %v", err)
	}
	base := ShortDir(t)
	c := Tomcat{Port: FreePort(t), Lenient: FreePort(t), Root: filepath.Join(base, "webapps/ROOT")}
	all := map[string]string{
		"conf/web.xml":    string(defaults), // which servlet runs what, and the welcome files
		"conf/server.xml": fmt.Sprintf(tomcatServer, c.Port, c.Lenient, "`"),
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
	StartServer(t, cmd, func() bool { // the second connector listens last
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", c.Lenient))
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	return c
}
