package main

import (
	"fmt"
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

func TestPeersAlertOnce(t *testing.T) {
	get := &detector.Exchange{Method: "GET", Path: "/a.php", Status: 200, Referer: "https://site/"}
	post := &detector.Exchange{Method: "POST", Path: "/a.php", Status: 200}
	page := &detector.Exchange{Method: "GET", Path: "/b", Status: 200}
	missing := &detector.Exchange{Method: "GET", Path: "/c.php", Status: 404}
	want := [][]bool{ // for get, get, post, post, page, missing
		{true, false, false, false, true, false},
		{true, false, false, false, false, false},
		{true, false, true, false, false, false},
		{true, false, true, false, false, false},
		{false, false, true, false, false, false},
	}
	for i, p := range peers() {
		for k, x := range []*detector.Exchange{get, get, post, post, page, missing} {
			if got := p.sees(x); got != want[i][k] {
				t.Errorf("%s: exchange %d: alert %t, want %t", p.name, k, got, want[i][k])
			}
		}
	}
}

func TestPeerLeavesOutSharedPages(t *testing.T) {
	p := peers()[3]
	for i := range 6 {
		x := &detector.Exchange{Method: "GET", Path: fmt.Sprintf("/%d.php", i), Status: 200, Length: 4025}
		if got, want := p.sees(x), i < softAbsentScripts; got != want {
			t.Errorf("script %d of the same size: alert %t, want %t", i, got, want)
		}
	}
}
