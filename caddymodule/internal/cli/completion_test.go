package cli

import (
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"testing"

	"github.com/spf13/cobra"
)

func TestSitesAreCompleted(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	hang := make(chan struct{})
	answer := `[{"site":"shop","phase":"enforcing","mode":"log"},{"site":"a b","phase":"learning","mode":"block"}]`
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if answer == "" {
			<-hang
		}
		if r.URL.Path == "/webshell_guard/sites" {
			w.Write([]byte(answer))
		}
	}))
	s.Listener.Close()
	s.Listener = l
	s.Start()
	t.Cleanup(s.Close)
	t.Cleanup(func() { close(hang) })

	complete := func(name string, args ...string) ([]string, cobra.ShellCompDirective) {
		for _, c := range subcommands() {
			if c.Name() == name {
				if err := c.ParseFlags([]string{"--address", "unix/" + socket}); err != nil {
					t.Fatal(err)
				}
				return c.ValidArgsFunction(c, args, "")
			}
		}
		t.Fatalf("no command %s", name)
		return nil, 0
	}
	sites := []string{"shop\tenforcing, log", "a b\tlearning, block"}
	for _, name := range []string{"status", "scripts", "approve", "deny", "forget", "enforce", "relearn", "contain", "refused", "release", "deploy", "export", "import"} {
		if got, how := complete(name); !slices.Equal(got, sites) || how != cobra.ShellCompDirectiveNoFileComp {
			t.Errorf("%s: got %q, %d", name, got, how)
		}
	}
	if got, how := complete("deny", "shop"); got != nil || how != cobra.ShellCompDirectiveNoFileComp {
		t.Errorf("a path: got %q, %d", got, how)
	}
	if got, how := complete("export", "shop"); got != nil || how != cobra.ShellCompDirectiveDefault {
		t.Errorf("a file: got %q, %d", got, how)
	}
	for _, answer = range []string{"{}", ""} {
		if got, how := complete("status"); got != nil || how != cobra.ShellCompDirectiveNoFileComp {
			t.Errorf("answered by %q: got %q, %d", answer, got, how)
		}
	}
}
