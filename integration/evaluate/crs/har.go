package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
)

type pair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// text is a body in Base64, as the harness writes all.
type text struct {
	Text string `json:"text"`
}

func (t text) bytes() ([]byte, error) {
	data, err := base64.StdEncoding.DecodeString(t.Text)
	if err != nil {
		return nil, fmt.Errorf("a body: %w", err)
	}
	return data, nil
}

// entry is what is of use of one in a HAR file.
type entry struct {
	Client  string `json:"_clientIPAddress"`
	Request struct {
		Method   string `json:"method"`
		URL      string `json:"url"`
		Headers  []pair `json:"headers"`
		PostData *text  `json:"postData"`
	} `json:"request"`
	Response struct {
		Status  int    `json:"status"`
		Headers []pair `json:"headers"`
		Content text   `json:"content"`
	} `json:"response"`
}

func readHAR(name string) ([]entry, error) {
	data, err := os.ReadFile(name) //nolint:gosec // the operator names it
	if err != nil {
		return nil, fmt.Errorf("reading the recording: %w", err)
	}
	var file struct {
		Log struct {
			Entries []entry `json:"entries"`
		} `json:"log"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return file.Log.Entries, nil
}
