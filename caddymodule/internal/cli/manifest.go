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
	var save, prefix string
	var asJSON bool
	var suffixes []string
	c := &cobra.Command{
		Use:   "manifest [flags] DIR",
		Short: "Lists the scripts below a document root",
		Long: `
Lists the scripts below a document root, one path a line, for deploy --manifest. Those
in upload, cache, temporary and hidden directories are told apart, on the standard
error: look at them before you approve any. With --prefix /shop the directory is the
one that the site has at /shop.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			m, err := walkManifest(c.ErrOrStderr(), args[0], prefix, suffixes)
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
	c.Flags().StringVar(&prefix, "prefix", "", "path of the directory on the site, such as /shop (default: it is the document root)")
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	c.Flags().StringSliceVar(&suffixes, "scripts", nil, "suffixes of scripts, such as .php,.inc (default as the directive's)")
	return c
}

// readManifest lists the scripts that a file names, or that are below a directory, and
// reports whether it is one. The prefix is the directory's path on the site.
func readManifest(warnings io.Writer, name, prefix string) (paths []string, directory bool, err error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, false, fmt.Errorf("reading the manifest: %w", err)
	}
	if info.IsDir() {
		m, err := walkManifest(warnings, name, prefix, nil)
		return append(m.Scripts, m.Listed...), true, err
	}
	if prefix != "" {
		return nil, false, fmt.Errorf("--prefix %q: want a directory in --manifest; the paths in a file are those of the site", prefix)
	}
	paths, err = readPaths(name)
	return paths, false, err
}

// readPaths lists the paths in a file, one a line.
func readPaths(name string) ([]string, error) {
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

// walkManifest lists the scripts below a directory, which is the document root or has
// the prefix as its path on the site. It tells of what it cannot read.
func walkManifest(warnings io.Writer, root, prefix string, suffixes []string) (baseline.FileManifest, error) {
	if len(suffixes) == 0 {
		suffixes = scriptpath.DefaultSuffixes()
	}
	namer, err := scriptpath.NewNamer(suffixes)
	if err != nil {
		return baseline.FileManifest{}, err
	}
	if prefix, err = parsePrefix(prefix, namer); err != nil {
		return baseline.FileManifest{}, err
	}
	if info, err := os.Stat(root); err != nil || !info.IsDir() {
		return baseline.FileManifest{}, errors.Join(fmt.Errorf("document root %q: want a directory", root), err)
	}
	m, err := baseline.ReadFileManifest(os.DirFS(root), namer)
	if err != nil {
		fmt.Fprintf(warnings, "not all of it could be read: %v\n", err)
	}
	return m.Under(prefix), nil
}

// parsePrefix checks the path of a directory on the site, and takes the slash from its end.
func parsePrefix(prefix string, namer *scriptpath.Namer) (string, error) {
	trimmed := strings.TrimSuffix(prefix, "/")
	if trimmed == "" {
		return "", nil // the document root
	}
	if name := namer.Name(trimmed); name.Script || name.Full != trimmed || strings.HasSuffix(trimmed, "/") {
		return "", fmt.Errorf("--prefix %q: want the path of a directory on the site, such as /shop, with a slash at its beginning and none doubled, no dot segments and nothing encoded", prefix)
	}
	return trimmed, nil
}
