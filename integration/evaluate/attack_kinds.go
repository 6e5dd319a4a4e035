package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"

	"github.com/webshell-guard/caddy-webshell-guard/detector"
	"github.com/webshell-guard/caddy-webshell-guard/detector/accesslog"
)

func newScripts(s *site, r *rand.Rand) []string { return []string{s.newName(r)} }
func readScripts(s *site, _ *rand.Rand) []string {
	return s.getOnly
}

func formScripts(s *site, _ *rand.Rand) []string {
	var list []string
	for _, name := range s.posters {
		if name != "/contact.php" { // that is made up
			list = append(list, name)
		}
	}
	return list
}

func readRoutes(s *site, _ *rand.Rand) []string {
	list, _ := routesOf(s)
	return list
}

func formRoutes(s *site, _ *rand.Rand) []string {
	_, list := routesOf(s)
	return list
}

func path1(p string) func(*site, *rand.Rand) []string {
	return func(*site, *rand.Rand) []string { return []string{p} }
}

// Ways that facts are known.
var (
	inlineAndLog = []string{inline, asLog}
	inlineOnly   = []string{inline}
)

// attacks lists all of them, by group.
func attacks() (list []attack) {
	list = append(list, routeAttacks()...)
	list = append(list, frontAttacks()...)
	list = append(list,
		attack{group: groupForms, name: "in a script that takes POST", world: worldAsIs, targets: formScripts, facts: []string{asHAR}, within: 10, target: 90},
		attack{group: groupForms, name: "in a script that takes POST", world: worldAsIs, targets: formScripts, facts: []string{asLog}, within: 10, target: 60},
		attack{group: groupForms, name: "in a script that takes POST", world: worldAsIs, targets: formScripts, facts: inlineOnly, within: 10, target: 90},
	)
	list = append(list, scriptAttacks()...)
	list = append(list, learningAttacks()...)
	return append(list, preparedAttacks()...)
}

const (
	groupRoutes   = "known route"
	groupFront    = "new operation"
	groupForms    = "takes POST"
	groupScripts  = "script"
	groupLearning = "while learning"
	groupPrepared = "prepared"
)

// routeAttacks bring commands to routes, as a shell in the server's memory takes them.
func routeAttacks() (list []attack) {
	ways := []struct {
		name   string
		facts  []string
		change func(*detector.Exchange, *site)
	}{
		{"as recorded, POST", inlineAndLog, nil}, {"GET, command in the query", inlineAndLog, inQuery},
		{"GET, command in a cookie", inlineOnly, inCookie}, {"GET, command in a header", inlineOnly, inHeader},
	}
	for _, w := range ways {
		list = append(list,
			attack{group: groupRoutes, name: "route that is only read; " + w.name, world: worldRouted, targets: readRoutes, change: w.change, facts: w.facts, within: 3, target: 90},
			attack{group: groupRoutes, name: "route that takes POST; " + w.name, world: worldRouted, targets: formRoutes, change: w.change, facts: w.facts, within: 3, target: 90})
	}
	return list
}

// frontAttacks bring commands to operations that the application did not have.
func frontAttacks() []attack {
	common := attack{group: groupFront, world: worldFronted, facts: inlineAndLog, within: 3, target: 90}
	with := func(name, target, ran string, change func(*detector.Exchange, *site)) attack {
		a := common
		a.name, a.targets, a.ran, a.change = name, path1(target), ran, change
		return a
	}
	return []attack{
		with("POST /wp-json/x/v1/run, JSON", "/wp-json/x/v1/run", frontScript, inJSON),
		with("POST admin-ajax.php?action=new", ajaxScript, ajaxScript, func(x *detector.Exchange, _ *site) { x.Query = "action=health_sync" }),
		with("POST admin-ajax.php, action=new in the body", ajaxScript, ajaxScript, func(x *detector.Exchange, _ *site) { inForm(x, "action=health_sync&data=") }),
		with("GET /?x=", "/", frontScript, func(x *detector.Exchange, _ *site) { x.Query = "x=" + url.QueryEscape(command(x)) }),
	}
}

// scriptAttacks are those that the other report has too, here for what takes effect.
func scriptAttacks() []attack {
	common := attack{group: groupScripts, facts: inlineOnly, within: 3, target: 90}
	fresh, file, read := common, common, common
	fresh.name, fresh.targets = "new script, no root", newScripts
	file.name, file.targets, file.world, file.dropped = "new script, with root", newScripts, worldRooted, true
	read.name, read.targets = "in a GET-only script, no root", readScripts
	return []attack{fresh, file, read}
}

// learningAttacks are shells that are there from the beginning.
func learningAttacks() (list []attack) {
	for _, n := range []int{1, 2, 4, 10, 40} {
		list = append(list, attack{group: groupLearning, name: fmt.Sprintf("new script, networks that use it: %d", n), targets: newScripts, facts: inlineAndLog, networks: n})
	}
	return list
}

// inJSON brings the command as a value of a JSON object.
func inJSON(x *detector.Exchange, _ *site) {
	body, err := json.Marshal(map[string]string{"run": base64.StdEncoding.EncodeToString(x.Body)})
	if err != nil {
		panic(err) // text can be marshalled
	}
	setBody(x, body, "application/json")
}

// inForm brings the command as the value of the last field of a form.
func inForm(x *detector.Exchange, before string) {
	setBody(x, []byte(before+url.QueryEscape(base64.StdEncoding.EncodeToString(x.Body))), "application/x-www-form-urlencoded")
}

func setBody(x *detector.Exchange, body []byte, kind string) {
	x.Method, x.HasBody, x.Sent = "POST", true, int64(len(body))
	x.Body = body[:min(len(body), accesslog.MaxBody)]
	x.Header["Content-Type"] = []string{kind}
	delete(x.Header, "Content-Length")
}
