package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// What is written of a HAR file, as package accesslog reads it.
type (
	harPair struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	harPost struct {
		MimeType string `json:"mimeType"`
		Text     string `json:"text"`
		Encoding string `json:"encoding"`
	}
	harContent struct {
		Size     int    `json:"size"`
		MimeType string `json:"mimeType"`
		Text     string `json:"text"`
		Encoding string `json:"encoding"`
	}
	harRequest struct {
		Method   string    `json:"method"`
		URL      string    `json:"url"`
		Headers  []harPair `json:"headers"`
		BodySize int64     `json:"bodySize"`
		PostData *harPost  `json:"postData,omitempty"`
	}
	harResponse struct {
		Status   int        `json:"status"`
		Headers  []harPair  `json:"headers"`
		BodySize int64      `json:"bodySize"`
		Content  harContent `json:"content"`
	}
	harExchange struct {
		Started  string      `json:"startedDateTime"`
		Client   string      `json:"_clientIPAddress"`
		Request  harRequest  `json:"request"`
		Response harResponse `json:"response"`
	}
	harLog struct {
		Version string        `json:"version"`
		Entries []harExchange `json:"entries"`
	}
)

// writeHAR writes a session with its whole bodies to dir.
func writeHAR(dir string, s *session) error {
	log := harLog{Version: "1.2"}
	for i := range s.exchanges {
		log.Entries = append(log.Entries, harOf(&s.exchanges[i]))
	}
	data, err := json.Marshal(map[string]harLog{"log": log})
	if err != nil {
		return fmt.Errorf("writing %s as HAR: %w", s.name, err)
	}
	if err := os.WriteFile(filepath.Join(dir, s.name+".har"), data, 0o600); err != nil {
		return fmt.Errorf("writing %s as HAR: %w", s.name, err)
	}
	return nil
}

func harOf(r *recorded) harExchange {
	h := harExchange{Started: r.Time.Format(time.RFC3339Nano), Client: r.Client.String()}
	h.Request = harRequest{Method: r.Method, URL: "http://" + r.Host + r.uri, Headers: harHeaders(r.Header), BodySize: r.Sent}
	if r.HasBody {
		h.Request.PostData = &harPost{MimeType: only(r.Header["Content-Type"]), Text: base64.StdEncoding.EncodeToString(r.body), Encoding: "base64"}
	}
	h.Response = harResponse{Status: r.Status, Headers: harHeaders(r.responseHeader), BodySize: r.Length, Content: harContent{
		Size: len(r.answer), MimeType: r.ContentType, Text: base64.StdEncoding.EncodeToString(r.answer), Encoding: "base64"}}
	return h
}

func harHeaders(header map[string][]string) []harPair {
	list := []harPair{}
	for _, name := range slices.Sorted(maps.Keys(header)) {
		for _, value := range header[name] {
			list = append(list, harPair{name, value})
		}
	}
	return list
}
