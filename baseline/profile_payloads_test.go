package baseline

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestMediaTypesHaveAPlace(t *testing.T) {
	s := NewSite("a", start)
	for contentType, want := range map[string]MediaType{
		"": MediaNone, " ": MediaNone, "application/x-www-form-urlencoded; charset=utf-8": MediaForm, "Multipart/Form-Data; boundary=x": MediaMultipart,
		"application/json": MediaJSON, "text/xml": MediaXML, "application/xml": MediaXML, "text/plain": MediaText, "application/octet-stream": MediaBinary,
	} {
		if got := s.Hash.MediaTypeOf(contentType); got != want {
			t.Errorf("%q: %d, want %d", contentType, got, want)
		}
	}
	for n := range 1000 {
		if got := s.Hash.MediaTypeOf(fmt.Sprintf("application/x-%d", n)); got < mediaOthers || got >= mediaCount {
			t.Fatalf("another type has place %d", got)
		}
	}
}

func TestPayloadsOfAProfileAreStored(t *testing.T) {
	s := NewSite("a", start)
	key := Key{Path: "/form.php"}
	visit := func(media MediaType, m Method, network uint64, fields ...uint64) {
		v := Visit{Time: start, Method: m, Status: 200, Network: network << 40, Media: media}
		if len(fields) > 0 {
			v.Opaque = new([OpaqueFields]uint64)
			copy(v.Opaque[:], fields)
		}
		s.Learn(key, v, DefaultLimits())
	}
	for n := range uint64(30) {
		visit(MediaForm, MethodPost, n, 1<<42)
	}
	visit(MediaJSON, MethodPost, 1)
	visit(MediaUnknown, MethodGet, 1)
	s.Phases.Enforce(Author{Via: "test"}, start.Add(time.Hour))
	for n := range uint64(5) {
		visit(MediaXML, MethodPost, 1+n, 2<<42)
	}
	check := func(what string, p *Profile, xml bool, networks int) {
		t.Helper()
		for media, known := range map[MediaType]bool{MediaForm: true, MediaJSON: true, MediaXML: xml, MediaText: false} {
			if h := p.MediaHabits(media, MethodPost); h.Known != known || h.Payloads != 31 || h.Once != 1 || h.Networks != networks {
				t.Errorf("%s, type %d: %+v", what, media, h)
			}
		}
		if h := p.MediaHabits(MediaForm, MethodGet); h.Known || h.Once != 0 {
			t.Errorf("%s, read: %+v", what, h)
		}
		if !p.KnowsPayloads() || !p.KnowsOpaque(1<<42, 9) || p.KnowsOpaque(2<<42, 9) != xml {
			t.Errorf("%s: fields with unreadable values", what)
		}
	}
	p := s.Scripts.Lookup(key)
	var rec profileRecord
	p.record(&rec)
	stored, err := rec.profile()
	if err != nil {
		t.Fatal(err)
	}
	check("as it is", p, false, 5)
	check("stored", stored, false, 5)
	if err := s.Decisions.SetTrust([]Key{key}, Trusted, Author{Via: "test"}, start, DefaultLimits()); err != nil {
		t.Fatal(err)
	}
	check("approved", p, true, 0)
	rec.Payloads, rec.PayloadsKept = nil, false
	if old, err := rec.profile(); err != nil || old.KnowsPayloads() {
		t.Errorf("of a version before: %v", err)
	}
}

func TestParamNamesAreCountedOnce(t *testing.T) {
	s := NewSite("a", start)
	var p ParamNames
	p.Hash(s.Hash, "a=1&a=2&b", []byte("c=1&"+strings.Repeat("c=2&", 200)+"a=1&cut"))
	if len(p.All()) != 4 || len(p.Form()) != 2 || !p.Complete() {
		t.Errorf("%d names, %d of the body, complete: %v", len(p.All()), len(p.Form()), p.Complete())
	}
	p.SetIncomplete(s.Hash)
	if len(p.All()) != 5 || len(p.Form()) != 2 || p.Complete() {
		t.Errorf("incomplete: %d names, %d of the body", len(p.All()), len(p.Form()))
	}
	if !p.AddBody(s.Hash, []byte("d")) || len(p.All()) != 6 || p.All()[5] != s.Hash.Text(restName) {
		t.Error("a name that comes later drives out what stands for the rest")
	}
	p.Reset()
	if len(p.All()) != 0 || !p.Complete() {
		t.Error("something stays")
	}
}
