package detector

import (
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

func TestReadingANewFile(t *testing.T) {
	shell := get("/lib/x.php", stranger).with(rooted).with(unreferred).with(query("c=id")).with(says("uid=33(www-data)"))
	dropped := func(t *testing.T) *watch {
		w := rootedWatch(t)
		w.drop("/lib/x.php", w.now)
		return w
	}
	t.Run("that answers without markup is refused at the answer", func(t *testing.T) {
		if o := dropped(t).see(shell); o.refuseRequest || !o.refuseResponse || o.response != Malicious || !o.has(1003) || !o.has(1050) {
			t.Errorf("%+v", o)
		}
	})
	t.Run("that answers with a page is not", func(t *testing.T) {
		if o := dropped(t).see(shell.with(says(longPage))); o.refuseResponse || o.response != Suspicious {
			t.Errorf("%+v", o)
		}
	})
	t.Run("by a link of the site, without a query, is not", func(t *testing.T) {
		x := get("/lib/x.php", stranger).with(rooted).with(says("uid=33(www-data)"))
		if o := dropped(t).see(x); o.refuseResponse || o.response != Suspicious {
			t.Errorf("%+v", o)
		}
	})
	t.Run("of before learning is not", func(t *testing.T) {
		w := rootedWatch(t)
		w.drop("/lib/x.php", start.Add(-time.Hour))
		if o := w.see(shell); o.refuseResponse || o.response == Malicious {
			t.Errorf("%+v", o)
		}
	})
	t.Run("where only static files were is refused before it runs", func(t *testing.T) {
		w := newWatch(t)
		w.files[baseline.Key{Root: "/srv", Path: "/a.php"}] = File{State: FileThere, Changed: start.Add(-time.Hour)}
		for n := range 30 {
			w.see(get("/css/a.css", n).with(rooted).with(kind("text/css")))
			w.see(get("/favicon.ico", n).with(rooted).with(kind("image/x-icon")))
		}
		w.learn(rooted, "/a.php")
		w.drop("/css/x.php", w.now)
		if o := w.see(get("/css/x.php", stranger).with(rooted).with(unreferred).with(query("c=id"))); !o.refuseRequest || !o.has(1014) {
			t.Errorf("%+v", o)
		}
		w.drop("/b.php", w.now)
		if o := w.see(get("/b.php", stranger+1).with(rooted).with(unreferred).with(query("c=id")).with(says(longPage))); o.refuseRequest || o.has(1014) {
			t.Errorf("beside other scripts: %+v", o)
		}
	})
	t.Run("counts as blocked in a log, too", func(t *testing.T) {
		w := dropped(t)
		var e Evaluation
		x := shell
		x.Time, x.EffectivePath, x.EffectiveRoot = w.now, x.Path, x.Root
		e.Begin(w.d, w.m, &x)
		e.Respond()
		e.AnswerWanted()
		e.Conclude()
		if j := e.Judgement(); !e.WouldBlock() || j.Verdict != Malicious || j.Refusal != NotRefused {
			t.Errorf("%v, %v, refusal %v", e.WouldBlock(), j.Verdict, j.Refusal)
		}
	})
}

func TestNewScriptWhereNobodyMayLook(t *testing.T) {
	w := rootedWatch(t)
	w.files[baseline.Key{Root: "/srv", Path: "/private/x.php"}] = File{Hidden: true}
	if o := w.see(get("/private/x.php", stranger).with(rooted).with(post)); !o.refuseRequest || !o.has(1071) {
		t.Errorf("%+v", o)
	}
	if o := w.see(get("/private/x.php", stranger).with(rooted).with(status(404))); o.response != Clean {
		t.Errorf("it is not there: %+v", o)
	}
}

func TestOldFileInAChangedDirectory(t *testing.T) {
	w := rootedWatch(t)
	old := start.Add(-time.Hour)
	for path, settled := range map[string]time.Time{"/lib/x.php": w.now, "/old/x.php": old} {
		w.files[baseline.Key{Root: "/srv", Path: path}] = File{State: FileThere, Changed: old, Settled: settled}
		o := w.see(get(path, stranger).with(rooted).with(post).with(unreferred))
		if o.has(1003) || o.has(1004) != settled.Equal(old) {
			t.Errorf("%s: %+v", path, o)
		}
	}
}
