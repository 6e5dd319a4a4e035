package main

import (
	"fmt"
	"net/netip"
	"time"
)

// wordpress is a site as WordPress makes them: a front controller, an administrator
// who writes and who updates plugins, and readers of what plugins bring, for a year.
func wordpress(seed uint64) *application {
	a := newApplication("plugin updates, a year, WordPress-like", 365, 250, seed)
	a.root, a.scripts = serverRoot, true
	a.page("/", frontScript).weight = 3
	for range 40 {
		a.page("/"+a.fresh("2023/12/")+"/", frontScript)
	}
	a.entry("/wp-login.php", "", "/wp-login.php", "log", "pwd", "wp-submit=Log+In", "testcookie=1").weight = 0.05
	a.entry("/wp-comments-post.php", "", "/", "comment", "author", "email", "comment_post_ID", "comment_parent=0").weight = 0.6
	a.entry(ajaxScript, ajaxScript, "/", "action=load_more", "page", "nonce")
	for _, name := range []string{frontScript, ajaxScript, "/wp-cron.php", "/xmlrpc.php"} {
		a.disk.write(name, a.begin.Add(-90*24*time.Hour))
	}
	for _, name := range []string{"plugins", "update", "post", "edit", "admin", "index", "upload", "async-upload"} {
		a.disk.write("/wp-admin/"+name+".php", a.begin.Add(-90*24*time.Hour))
	}
	w := &plugins{a: a}
	for range 4 {
		w.install()
	}
	a.change = func(a *application, day int) {
		if a.r.IntN(3) > 0 { // a post on most days, which soon fewer read
			p := a.page(fmt.Sprintf("/2024/%02d/%s/", 1+day/31%12, a.fresh("")), frontScript)
			p.weight, p.half = 4*a.popularity(), 20
		}
		switch {
		case day%21 == 9:
			w.install()
			w.installs++
		case day%7 == 4:
			w.update()
			w.updates++
		}
	}
	a.admin = w.administer
	return a
}

// plugins are those of a WordPress.
type plugins struct {
	a                 *application
	list              []string
	installs, updates int // that the administrator is to do today
}

// install adds a plugin, with some of what plugins bring.
func (w *plugins) install() {
	a := w.a
	name := a.fresh("")
	w.list = append(w.list, name)
	a.assets = append(a.assets, "/wp-content/plugins/"+name+"/style.css")
	w.bring(name, a.r.IntN(4))
	if a.r.IntN(2) == 0 {
		w.bring(name, a.r.IntN(4))
	}
}

// bring adds one thing to a plugin.
func (w *plugins) bring(name string, what int) {
	a, dir := w.a, "/wp-content/plugins/"+name+"/"
	switch what {
	case 0:
		a.page(a.fresh(dir)+".php", "")
	case 1:
		a.entry(a.fresh(dir)+".php", "", "/", "id", a.field(), "text")
	case 2:
		a.entry(ajaxScript, ajaxScript, "/", "action="+a.fresh(name+"_"), "nonce", a.field())
	case 3:
		a.entry(a.fresh("/wp-json/"+name+"/v1/"), frontScript, "/", "id", a.field()).json = true
	}
}

// update changes a plugin: it takes one more parameter, or brings one more thing.
func (w *plugins) update() {
	a := w.a
	name := w.list[a.r.IntN(len(w.list))]
	if a.r.IntN(2) == 0 {
		f := a.forms[a.r.IntN(len(a.forms))]
		f.fields = append(f.fields[:len(f.fields):len(f.fields)], a.field())
		a.deploy(f)
		return
	}
	w.bring(name, a.r.IntN(4))
}

// administer is a day of the administrator, of the site's own timer, and of a program
// that posts.
func (w *plugins) administer(a *application) {
	client := netip.AddrFrom4([4]byte{10, 6, 0, 1})
	agent, headers := a.browser(client)
	at, referer := a.begin.Add(time.Duration(a.day)*24*time.Hour+9*time.Hour), ""
	step := func(p *resource) {
		p.length = 20000
		referer = a.add(p, at, client, agent, referer, headers)
		at = at.Add(time.Duration(10+a.r.IntN(60)) * time.Second)
	}
	step(&resource{path: "/wp-admin/index.php"})
	for range 8 {
		step(&resource{path: ajaxScript, sent: true, fields: []string{"action=heartbeat", "interval=60", "_nonce", "screen_id=post"}})
	}
	step(&resource{path: "/wp-admin/post.php", sent: true, fields: []string{"post_ID", "action=editpost", "post_title", "content"}})
	for ; w.updates > 0; w.updates-- {
		step(&resource{path: "/wp-admin/plugins.php"})
		step(&resource{path: ajaxScript, sent: true, fields: []string{"action=update-plugin", "slug", "plugin", "_ajax_nonce"}})
	}
	for ; w.installs > 0; w.installs-- {
		step(&resource{path: "/wp-admin/plugins.php"})
		step(&resource{path: "/wp-admin/update.php", params: []string{"action", "overwrite"}, sent: true, fields: []string{"_wpnonce", "pluginzip"}})
		step(&resource{path: "/wp-admin/plugins.php", params: []string{"action", "plugin", "_wpnonce"}})
		step(&resource{path: "/wp-admin/admin.php", params: []string{"page"}})
	}
	own := netip.AddrFrom4([4]byte{10, 6, 1, 1})
	for range 12 {
		a.add(&resource{path: "/wp-cron.php", sent: true, params: []string{"doing_wp_cron"}, length: 0}, a.moment(), own, "WordPress/6.4; https://"+a.host, "", nil)
	}
	phone := netip.AddrFrom4([4]byte{10, 6, 2, 1})
	for range a.count(3) {
		a.add(&resource{path: "/xmlrpc.php", sent: true, fields: []string{"method"}, length: 400}, a.moment(), phone, "wp-iphone/24.1", "", nil)
	}
}
