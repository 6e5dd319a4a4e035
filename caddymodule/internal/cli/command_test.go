package cli

import (
	"bytes"
	"testing"

	"github.com/spf13/cobra"
)

// command runs `caddy webshell-guard`.
func command(t *testing.T, args ...string) (stdout string, err error) {
	t.Helper()
	root := &cobra.Command{Use: "webshell-guard", SilenceUsage: true, SilenceErrors: true}
	root.AddCommand(subcommands()...)
	var out, problems bytes.Buffer
	root.SetOut(&out)
	root.SetErr(&problems)
	root.SetArgs(args)
	err = root.ExecuteContext(t.Context())
	if problems.Len() > 0 {
		t.Errorf("%v prints to standard error, which is no terminal: %s", args, &problems)
	}
	return out.String(), err
}
