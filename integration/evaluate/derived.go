package main

import (
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// Few public logs are of applications that answer everything through one script, or
// of those without scripts. Their visitors come and go as in the real logs, from which
// such sites are made here by renaming what they ask for.

// serverRoot is the document root of sites that have one.
const serverRoot = "/srv/site"

// asIs is the site of a log, with a form that some of its visitors send.
func asIs(s *site) *site {
	return derive(s, func(*detector.Exchange, bool) {}, []form{{page: "/contact.php", to: "/contact.php", body: "name=%s&email=a%40example.org&message=%s"}})
}

// routed is the site of an application without scripts, behind a proxy:
// /article.php?id=3 becomes /article/3.
func routed(s *site) *site {
	return derive(s, func(x *detector.Exchange, _ bool) {
		x.Path, x.Query = routeOf(x.Path, x.Query)
		x.EffectivePath, x.RawPath = x.Path, ""
	}, []form{{page: "/contact", to: "/contact", body: "name=%s&email=a%40example.org&message=%s"}})
}

// fronted is the site of an application that answers everything but files through
// /index.php, and as WordPress does, operations through one more script and through
// routes below /wp-json. A third of the pages become operations.
func fronted(s *site) *site {
	return derive(s, func(x *detector.Exchange, invented bool) {
		if !invented {
			x.Path, x.Query = routeOf(x.Path, x.Query)
		}
		x.RawPath, x.Root, x.EffectiveRoot = "", serverRoot, serverRoot
		if isFile(x.Path) {
			x.EffectivePath = x.Path
			return
		}
		if name := strings.Trim(x.Path, "/"); !invented && name != "" && x.Status/100 == 2 && hash("operation", name)%3 == 0 {
			first, rest, _ := strings.Cut(name, "/")
			x.Query = strings.Trim("action="+url.QueryEscape(first)+"&of="+url.QueryEscape(rest)+"&"+x.Query, "&")
			x.Path = ajaxScript
		}
		runFront(x)
	}, []form{
		{page: "/contact/", to: ajaxScript + "?action=contact_send", body: "name=%s&message=%s"},
		{page: "/account/", to: ajaxScript, body: "action=heartbeat&interval=60&screen_id=%s&data=%s"},
		{page: "/feedback/", to: "/wp-json/contact/v1/send", body: `{"name":"%s","message":"%s"}`},
		{page: "/?s=word"},
	})
}

const frontScript, ajaxScript = "/index.php", "/wp-admin/admin-ajax.php"

func runFront(x *detector.Exchange) {
	if x.EffectivePath = frontScript; x.Path == ajaxScript {
		x.EffectivePath = ajaxScript
	}
}

// unfronted is what a log has of the site: what was asked for, not what ran.
func unfronted(entries []detector.Exchange) []detector.Exchange {
	list := slices.Clone(entries)
	for i := range list {
		list[i].EffectivePath, list[i].Root, list[i].EffectiveRoot = list[i].Path, "", ""
		asLogged(&list[i])
	}
	return list
}

// derive makes a site out of another's log, with forms that visitors send.
// change is told whether a request is one of those forms' own.
func derive(s *site, change func(x *detector.Exchange, invented bool), forms []form) *site {
	entries := withForms(s, forms)
	for i := range entries {
		change(&entries[i], entries[i].ContentType != "") // a log has no types
	}
	out := newSite(s.name, entries, s.malformed, s.fraction)
	out.host = s.host
	out.served, out.logged = dressed(entries, s.host), unfronted(entries)
	return out
}

// routeOf drops the suffix of a script from a path, and makes the value of the first
// parameter the next segment.
func routeOf(p, query string) (route, rest string) {
	n := namer.Name(p)
	if !n.Script {
		return p, query
	}
	base := strings.TrimSuffix(n.Path, path.Ext(n.Path))
	base = strings.TrimSuffix(base, "index")
	first, rest, _ := strings.Cut(query, "&")
	if _, value, ok := strings.Cut(first, "="); ok && plainSegment(value) {
		return strings.TrimSuffix(base, "/") + "/" + value, rest
	}
	return base, query
}

func plainSegment(v string) bool {
	return v != "" && len(v) <= 40 && strings.Trim(v, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == ""
}

// isFile reports whether a path names a file that no program writes.
func isFile(p string) bool {
	return strings.Contains(path.Base(p), ".") && !namer.Name(p).Script || p == "*"
}

// routesOf lists routes that at least three client networks visited while the site was
// learned: those only read, and those that took payloads.
func routesOf(s *site) (getOnly, takePost []string) {
	type visits struct {
		networks map[uint32]bool
		payloads int
	}
	enough := min(3, len(s.networks))
	seen := make(map[string]*visits)
	for i := range s.entries {
		x := &s.entries[i]
		if !x.Time.Before(s.closes) || x.Status != 200 || isFile(x.Path) || namer.Name(x.Path).Script || strings.HasSuffix(x.Path, "/") {
			continue
		}
		v := seen[x.Path]
		if v == nil {
			v = &visits{networks: make(map[uint32]bool)}
			seen[x.Path] = v
		}
		if !baseline.MethodOf(x.Method).Reads() {
			v.payloads++
		}
		if p, err := x.Client.Prefix(24); err == nil {
			v.networks[hash(p.String())] = true
		}
	}
	for name, v := range seen {
		switch {
		case len(v.networks) < enough:
		case v.payloads >= 3:
			takePost = append(takePost, name)
		case v.payloads == 0:
			getOnly = append(getOnly, name)
		}
	}
	slices.Sort(getOnly)
	slices.Sort(takePost)
	return getOnly, takePost
}

// form is what some visitors fill in.
type form struct {
	page string // which holds it
	to   string // where it goes; nowhere if empty
	body string // with room for two words
}

// everyVisit says how many reads of pages there are to each form that is sent.
const everyVisit = 20

// withForms adds to a log that some of its visitors read a form and send it.
func withForms(s *site, forms []form) []detector.Exchange {
	list := slices.Clone(s.entries)
	reads := 0
	for i := range s.entries {
		x := s.entries[i]
		if x.Method != "GET" || x.Status != 200 || isFile(x.Path) {
			continue
		}
		if reads++; reads%everyVisit > 0 {
			continue
		}
		f := forms[reads/everyVisit%len(forms)]
		x.Referer, x.Origin, x.RawPath = "https://"+s.host+x.Path, "", ""
		x.Time, x.Length = x.Time.Add(5*time.Second), 2100
		x.Path, x.Query, _ = strings.Cut(f.page, "?")
		x.EffectivePath, x.ContentType = x.Path, "text/html; charset=utf-8"
		list = append(list, x)
		if f.to != "" {
			x.Referer = "https://" + s.host + x.Path
			list = append(list, sentForm(x, f))
		}
	}
	slices.SortStableFunc(list, func(a, b detector.Exchange) int { return a.Time.Compare(b.Time) })
	return list
}

// sentForm is the form as sent some time after x read it.
func sentForm(x detector.Exchange, f form) detector.Exchange {
	h := hash(f.to, x.Time.String())
	x.Time = x.Time.Add(time.Duration(20+h%60) * time.Second)
	x.Method, x.Length = "POST", int64(300+h%40)
	x.Path, x.Query, _ = strings.Cut(f.to, "?")
	x.EffectivePath, x.ContentType = x.Path, typeOf(x.Path)
	body := strings.Replace(f.body, "%s", words[h%uint32(len(words))], 1)
	body = strings.Replace(body, "%s", words[h/16%uint32(len(words))], 1)
	x.Body = []byte(body)
	return x
}
