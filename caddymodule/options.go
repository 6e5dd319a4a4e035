package caddymodule

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/dustin/go-humanize"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

const (
	defaultSite        = "default"
	maxSiteName        = 128
	minInspectBody     = 64 // less shows no signal anything
	maxInspectBody     = 1 << 20
	defaultInspectBody = 8 << 10
	off                = "off"
)

// mode is what to do about a request that is not clean.
type mode uint8

const (
	modeLog mode = iota
	modeTag
	modeBlock
)

var modeNames = []string{"log", "tag", "block"}

func (m mode) String() string { return modeNames[m] }

// applyDefaults fills in what is not configured, and checks every option. An error names the option
// and its value.
func (h *Handler) applyDefaults() (detector.Options, error) {
	o := detector.DefaultOptions()
	if h.Mode == "" {
		h.Mode = modeLog.String()
	}
	if h.OnFault == "" {
		h.OnFault = "pass"
	}
	if h.BlockStatus == 0 {
		h.BlockStatus = http.StatusForbidden
	}
	var inspectErr error
	err := errors.Join(checkMode(h.Mode), checkSite(h.Site), checkOnFault(h.OnFault), checkBlockStatus(h.BlockStatus))
	h.inspect, inspectErr = parseBodySize(h.InspectBody)
	if err = errors.Join(err, inspectErr); err != nil {
		return o, err
	}
	h.mode = mode(slices.Index(modeNames, h.Mode))
	h.blockAll = h.OnFault == "block"
	if h.root, err = parseRoot(h.Root); err != nil {
		return o, err
	}
	return o, h.detectorOptions(&o)
}

func (h *Handler) detectorOptions(o *detector.Options) error {
	if h.Scripts != nil {
		o.Suffixes = h.Scripts
	}
	if len(o.Suffixes) == 0 {
		return fmt.Errorf("scripts: want at least one suffix")
	}
	if h.Learn != nil {
		if h.Learn.Min != 0 {
			o.Limits.LearnMin = time.Duration(h.Learn.Min)
		}
		if h.Learn.Coverage != nil {
			o.Limits.Coverage = *h.Learn.Coverage
		}
	}
	if h.MaxScripts != 0 {
		o.Limits.MaxScripts = h.MaxScripts
	}
	if h.Threshold != nil {
		if h.Threshold.Suspicious != 0 {
			o.Suspicious = h.Threshold.Suspicious
		}
		if h.Threshold.Malicious != 0 {
			o.Malicious = h.Threshold.Malicious
		}
	}
	if !h.root.disabled {
		o.Files = newFiles()
	}
	return nil
}

func checkMode(s string) error {
	if !slices.Contains(modeNames, s) {
		return fmt.Errorf("mode %q: want log, tag or block", s)
	}
	return nil
}

// checkSite checks a site's name, which becomes that of a folder.
func checkSite(s string) error {
	if len(url.QueryEscape(s)) > maxSiteName || strings.IndexFunc(s, unicode.IsControl) >= 0 {
		return fmt.Errorf("site %q: want at most %d characters, as a URL would have them, and no control characters", s, maxSiteName)
	}
	if _, rest, ok := strings.Cut(s, "{"); ok && strings.Contains(rest, "}") {
		return fmt.Errorf("site %q: a placeholder in a site's name is not replaced: want a fixed name", s)
	}
	return nil
}

func checkOnFault(s string) error {
	if s != "pass" && s != "block" {
		return fmt.Errorf("on_fault %q: want pass or block", s)
	}
	return nil
}

func checkBlockStatus(status int) error {
	if status < 400 || status > 599 {
		return fmt.Errorf("block_status %d: want 400 to 599", status)
	}
	return nil
}

// parseBodySize returns what the inspect_body option says, in bytes; 0 for off.
func parseBodySize(s string) (int, error) {
	switch s {
	case "":
		return defaultInspectBody, nil
	case off:
		return 0, nil
	}
	n, err := humanize.ParseBytes(s)
	if err != nil || n < minInspectBody || n > maxInspectBody {
		return 0, fmt.Errorf("inspect_body %q: want a size with its unit, 64B to 1MiB, such as 8KiB, or off", s)
	}
	return int(n), nil
}

// learnSettings are what handlers of one site must agree on: what a script is, and
// when learning has ended.
type learnSettings struct {
	suffixes string
	baseline.Limits
}

func learnSettingsOf(d *detector.Detector) learnSettings {
	return learnSettings{suffixes: strings.Join(d.Suffixes(), " "), Limits: d.Limits()}
}

// differs names the first setting in which the two differ, or "".
func (s learnSettings) differs(t learnSettings) string {
	switch {
	case s.suffixes != t.suffixes:
		return fmt.Sprintf("scripts %s, and %s", s.suffixes, t.suffixes)
	case s.LearnMin != t.LearnMin || s.Coverage != t.Coverage:
		return fmt.Sprintf("learn %s %v, and %s %v", s.LearnMin, s.Coverage, t.LearnMin, t.Coverage)
	case s.MaxScripts != t.MaxScripts:
		return fmt.Sprintf("max_scripts %d, and %d", s.MaxScripts, t.MaxScripts)
	}
	return ""
}
