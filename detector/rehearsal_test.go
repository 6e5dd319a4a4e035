package detector

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// storedObjects is storage in memory.
type storedObjects map[string][]byte

func (o storedObjects) Load(name string) ([]byte, error) {
	if b, ok := o[name]; ok {
		return b, nil
	}
	return nil, fs.ErrNotExist
}

func (o storedObjects) Store(name string, b []byte) error {
	o[name] = b
	return nil
}

func (o storedObjects) Delete(name string) error {
	delete(o, name)
	return nil
}

// learnedState is all that a site's baseline stores, but for its containment, the
// decisions and which process writes it, in an order of its own: the parts are stored in none.
func (w *watch) learnedState() (records []string, rest map[string]any) {
	w.t.Helper()
	o := storedObjects{}
	if err := w.m.Save(o, w.now); err != nil {
		w.t.Fatal(err)
	}
	var envelope struct{ Manifest map[string]any }
	if err := json.Unmarshal(o["manifest.json"], &envelope); err != nil {
		w.t.Fatal(err)
	}
	rest = envelope.Manifest
	for _, key := range []string{"contained", "refusals", "decisions", "parts", "writer"} {
		delete(rest, key)
	}
	for _, name := range slices.Sorted(maps.Keys(o)) {
		if !strings.HasSuffix(name, ".cbor") {
			continue
		}
		for dec := cbor.NewDecoder(bytes.NewReader(o[name])); ; {
			var record cbor.RawMessage
			err := dec.Decode(&record)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				w.t.Fatal(err)
			}
			records = append(records, string(record))
		}
	}
	slices.Sort(records)
	return records, rest
}

// A rehearsal is for a site that works: nothing may be judged or learned otherwise
// because of it, while the site learns and after.
func TestRehearsalChangesNeitherJudgingNorLearning(t *testing.T) {
	page, picture := kind("text/html"), kind("image/png")
	play := func(rehearse bool) (w *watch, outcomes []string) {
		w = newWatch(t)
		for _, name := range []string{"/a.php", "/form.php", "/uploads/tool.php"} {
			w.drop(name, start.Add(-time.Hour))
		}
		visit := func(stage string, n int) {
			for _, x := range []Exchange{
				get("/a.php", n).with(rooted), get("/form.php", n).with(rooted).with(post), get("/", n).with(rooted).with(page),
				get("/new-route/one", n).with(page), get(fmt.Sprintf("/user/%d", n), n).with(page), get("/logo.png", n).with(picture),
				get("/missing.php", n).with(rooted).with(status(404)), get("/missing.png", n).with(status(404)), get("/odd.weird", n),
				get("/late.php", stranger+n).with(rooted), get("/late.php", stranger+n).with(rooted).with(post).with(unreferred),
				get("/denied.php", n).with(rooted), get("/logo.png", stranger+n).with(post).with(page).with(unreferred),
				get("/dir", n).with(status(301)), get("/uploads/tool.php", stranger).with(rooted).with(post).with(unreferred),
			} {
				outcomes = append(outcomes, fmt.Sprintf("%s: %s %s: %+v", stage, x.Method, x.Path, w.see(x)))
			}
			w.now = w.now.Add(time.Second)
		}
		w.m.Decisions.SetTrust([]baseline.Key{{Path: "/denied.php"}}, baseline.Denied, baseline.Author{Via: "test"}, w.now, w.d.Limits())
		if rehearse {
			w.m.Containment.Begin(0, true, baseline.Author{Via: "test"}, w.now)
		}
		for n := range 30 {
			visit("learning", n)
		}
		w.now = w.now.Add(2 * time.Hour)
		w.drop("/late.php", w.now)
		for n := range 30 {
			visit("enforcing", n)
		}
		if phase := w.m.Phases.Phase(); phase != baseline.Enforcing {
			t.Fatalf("rehearsal %v: %s", rehearse, phase)
		}
		return w, outcomes
	}
	without, plain := play(false)
	with, rehearsed := play(true)
	if refusals, _ := with.m.Containment.Refusals(); len(refusals) < 3 {
		t.Errorf("the rehearsal lists %+v", refusals)
	}
	for i := range plain {
		if plain[i] != rehearsed[i] {
			t.Errorf("judged otherwise:\nwithout %s\nwith    %s", plain[i], rehearsed[i])
		}
	}
	records, rest := without.learnedState()
	otherRecords, otherRest := with.learnedState()
	if len(records) < 10 || !slices.Equal(records, otherRecords) {
		t.Errorf("%d profiles, routes and directories without, %d with, or others", len(records), len(otherRecords))
	}
	if !reflect.DeepEqual(rest, otherRest) {
		t.Errorf("learned without: %v\nwith: %v", rest, otherRest)
	}
}
