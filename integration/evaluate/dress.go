package main

import (
	"fmt"
	"hash/fnv"
	"path"
	"slices"
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// A log has neither headers nor bodies, which a handler in line sees of the site's
// own visitors too. Here they are invented, the same for the same request: what a
// browser or a program usually sends, and a page as an answer.

// everyFact are the facts that a handler in line knows.
const everyFact = detector.KnownReferer | detector.KnownOrigin | detector.KnownBody | detector.KnownClient

// dressed returns the requests of a log with invented headers, bodies and answers.
func dressed(entries []detector.Exchange, host string) []detector.Exchange {
	list := slices.Clone(entries)
	for i := range list {
		dress(&list[i], host)
	}
	return list
}

func dress(x *detector.Exchange, host string) {
	x.Known, x.Host = everyFact, host
	x.Header = headerOf(x)
	reads := x.Method == "GET" || x.Method == "HEAD" || x.Method == "OPTIONS"
	if !reads {
		if x.Body == nil {
			x.Body = []byte(formOf(x))
		}
		x.Header["Content-Type"] = []string{"application/x-www-form-urlencoded"}
		if len(x.Body) > 0 && x.Body[0] == '{' {
			x.Header["Content-Type"] = []string{"application/json"}
		}
		x.HasBody, x.Sent = len(x.Body) > 0, int64(len(x.Body))
		if x.Referer != "" && x.Origin == "" {
			x.Origin = "https://" + host
			x.Header["Origin"] = []string{x.Origin}
		}
	}
	if x.ContentType == "" {
		x.ContentType = typeOf(x.Path)
	}
	switch {
	case x.Method == "HEAD" || x.Status/100 != 2 && x.Status/100 != 4 && x.Status/100 != 5:
	case x.Status == 404:
		x.Answer, x.AnswerTaken = []byte(notFound), true
	case strings.HasPrefix(x.ContentType, "text/html"):
		x.Answer, x.AnswerTaken = []byte("<!doctype html><html lang=\"en\"><head><title>"+x.Path+"</title></head><body><h1>"+path.Base(x.Path)+"</h1>"), true
	case strings.HasPrefix(x.ContentType, "application/json"):
		x.Answer, x.AnswerTaken = []byte(`{"status":"ok","of":"`+path.Base(x.Path)+`"}`), true
	}
}

// headerOf is what browsers send, or less if the agent is none.
func headerOf(x *detector.Exchange) map[string][]string {
	header := map[string][]string{"User-Agent": {x.Agent}, "Accept-Encoding": {"gzip, deflate, br"}, "Accept": {"*/*"}}
	if x.Referer != "" {
		header["Referer"] = []string{x.Referer}
	}
	if strings.HasPrefix(x.Agent, "Mozilla/5.0 (") && !strings.Contains(x.Agent, "compatible") {
		header["Accept"] = []string{"text/html,application/xhtml+xml,*/*;q=0.8"}
		header["Accept-Language"] = []string{"en-US,en;q=0.5"}
		if hash("cookie", x.Client.String())%3 > 0 {
			header["Cookie"] = []string{fmt.Sprintf("sid=%08x", hash("sid", x.Client.String()))}
		}
	}
	return header
}

// fieldNames are those of ordinary forms.
var fieldNames = []string{"name", "email", "message", "id", "comment", "author", "page", "type", "subject"}

// formOf is a form that the path always takes, with values that vary.
func formOf(x *detector.Exchange) string {
	h := hash("form", x.Path)
	var fields []string
	for i := range uint32(3) {
		field := fieldNames[(h+i*(1+h%4))%uint32(len(fieldNames))]
		fields = append(fields, fmt.Sprintf("%s=%s", field, words[hash(field, x.Time.String())%uint32(len(words))]))
	}
	return strings.Join(fields, "&")
}

var words = []string{"ann", "hello", "42", "yes", "a+question", "next", "thank+you+for+the+answer", "no", "7", "some+more+words+about+it"}

func typeOf(p string) string {
	switch strings.ToLower(path.Ext(p)) {
	case ".css":
		return "text/css"
	case ".js":
		return "application/javascript"
	case ".png", ".jpg", ".jpeg", ".gif", ".ico", ".svg":
		return "image/png"
	case ".woff", ".woff2", ".ttf", ".eot":
		return "font/woff2"
	case ".txt", ".xml", ".rss", ".pdf", ".zip", ".jar", ".gz", ".mp4":
		return "application/octet-stream"
	case ".json":
		return "application/json"
	}
	if strings.Contains(p, "admin-ajax") || strings.Contains(p, "/wp-json/") || strings.Contains(p, "/api/") {
		return "application/json"
	}
	return "text/html; charset=utf-8"
}

// hash mixes texts into a number, the same in each run.
func hash(parts ...string) uint32 {
	h := fnv.New32a()
	for _, p := range parts {
		_, _ = h.Write([]byte(p + "\x00")) // never fails
	}
	n := h.Sum32()
	n ^= n >> 16 // FNV's low bits alone are poor
	return n * 0x85ebca6b >> 3
}
