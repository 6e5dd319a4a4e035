package adminapi

import (
	"errors"
	"mime"
	"net/http"
	"net/url"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// maxArchive bounds an archive that is sent: half a million scripts.
const maxArchive = 256 << 20

func (c *siteCall) export() error {
	c.w.Header().Set("Content-Type", "application/zip")
	c.w.Header().Set("Content-Disposition", `attachment; filename="`+url.QueryEscape(c.settings.Name)+`.zip"`)
	if err := c.memory.Export(c.w, c.now); err != nil {
		panic(http.ErrAbortHandler) // the client is gone, and half the archive sent
	}
	return nil
}

// replace makes an archive the site's baseline. Containment and what was denied
// stay.
func (c *siteCall) replace() error {
	if media, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type")); err != nil || media != "application/zip" {
		return apiError(http.StatusUnsupportedMediaType, "Content-Type %q: want application/zip", c.r.Header.Get("Content-Type"))
	}
	// Caddy gives ten seconds to send a request; an archive may take longer.
	_ = http.NewResponseController(c.w).SetReadDeadline(time.Now().Add(10 * time.Minute))
	fresh, err := baseline.Import(c.settings.Name, http.MaxBytesReader(c.w, c.r.Body, maxArchive), c.by, c.now)
	switch {
	case tooLarge(err):
		return apiError(http.StatusRequestEntityTooLarge, "the archive is larger than %d bytes", maxArchive)
	case errors.Is(err, baseline.ErrCorrupt):
		return apiError(http.StatusBadRequest, "%v", err)
	case err != nil:
		return err
	}
	if n := fresh.Scripts.Count(baseline.Trusted) + fresh.Scripts.Count(baseline.Provisional) + fresh.Scripts.Count(baseline.Denied) + fresh.Routes.Count(); n > c.settings.Limits.MaxScripts {
		return apiError(http.StatusBadRequest, "the archive holds %d scripts and routes, max_scripts is %d", n, c.settings.Limits.MaxScripts)
	}
	return c.change(func() (any, bool, error) {
		fresh.Inherit(c.memory.Site, false, c.now)
		c.site.Replace(fresh)
		return statusOf(c.site, c.now), true, nil
	})
}
