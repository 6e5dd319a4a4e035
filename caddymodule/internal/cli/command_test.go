package cli

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// command runs `caddy webshell-guard`.
func command(t *testing.T, args ...string) (stdout string, err error) {
	t.Helper()
	root, c := &cobra.Command{Use: "caddy", SilenceErrors: true}, &cobra.Command{Use: "webshell-guard"}
	Command().CobraFunc(c)
	root.AddCommand(c)
	var out, problems bytes.Buffer
	root.SetOut(&out)
	root.SetErr(&problems)
	root.SetArgs(append([]string{c.Name()}, args...))
	err = root.ExecuteContext(t.Context())
	if problems.Len() > 0 {
		t.Errorf("%v prints to standard error, which is no terminal: %s", args, &problems)
	}
	return out.String(), err
}

func TestUnknownSubcommand(t *testing.T) {
	for _, args := range [][]string{{"statsu"}, {"statsu", "shop", "--limit", "3"}} {
		_, err := command(t, args...)
		if err == nil {
			t.Fatal("it is accepted")
		}
		for _, want := range []string{`unknown command "statsu"`, "status", "replay", "approve"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%q is not in %q", want, err)
			}
		}
	}
	if out, err := command(t); err != nil || !strings.Contains(out, "Available Commands") {
		t.Errorf("without a subcommand: %v %s", err, out)
	}
}
