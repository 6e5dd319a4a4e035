package adminapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2"
)

// maxBody bounds what an operator sends, except a baseline: 100,000 paths.
const maxBody = 16 << 20

// decode reads a JSON body. optional says that there need not be one.
func (c *siteCall) decode(v any, optional bool) error {
	if optional && c.r.ContentLength == 0 {
		return nil
	}
	if media, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return apiError(http.StatusUnsupportedMediaType, "Content-Type %q: want application/json", c.r.Header.Get("Content-Type"))
	}
	dec := json.NewDecoder(http.MaxBytesReader(c.w, c.r.Body, maxBody))
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
		return apiError(http.StatusRequestEntityTooLarge, "the body is larger than %d bytes", maxBody)
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
