package payload

import (
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"slices"
	"strings"
	"testing"
)

// Every reader takes anything, cut off anywhere, and finds no more in a beginning than a
// longer one has room for.
func FuzzJSON(f *testing.F) {
	for _, text := range []string{`{"a":{"b":[1,"x"]}}`, `[{"a":1}]`, `{"a`, strings.Repeat("[", 100), "{\"\\u00", `{"a":1,"a":2}`, "\xff"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var got found
		_, complete := JSON(text, &got)
		for _, name := range got.names {
			if len(name) > maxName {
				t.Errorf("a name of %d bytes", len(name))
			}
		}
		var value any
		if !complete || json.Unmarshal(text, &value) != nil {
			return
		}
		// What encoding/json reads has no key that was not found.
		for _, key := range keys(value, "") {
			if !slices.Contains(got.names, key) && strings.ToValidUTF8(key, "") == key && !strings.Contains(key, "\ufffd") {
				t.Errorf("%q: no %q among %q", text, key, got.names)
			}
		}
	})
}

// keys lists the paths of a value's keys.
func keys(value any, path string) (list []string) {
	switch value := value.(type) {
	case map[string]any:
		for key, v := range value {
			if isNumber([]byte(key)) {
				key = "{n}"
			}
			if path != "" {
				key = path + "." + key
			}
			list = append(append(list, key), keys(v, key)...)
		}
	case []any:
		for _, v := range value {
			list = append(list, keys(v, path)...)
		}
	}
	return list
}

func FuzzXML(f *testing.F) {
	for _, text := range []string{`<a b="c"><d/></a>`, `<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>`, "<a", "<?xml version='1.0' encoding='latin1'?><a>\xe4</a>", strings.Repeat("<a>", 50)} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var got found
		if _, complete := XML(text, &got); complete && len(got.names) == 0 {
			t.Error("complete, and no element")
		}
	})
}

func FuzzMultipart(f *testing.F) {
	f.Add("multipart/form-data; boundary=b", []byte("--b\r\nContent-Disposition: form-data; name=\"a\"; filename=\"x\"\r\n\r\n1\r\n--b--\r\n"))
	f.Add("multipart/form-data; boundary=b", []byte("--b\nContent-Disposition:\n name=a;filename*=utf-8''x\n\n\n--b"))
	f.Add("multipart/mixed; boundary='b", []byte("--'b\nContent-Type: multipart/x; boundary=c\n\n--c\nContent-Disposition: x; name=\"\\\"\n\n--c--\n--'b--"))
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		var got found
		complete := Multipart(contentType, body, &got)
		_, params, err := mime.ParseMediaType(contentType)
		if !complete || err != nil || params["boundary"] == "" || len(params["boundary"]) > 70 {
			return
		}
		// What mime/multipart reads has no part whose name was not found.
		for r := multipart.NewReader(strings.NewReader(string(body)), params["boundary"]); ; {
			part, err := r.NextRawPart()
			if err != nil {
				return
			}
			name := part.FormName()
			if _, err := io.Copy(io.Discard, part); err != nil {
				return
			}
			if name != "" && len(name) <= maxName && !slices.Contains(got.names, name) {
				t.Errorf("%q: no %q among %q", body, name, got.names)
			}
		}
	})
}
