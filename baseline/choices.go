package baseline

import (
	"bytes"
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

const (
	// maxChoices bounds the choices of one request. One operation is picked by one or two.
	maxChoices = 8
	// maxChoiceName and maxChoiceValue bound a choice, in bytes. Names of operations in
	// common applications have up to some forty.
	maxChoiceName  = 48
	maxChoiceValue = 64
	// maxChoiceParams bounds the parameters that are looked at for choices.
	maxChoiceParams = 256
)

// Choices are the parameters of a request by which its client may pick an operation: those
// whose values look like names in a program. Numbers, words of a language with blanks in
// between, and what looks made up at random is none. Segments of a path that vary are
// folded. A name that comes twice counts twice: which of them a server takes differs.
// The zero value has none. It is not safe for concurrent use.
type Choices struct {
	of   *Profile // whose selectors count; nil if any parameter does
	list [maxChoices]choice
	n    int
}

// choice is a parameter with its value.
type choice struct {
	name, value         uint64 // hashes
	nameText, valueText string
}

// Reset takes all choices away. From now on those count that the endpoint's selectors
// take, or any if it is nil.
func (c *Choices) Reset(of *Profile) {
	clear(c.list[:c.n])
	c.of, c.n = of, 0
}

// AddQuery adds those of a raw query.
func (c *Choices) AddQuery(h Hasher, query string) {
	looked := 0
	for param := range strings.SplitSeq(query, "&") {
		if looked++; looked > maxChoiceParams || c.n == maxChoices {
			return
		}
		if name, value, found := strings.Cut(param, "="); found {
			c.add(h, name, value)
		}
	}
}

// AddForm adds those of the beginning of a form. The last may be cut off.
func (c *Choices) AddForm(h Hasher, form []byte, cut bool) {
	for looked := 0; len(form) > 0 && looked < maxChoiceParams && c.n < maxChoices; looked++ {
		param, rest, more := bytes.Cut(form, []byte{'&'})
		form = rest
		if name, value, found := bytes.Cut(param, []byte{'='}); found && (more || !cut) {
			c.Add(h, name, value)
		}
	}
}

// Add adds a parameter, if it may be a choice.
func (c *Choices) Add(h Hasher, name, value []byte) {
	if len(name) <= maxChoiceName && len(value) <= 3*maxChoiceValue && c.n < maxChoices {
		c.add(h, string(name), string(value))
	}
}

func (c *Choices) add(h Hasher, name, value string) {
	if len(name) == 0 || len(name) > maxChoiceName || len(value) > 3*maxChoiceValue {
		return
	}
	hash := h.Text(name)
	if c.of != nil && c.of.selectors.find(hash) == nil {
		return
	}
	if value = identifier(value); value == "" {
		return
	}
	c.list[c.n] = choice{name: hash, value: h.Text(value), nameText: name, valueText: value}
	c.n++
}

// all lists the choices.
func (c *Choices) all() []choice {
	if c == nil {
		return nil
	}
	return c.list[:c.n]
}

// text names the operation that the choice picks.
func (c *choice) text() string { return c.nameText + "=" + c.valueText }

// identifier returns a value as the name of something in a program, or "" if it is none.
// Of a path the segments that vary are folded.
func identifier(value string) string {
	if strings.Contains(value, "%") {
		value = strings.ReplaceAll(strings.ReplaceAll(value, "%2F", "/"), "%2f", "/")
	}
	if value == "" || len(value) > maxChoiceValue {
		return ""
	}
	letters := 0
	for i := range len(value) {
		switch c := value[i]; {
		case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z':
			letters++
		case '0' <= c && c <= '9' || strings.IndexByte("_-./:\\", c) >= 0:
		default:
			return ""
		}
	}
	if letters < 2 {
		return ""
	}
	if !strings.Contains(value, "/") {
		switch scriptpath.Placeholder(value) {
		case "{hash}", "{uuid}":
			return ""
		}
		return value
	}
	return foldSegments(value)
}

// foldSegments folds the segments of a path that vary by their form.
func foldSegments(path string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		if fold := scriptpath.Placeholder(segment); fold != "" {
			segments[i] = fold
		}
	}
	return strings.Join(segments, "/")
}
