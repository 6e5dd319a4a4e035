package baseline

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"
)

// archived is a site of 200 scripts that has ended learning, and its archive.
func archived(t *testing.T) (*Site, []byte) {
	t.Helper()
	s := NewSite("a", start)
	for n := range 2000 {
		s.Learn(Key{Path: fmt.Sprintf("/%d.php", n%200)}, Visit{Time: start, Method: MethodGet, Status: 200, Network: uint64(n)}, DefaultLimits())
	}
	s.Phases.Enforce(Author{Via: "test"}, start.Add(time.Hour))
	var b bytes.Buffer
	if err := s.Export(&b, start); err != nil {
		t.Fatal(err)
	}
	return s, b.Bytes()
}

func TestArchive(t *testing.T) {
	s, data := archived(t)
	if !s.Dirty() {
		t.Error("exporting passes for saving")
	}
	got, err := Import("b", bytes.NewReader(data), Author{Via: "test"}, start)
	if err != nil {
		t.Fatal(err)
	}
	if got.Name() != "b" || got.Scripts.Count(Trusted) != s.Scripts.Count(Trusted) || !got.Phases.Closed().Equal(s.Phases.Closed()) || got.Scripts.Visits() != s.Scripts.Visits() {
		t.Errorf("%d of %d trusted, closed %s", got.Scripts.Count(Trusted), s.Scripts.Count(Trusted), got.Phases.Closed())
	}
	log := got.Decisions.List()
	if last := log[len(log)-1]; last.Decided != "imported" {
		t.Errorf("%+v", last)
	}
}

func TestArchivesOfNoUse(t *testing.T) {
	_, data := archived(t)
	var bomb bytes.Buffer
	z := zip.NewWriter(&bomb)
	w, err := z.Create(manifestName)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(make([]byte, 64<<20)); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	bad := map[string][]byte{"empty": nil, "garbage": []byte("what is this?"), "too large an object": bomb.Bytes()}
	for n := 1; n < len(data); n += len(data)/50 + 1 {
		bad[fmt.Sprintf("cut at %d", n)] = data[:n]
	}
	for n := 0; n < len(data); n += len(data)/50 + 1 {
		flipped := bytes.Clone(data)
		flipped[n] ^= 0x40
		if s, err := Import("b", bytes.NewReader(flipped), Author{Via: "test"}, start); err == nil && s.Scripts.Count(Trusted) != 200 {
			t.Errorf("flipped at %d it has %d scripts", n, s.Scripts.Count(Trusted))
		}
	}
	for name, data := range bad {
		if _, err := Import("b", bytes.NewReader(data), Author{Via: "test"}, start); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestArchivesOfAnEnemy(t *testing.T) {
	s, data := archived(t)
	archive := func(objects map[string][]byte) []byte {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for name, object := range objects {
			if err := (zipped{w: z}).Store(name, object); err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	many := map[string][]byte{}
	for n := range 30_000 {
		many[fmt.Sprint(n)] = nil
	}
	liar := archive(map[string][]byte{manifestName: make([]byte, maxObjectSize+1)})
	entry := bytes.Index(liar, []byte("PK\x01\x02"))
	copy(liar[entry+24:], []byte{7, 0, 0, 0}) // its size
	o := newMemoryObjects()
	m := s.record(start)
	if err := s.saveParts(o, &m); err != nil {
		t.Fatal(err)
	}
	m.Parts = append(m.Parts, m.Parts[0])
	object, err := m.seal()
	if err != nil {
		t.Fatal(err)
	}
	o.m[manifestName] = object
	for name, hostile := range map[string][]byte{
		"a list that takes much memory":      archive(many),
		"an object that lies about its size": liar,
		"a part that is named twice":         archive(o.m),
		"more behind its end":                append(bytes.Clone(data), 0),
		"no manifest":                        archive(map[string][]byte{"readme": []byte("hello")}),
	} {
		if _, err := Import("b", bytes.NewReader(hostile), Author{Via: "test"}, start); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
