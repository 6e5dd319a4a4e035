package cli

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/webshell-guard/caddy-webshell-guard/caddymodule/internal/adminapi"
)

// completionTimeout is how long a shell waits for the names of sites.
const completionTimeout = time.Second

// completeSite completes the first argument by the guarded sites. Without an answer
// from the admin API it offers none.
func (f *apiFlags) completeSite(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	names := make(chan []string, 1)
	go func() { names <- f.siteNames() }()
	select {
	case list := <-names:
		return list, cobra.ShellCompDirectiveNoFileComp
	case <-time.After(completionTimeout):
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
}

// completeSiteAndFile completes the first argument by the guarded sites, and the
// second by files.
func (f *apiFlags) completeSiteAndFile(c *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 1 {
		return nil, cobra.ShellCompDirectiveDefault
	}
	return f.completeSite(c, args, toComplete)
}

func (f *apiFlags) siteNames() (names []string) {
	resp, err := f.request(http.MethodGet, "sites", "", nil)
	if err != nil {
		return nil
	}
	defer resp.Body.Close()
	var list []adminapi.Status
	if json.NewDecoder(resp.Body).Decode(&list) != nil {
		return nil
	}
	for _, s := range list {
		names = append(names, cobra.CompletionWithDesc(s.Site, s.Phase+", "+s.Mode))
	}
	return names
}
