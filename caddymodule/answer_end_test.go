package caddymodule

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestTheEndOfAnAnswer(t *testing.T) {
	body := strings.Repeat("0123456789", 500) + "and this is its end"
	for name, write := range map[string]func(w http.ResponseWriter) error{
		"at once": func(w http.ResponseWriter) error { _, err := io.WriteString(w, body); return err },
		"in pieces": func(w http.ResponseWriter) error {
			for i := 0; i < len(body); i += 7 {
				if _, err := io.WriteString(w, body[i:min(i+7, len(body))]); err != nil {
					return err
				}
			}
			return nil
		},
		"read from a file": func(w http.ResponseWriter) error {
			_, err := w.(io.ReaderFrom).ReadFrom(strings.NewReader(body))
			return err
		},
	} {
		for path, want := range map[string]string{"/x.php": body[len(body)-16:], "/index.php": ""} {
			var got string
			u := provision(t, `{}`)
			w, err := u.serve(post(path, visitor), func(w http.ResponseWriter, _ *http.Request) error {
				err := write(w)
				got = string(w.(*observer).t.exchange.AnswerEnd)
				return err
			})
			if err != nil || w.Body.String() != body {
				t.Errorf("%s: %v, %d bytes", name, err, w.Body.Len())
			}
			if path == "/index.php" && len(got) > 0 && u.alerts() == nil {
				t.Errorf("%s of a script that is used as ever: %q", name, got)
			}
			if path == "/x.php" && got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
	}
}
