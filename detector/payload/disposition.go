package payload

import (
	"mime"
	"net/url"
	"strings"
)

// maxField bounds a field of a part's header, in bytes. PHP reads 5 KiB at once.
const maxField = 4 << 10

// readDisposition reads a Content-Disposition, as servers do: PHP by the letter, whatever the
// case of the words and with quotes of either kind or none, and others by RFC 6266, with
// RFC 5987 and RFC 2231 for other alphabets. It reports whether to go on.
func readDisposition(value string, out Sink) bool {
	for key, text := range parameters(value) {
		switch {
		case strings.EqualFold(key, "name"):
			if !offer(out, text) {
				return false
			}
		case strings.EqualFold(key, "filename"):
			offerFile(out, text)
		case strings.EqualFold(key, "filename*"):
			offerFile(out, extended(text))
		}
	}
	if _, params, err := mime.ParseMediaType(value); err == nil {
		offerFile(out, params["filename"])
		if name := params["name"]; name != "" {
			return offer(out, name)
		}
	}
	return true
}

// offerFile offers a file's name, and what it means as an encoded word (RFC 2047), which
// servers in Java and Python read there.
func offerFile(out Sink, name string) {
	if name == "" {
		return
	}
	out.File(name)
	if strings.Contains(name, "=?") {
		var words mime.WordDecoder
		if decoded, err := words.DecodeHeader(name); err == nil && decoded != name {
			out.File(decoded)
		}
	}
}

// extended decodes charset'language'text with percent-encoding (RFC 5987). A text that is not
// like that is returned as it is.
func extended(text string) string {
	if _, rest, found := strings.Cut(text, "'"); found {
		if _, encoded, found := strings.Cut(rest, "'"); found {
			text = encoded
		}
	}
	if decoded, err := url.PathUnescape(text); err == nil {
		return decoded
	}
	return text
}

// parameter returns the first parameter of the name in a header's value, whatever the case
// of the name, or "".
func parameter(value, name string) string {
	for key, text := range parameters(value) {
		if strings.EqualFold(key, name) {
			return text
		}
	}
	return ""
}

// parameters lists what stands between the semicolons of a header's value, as key and text.
func parameters(value string) func(yield func(key, text string) bool) {
	return func(yield func(key, text string) bool) {
		for value != "" {
			value = strings.TrimLeft(value, "; \t\r\n")
			end := strings.IndexAny(value, ";=")
			if end < 0 {
				return
			}
			key := strings.TrimSpace(value[:end])
			if value[end] == ';' {
				value = value[end+1:]
				continue
			}
			text := ""
			if text, value = word(strings.TrimLeft(value[end+1:], " \t\r\n")); !yield(key, text) {
				return
			}
		}
	}
}

// word cuts off the text of a parameter: up to the other quote if it begins with one, which a
// back-slash may precede, otherwise up to a semicolon.
func word(value string) (text, rest string) {
	if value == "" || value[0] != '"' && value[0] != '\'' {
		end := strings.IndexByte(value, ';')
		if end < 0 {
			end = len(value)
		}
		return strings.TrimRight(value[:end], " \t\r\n"), value[end:]
	}
	quote, end, escaped := value[0], 1, false
	for ; end < len(value) && value[end] != quote; end++ {
		if value[end] == '\\' && end+1 < len(value) && (value[end+1] == quote || value[end+1] == '\\') {
			escaped = true
			end++
		}
	}
	if text, rest = value[1:end], value[min(end+1, len(value)):]; escaped {
		text = strings.NewReplacer(`\\`, `\`, `\`+string(quote), string(quote)).Replace(text)
	}
	return text, rest
}
