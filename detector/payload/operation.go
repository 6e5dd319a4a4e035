package payload

import (
	"encoding/json"
	"strings"
)

// jsonOperation finds out which operation JSON asks for: GraphQL's operationName, or what
// its query is called (GraphQL over HTTP), and JSON-RPC's method. Both stand in the outermost
// object, or in the first of a batch.
type jsonOperation struct {
	at               jsonKey
	graphQL, queried string
	method           string
	rpc              bool // it is JSON-RPC: method alone is a word of many applications
}

// jsonKey is a key whose value may tell.
type jsonKey uint8

const (
	noKey jsonKey = iota
	operationNameKey
	queryKey
	methodKey
)

// key notes which key is at hand.
func (o *jsonOperation) key(s *jsonScanner, name []byte) {
	o.at = noKey
	if s.level > 2 || s.level == 2 && s.levels[0].object {
		return
	}
	switch string(name) {
	case "operationName":
		o.at = operationNameKey
	case "query":
		o.at = queryKey
	case "method":
		o.at = methodKey
	case "jsonrpc", "params":
		o.rpc = true
	}
}

// value notes the value of that key. Of a batch the first counts.
func (o *jsonOperation) value(s *jsonScanner, quoted []byte) {
	at := o.at
	o.at = noKey
	if l := s.top(); at == noKey || l == nil || !l.object {
		return
	}
	switch {
	case at == operationNameKey && o.graphQL == "":
		o.graphQL = shortName(quoted)
	case at == methodKey && o.method == "":
		o.method = shortName(quoted)
	case at == queryKey && o.queried == "":
		var query string
		if json.Unmarshal(quoted, &query) == nil {
			o.queried = GraphQL(query)
		}
	}
}

func (o *jsonOperation) name() string {
	switch {
	case o.graphQL != "":
		return o.graphQL
	case o.queried != "":
		return o.queried
	case o.rpc:
		return o.method
	}
	return ""
}

// shortName is the text in quotes, or "" if it is longer than names are.
func shortName(quoted []byte) (name string) {
	if len(quoted) > maxOperation+2 || json.Unmarshal(quoted, &name) != nil {
		return ""
	}
	return name
}

// GraphQL returns the name of the first operation in a GraphQL document, or "": that of
// "query Feed($n: Int) { … }" is Feed.
func GraphQL(document string) string {
	for {
		document = strings.TrimLeft(document, " \t\r\n,\ufeff")
		if !strings.HasPrefix(document, "#") {
			break
		}
		_, document, _ = strings.Cut(document, "\n")
	}
	for _, kind := range [...]string{"query", "mutation", "subscription"} {
		rest, found := strings.CutPrefix(document, kind)
		if !found {
			continue
		}
		name := strings.TrimLeft(rest, " \t\r\n,")
		end := 0
		for end < len(name) && isWord(name[end]) {
			end++
		}
		if name != rest && end <= maxOperation {
			return name[:end]
		}
	}
	return ""
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

// SOAPAction returns the action of a SOAP request by its header fields: SOAPAction, or the
// parameter action of SOAP 1.2's media type (RFC 3902).
func SOAPAction(field, contentType string) string {
	if field = strings.Trim(field, "\" \t"); field != "" {
		return field[:min(len(field), maxOperation)]
	}
	action := parameter(contentType, "action")
	return action[:min(len(action), maxOperation)]
}
