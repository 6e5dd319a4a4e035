package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"

	"github.com/webshell-guard/caddy-webshell-guard/caddymodule/internal/adminapi"
)

// apiFlags are those of every command that talks to a Caddy that runs.
type apiFlags struct {
	address, config, adapter string

	json bool
	as   string // who the operator claims to be
}

func (f *apiFlags) add(c *cobra.Command) *cobra.Command {
	c.Flags().StringVar(&f.address, "address", "", "Address of the administration listener, if different from config")
	c.Flags().StringVarP(&f.config, "config", "c", "", "Configuration file, which says where that is (default: ./Caddyfile, if there is one; else what CADDY_ADMIN says, or localhost:2019)")
	c.Flags().StringVarP(&f.adapter, "adapter", "a", "", "Name of config adapter to apply")
	c.Flags().BoolVar(&f.json, "json", false, "print the admin API's answer as it is")
	if c.ValidArgsFunction == nil {
		c.ValidArgsFunction = f.completeSite
	}
	return c
}

// addDeciding adds the flags of a command that decides something.
func (f *apiFlags) addDeciding(c *cobra.Command) *cobra.Command {
	c.Flags().StringVar(&f.as, "as", os.Getenv("SUDO_USER"), "who you are, for the log of decisions (default: what SUDO_USER says)")
	return f.add(c)
}

// request asks the admin API. The caller must close the body of the answer.
func (f *apiFlags) request(method, path, contentType string, body io.Reader) (*http.Response, error) {
	admin, err := f.findAdmin()
	if err != nil {
		return nil, err
	}
	header := http.Header{}
	if f.as != "" {
		header.Set(adminapi.AsHeader, url.QueryEscape(f.as))
	}
	if body != nil {
		header.Set("Content-Type", contentType)
	}
	resp, err := caddycmd.AdminAPIRequest(admin.address, method, adminapi.Prefix+path, header, body)
	if err != nil {
		return nil, explain(err, admin)
	}
	return resp, nil
}

// ask asks the admin API, with a JSON body if order is not nil, and shows the answer.
func (f *apiFlags) ask(c *cobra.Command, method, path string, order, answer any, show func()) error {
	var body io.Reader
	if order != nil {
		b, err := json.Marshal(order)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	resp, err := f.request(method, path, "application/json", body)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return f.show(c, resp.Body, answer, show)
}

// show prints an answer with --json, and otherwise decodes it and calls show.
func (f *apiFlags) show(c *cobra.Command, body io.Reader, answer any, show func()) error {
	text, err := io.ReadAll(body)
	if err != nil {
		return fmt.Errorf("reading the answer: %w", err)
	}
	if f.json {
		_, err := c.OutOrStdout().Write(text)
		return err
	}
	if err := json.Unmarshal(text, answer); err != nil {
		return fmt.Errorf("reading the answer: %w", err)
	}
	show()
	return nil
}

var apiErrorText = regexp.MustCompile(`(?s)HTTP \d+: (\{.*\})`)

// explain gives the API's message instead of the JSON that it came in, or says where
// the API was looked for and how to look elsewhere.
func explain(err error, tried adminAddress) error {
	var answer struct{ Error string }
	m := apiErrorText.FindStringSubmatch(err.Error())
	if m != nil && json.Unmarshal([]byte(m[1]), &answer) == nil && answer.Error != "" {
		return errors.New(answer.Error)
	}
	return fmt.Errorf("asking the admin API at %s: %w; is Caddy running? --address, --config or the environment variable CADDY_ADMIN say where else it listens", tried, err)
}
