package cli

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
	"github.com/webshell-guard/caddy-webshell-guard/caddymodule/internal/printable"
)

func manifestCommand() *cobra.Command {
	var save string
	var asJSON bool
	var suffixes []string
	c := &cobra.Command{
		Use:   "manifest [flags] ROOT",
		Short: "Lists the scripts below a document root",
		Long: `
Lists the scripts below a document root, one path a line, for deploy --manifest. Those
in upload, cache, temporary and hidden directories are told apart, on the standard
error: look at them before you approve any.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			m, err := walkManifest(c.ErrOrStderr(), args[0], suffixes)
			if err != nil {
				return err
			}
			for _, path := range m.Listed {
				if !asJSON {
					fmt.Fprintf(c.ErrOrStderr(), "among data: %s\n", printable.Escape(path))
				}
			}
			paths := strings.Join(m.Scripts, "\n")
			if paths != "" {
				paths += "\n"
			}
			if i := slices.IndexFunc(m.Scripts, func(path string) bool { return strings.ContainsAny(path, "\r\n") }); i >= 0 {
				return fmt.Errorf("the name of %q has a line break in it", m.Scripts[i])
			}
			if save != "" {
				if err := replaceFile(save, func(w io.Writer) error { _, err := io.WriteString(w, paths); return err }); err != nil {
					return err
				}
			}
			switch {
			case asJSON:
				return json.NewEncoder(c.OutOrStdout()).Encode(map[string][]string{
					"scripts": append([]string{}, m.Scripts...), "listed": append([]string{}, m.Listed...),
				})
			case save == "":
				_, err = io.WriteString(c.OutOrStdout(), paths)
			}
			return err
		},
	}
	c.Flags().StringVar(&save, "save", "", "write the list to this file")
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	c.Flags().StringSliceVar(&suffixes, "scripts", nil, "suffixes of scripts, such as .php,.inc (default as the directive's)")
	return c
}

// readManifest lists the scripts that a file names, or that are below a directory.
func readManifest(warnings io.Writer, name string) ([]string, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("reading the manifest: %w", err)
	}
	if info.IsDir() {
		m, err := walkManifest(warnings, name, nil)
		return append(m.Scripts, m.Listed...), err
	}
	file, err := os.Open(name) //nolint:gosec // the operator names it
	if err != nil {
		return nil, fmt.Errorf("reading the manifest: %w", err)
	}
	defer func() { _ = file.Close() }() // it was only read
	var paths []string
	for lines := bufio.NewScanner(file); ; {
		if !lines.Scan() {
			return paths, lines.Err()
		}
		if line := strings.TrimSpace(lines.Text()); line != "" && !strings.HasPrefix(line, "#") {
			paths = append(paths, line)
		}
	}
}

// walkManifest lists the scripts below a document root. It tells of what it cannot
// read.
func walkManifest(warnings io.Writer, root string, suffixes []string) (baseline.FileManifest, error) {
	if len(suffixes) == 0 {
		suffixes = scriptpath.DefaultSuffixes()
	}
	namer, err := scriptpath.NewNamer(suffixes)
	if err != nil {
		return baseline.FileManifest{}, err
	}
	if info, err := os.Stat(root); err != nil || !info.IsDir() {
		return baseline.FileManifest{}, errors.Join(fmt.Errorf("document root %q: want a directory", root), err)
	}
	m, err := baseline.ReadFileManifest(os.DirFS(root), namer)
	if err != nil {
		fmt.Fprintf(warnings, "not all of it could be read: %v\n", err)
	}
	return m, nil
}
