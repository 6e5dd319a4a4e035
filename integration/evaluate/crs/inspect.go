package main

import (
	"fmt"
	"net/url"

	"github.com/corazawaf/coraza/v3"
	"github.com/corazawaf/coraza/v3/types"
)

// verdict is what the rules made of an exchange.
type verdict struct {
	request, response bool // would have been blocked there
	rules             []int
}

// inspect runs all phases. After a request is blocked its response is not looked at.
func inspect(waf coraza.WAF, e *entry) (v verdict, err error) {
	tx := waf.NewTransaction()
	defer func() {
		tx.ProcessLogging()
		if closing := tx.Close(); err == nil && closing != nil {
			err = fmt.Errorf("closing: %w", closing)
		}
	}()
	u, err := url.Parse(e.Request.URL)
	if err != nil {
		return v, fmt.Errorf("its URL: %w", err)
	}
	tx.ProcessConnection(e.Client, 40000, "192.0.2.1", 80)
	tx.ProcessURI(u.RequestURI(), e.Request.Method, "HTTP/1.1")
	for _, h := range e.Request.Headers {
		tx.AddRequestHeader(h.Name, h.Value)
	}
	tx.AddRequestHeader("Host", u.Host)
	tx.SetServerName(u.Hostname())
	stopped := tx.ProcessRequestHeaders()
	if stopped == nil && e.Request.PostData != nil {
		body, err := e.Request.PostData.bytes()
		if err != nil {
			return v, err
		}
		if stopped, _, err = tx.WriteRequestBody(body); err != nil {
			return v, fmt.Errorf("its body: %w", err)
		}
	}
	if stopped == nil {
		if stopped, err = tx.ProcessRequestBody(); err != nil {
			return v, fmt.Errorf("its body: %w", err)
		}
	}
	v.request = stopped != nil
	if stopped == nil && e.Response.Status != 0 {
		if v.response, err = answer(tx, e); err != nil {
			return v, err
		}
	}
	for _, m := range tx.MatchedRules() {
		if id := m.Rule().ID(); detects(id) {
			v.rules = append(v.rules, id)
		}
	}
	return v, nil
}

// answer shows the rules the response.
func answer(tx types.Transaction, e *entry) (blocked bool, err error) {
	for _, h := range e.Response.Headers {
		tx.AddResponseHeader(h.Name, h.Value)
	}
	stopped := tx.ProcessResponseHeaders(e.Response.Status, "HTTP/1.1")
	if stopped == nil && tx.IsResponseBodyAccessible() && tx.IsResponseBodyProcessable() {
		body, err := e.Response.Content.bytes()
		if err != nil {
			return false, err
		}
		if stopped, _, err = tx.WriteResponseBody(body); err != nil {
			return false, fmt.Errorf("its answer: %w", err)
		}
	}
	if stopped == nil {
		if stopped, err = tx.ProcessResponseBody(); err != nil {
			return false, fmt.Errorf("its answer: %w", err)
		}
	}
	return stopped != nil, nil
}

// detects reports whether a rule looks for attacks. The others are in files of
// their own, or have a number below 100 in a file: they skip to its end.
func detects(id int) bool {
	file := id / 1000
	return file >= 911 && file < 980 && file != 949 && file != 959 && id%1000 >= 100
}
