package baseline

import (
	"fmt"
	"time"
)

// Decisions are what an operator, a manifest or a deploy window decides about
// scripts.
type Decisions struct {
	period  *learningPeriod
	scripts *Scripts
	log     *decisionLog
	window  deployWindow
}

// List lists the latest 1,000 decisions about the site and its scripts, oldest first.
func (d *Decisions) List() []Decision { return d.log.list() }

// SetTrust sets the trust of a script, and makes a profile for it if there is none.
// To trust a script is to approve of the methods it has taken so far. The reason is
// kept with the decision. It reports false if there was no room for a profile.
func (d *Decisions) SetTrust(key Key, t Trust, reason string, now time.Time, l Limits) bool {
	if !d.setTrust(key, t, now, l) {
		return false
	}
	d.log.add(Decision{Time: now, Script: key, Decided: t.String(), Reason: reason})
	return true
}

func (d *Decisions) setTrust(key Key, t Trust, now time.Time, l Limits) bool {
	p := d.profile(key, now, l)
	if p == nil {
		return false
	}
	if t == Trusted {
		d.scripts.approve(p, now)
	} else {
		d.scripts.setTrust(p, t)
	}
	return true
}

// profile returns the script's profile, making one if there is room.
func (d *Decisions) profile(key Key, now time.Time, l Limits) *Profile {
	if p := d.scripts.Lookup(key); p != nil {
		return p
	}
	return d.scripts.add(key, admission{at: now, operator: true}, l)
}

// Forget removes what is known of a script, so that it is new again, and
// reports whether anything was.
func (d *Decisions) Forget(key Key, reason string, now time.Time) bool {
	p := d.scripts.Lookup(key)
	if p == nil || !d.scripts.remove(p) {
		return false
	}
	d.log.add(Decision{Time: now, Script: key, Decided: "forgotten", Reason: reason})
	return true
}

// Adopt trusts the scripts of a manifest under a document root, which is empty
// where the guard knows none, and lists the others. It returns how many were
// trusted, how many listed, and for how many there was no room.
func (d *Decisions) Adopt(m FileManifest, root, reason string, now time.Time, l Limits) (trusted, listed, noRoom int) {
	for _, path := range m.Scripts {
		if d.setTrust(Key{Root: root, Path: path}, Trusted, now, l) {
			trusted++
		} else {
			noRoom++
		}
	}
	for _, path := range m.Listed {
		if d.addProvisional(Key{Root: root, Path: path}, now, l) {
			listed++
		} else {
			noRoom++
		}
	}
	d.log.add(Decision{Time: now, Decided: fmt.Sprintf("manifest: %d scripts trusted, %d listed, no room for %d", trusted, listed, noRoom), Reason: reason})
	return trusted, listed, noRoom
}

// addProvisional makes a profile for a script, without approving it.
func (d *Decisions) addProvisional(key Key, now time.Time, l Limits) bool {
	if d.scripts.Lookup(key) != nil {
		return true
	}
	p := d.profile(key, now, l)
	if p == nil {
		return false
	}
	if !d.period.lasts() {
		d.scripts.setLate(p)
	}
	return true
}
