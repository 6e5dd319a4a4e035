package port_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/integration/internal/port"
)

// child makes the test's program print ports instead, and keep them until its input ends.
const child = "PORT_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(child) == "" {
		os.Exit(m.Run())
	}
	for range 150 {
		fmt.Println(port.Free())
	}
	fmt.Println("done")
	_, _ = os.Stdin.Read(make([]byte, 1))
}

func TestProcessesGetDifferentPorts(t *testing.T) {
	given := map[string]bool{}
	for range 4 {
		for _, p := range portsOfAnotherProcess(t) {
			if given[p] {
				t.Errorf("%s was given twice", p)
			}
			given[p] = true
		}
	}
	for range 150 {
		p, err := port.Free()
		if err != nil {
			t.Fatal(err)
		}
		if given[fmt.Sprint(p)] {
			t.Errorf("%d was given twice", p)
		}
		given[fmt.Sprint(p)] = true
		l, err := net.Listen("tcp", fmt.Sprintf(":%d", p))
		if err != nil {
			t.Error(err)
			continue
		}
		l.Close()
	}
	if len(given) != 5*150 {
		t.Errorf("%d ports", len(given))
	}
}

// portsOfAnotherProcess has it live until the test ends.
func portsOfAnotherProcess(t *testing.T) (ports []string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), child+"=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		_ = cmd.Wait()
	})
	for {
		var number int
		var failed string
		if n, _ := fmt.Fscanln(out, &number, &failed); n == 0 {
			return ports
		}
		if !strings.Contains(failed, "nil") {
			t.Fatal(failed)
		}
		ports = append(ports, fmt.Sprint(number))
	}
}
