package caddymodule

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

func init() {
	caddy.RegisterModule(new(adminAPI))
}

const (
	adminPrefix = "/webshell_guard/"
	// maxAdminBody bounds what an operator sends but for a baseline: 100,000 paths.
	maxAdminBody = 16 << 20
)

// adminAPI is what an operator asks and tells of the guarded sites. Caddy makes
// it anew for each configuration, before the sites are there: each request looks
// for those of the configuration that runs.
type adminAPI struct{}

// CaddyModule returns the Caddy module information.
func (*adminAPI) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "admin.api.webshell_guard", New: func() caddy.Module { return new(adminAPI) }}
}

// Routes returns the API's one route.
func (*adminAPI) Routes() []caddy.AdminRoute {
	return []caddy.AdminRoute{{Pattern: adminPrefix, Handler: caddy.AdminHandlerFunc(serveAdmin)}}
}

// siteCall is a request about one site.
type siteCall struct {
	app    *App
	g      *guarded
	memory *detector.Memory
	w      http.ResponseWriter
	r      *http.Request
	now    time.Time
}

// siteCalls are what may be asked about a site, by what follows its name, and
// by method.
var siteCalls = map[string]map[string]func(*siteCall) error{
	"":            {http.MethodGet: (*siteCall).status},
	"scripts":     {http.MethodGet: (*siteCall).scripts},
	"approve":     {http.MethodPost: (*siteCall).approve},
	"deny":        {http.MethodPost: (*siteCall).deny},
	"forget":      {http.MethodPost: (*siteCall).forget},
	"enforce":     {http.MethodPost: (*siteCall).enforce},
	"relearn":     {http.MethodPost: (*siteCall).relearn},
	"containment": {http.MethodGet: (*siteCall).containment, http.MethodPut: (*siteCall).contain, http.MethodDelete: (*siteCall).release},
	"deploy":      {http.MethodPost: (*siteCall).deploy},
	"baseline":    {http.MethodGet: (*siteCall).export, http.MethodPut: (*siteCall).replace},
}

func serveAdmin(w http.ResponseWriter, r *http.Request) error {
	// The path as it was sent: a site's name may hold a slash.
	parts := strings.Split(strings.TrimPrefix(r.URL.EscapedPath(), adminPrefix), "/")
	if parts[0] != "sites" || len(parts) > 3 {
		return apiError(http.StatusNotFound, "no such path; see sites, sites/{site} and what is below")
	}
	app := runningApp()
	if len(parts) == 1 {
		if r.Method != http.MethodGet {
			return wrongMethod(w, r, http.MethodGet)
		}
		return listSites(app, w)
	}
	name, err := url.PathUnescape(parts[1])
	if err != nil {
		return apiError(http.StatusBadRequest, "site: %v", err)
	}
	action := ""
	if len(parts) == 3 {
		action = parts[2]
	}
	methods, ok := siteCalls[action]
	if !ok {
		return apiError(http.StatusNotFound, "no such path: a site has no %q", action)
	}
	g := app.find(name)
	if g == nil {
		return apiError(http.StatusNotFound, "no site %q is guarded", name)
	}
	call, ok := methods[r.Method]
	if !ok {
		allowed := make([]string, 0, len(methods))
		for m := range methods {
			allowed = append(allowed, m)
		}
		return wrongMethod(w, r, allowed...)
	}
	memory, _ := app.open(g.state)
	return call(&siteCall{app: app, g: g, memory: memory, w: w, r: r, now: time.Now()})
}

// runningApp is the app of the configuration that runs, or nil.
func runningApp() *App {
	v, err := caddy.ActiveContext().AppIfConfigured(appID)
	if err != nil {
		return nil
	}
	app, _ := v.(*App)
	return app
}

// find returns a site of the app, or nil.
func (a *App) find(name string) *guarded {
	if a == nil {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.sites[name]
}

// change runs an operator's change, stores it, and answers with what it returns.
func (c *siteCall) change(f func() (answer any, changed bool, err error)) error {
	c.g.state.deciding.Lock()
	defer c.g.state.deciding.Unlock()
	c.memory = c.g.state.memory.Load() // an import may have been faster
	answer, changed, err := f()
	if err != nil {
		return err
	}
	if changed {
		if err := c.app.write(c.g, true); err != nil {
			return apiError(http.StatusInternalServerError, "it is in effect, but could not be stored, and a restart would undo it; storing is tried again each minute: %v", err)
		}
	}
	return reply(c.w, answer)
}

// decode reads a JSON body. optional says that there need not be one.
func (c *siteCall) decode(v any, optional bool) error {
	if optional && c.r.ContentLength == 0 {
		return nil
	}
	if media, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return apiError(http.StatusUnsupportedMediaType, "Content-Type %q: want application/json", c.r.Header.Get("Content-Type"))
	}
	dec := json.NewDecoder(http.MaxBytesReader(c.w, c.r.Body, maxAdminBody))
	dec.DisallowUnknownFields()
	err := dec.Decode(v)
	if optional && errors.Is(err, io.EOF) {
		return nil
	}
	if err == nil {
		if _, more := dec.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("something follows the JSON object")
			if tooLarge(more) {
				err = more
			}
		}
	}
	switch {
	case tooLarge(err):
		return apiError(http.StatusRequestEntityTooLarge, "the body is larger than %d bytes", maxAdminBody)
	case errors.Is(err, io.EOF):
		return apiError(http.StatusBadRequest, "there is no body: want a JSON object")
	case err != nil:
		return apiError(http.StatusBadRequest, "body: %v", err)
	}
	return nil
}

func tooLarge(err error) bool {
	_, is := errors.AsType[*http.MaxBytesError](err)
	return is
}

func reply(w http.ResponseWriter, answer any) error {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		panic(http.ErrAbortHandler) // the client is gone, and half the answer sent
	}
	return nil
}

func apiError(status int, format string, args ...any) error {
	return caddy.APIError{HTTPStatus: status, Err: fmt.Errorf(format, args...)}
}

func wrongMethod(w http.ResponseWriter, r *http.Request, allowed ...string) error {
	slices.Sort(allowed)
	list := strings.Join(allowed, ", ")
	w.Header().Set("Allow", list)
	return apiError(http.StatusMethodNotAllowed, "method %s: want %s", r.Method, list)
}

// Interface guards.
var (
	_ caddy.Module      = (*adminAPI)(nil)
	_ caddy.AdminRouter = (*adminAPI)(nil)
)
