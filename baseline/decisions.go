package baseline

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
)

// Decisions are what an operator, a manifest or a deploy window decides about
// scripts.
type Decisions struct {
	hash     Hasher
	period   *learningPeriod
	scripts  *Scripts
	evidence *Evidence
	proven   *ProvenClients
	denials  *Denials
	log      *decisionLog
	window   deployWindow
}

// List lists the latest 1,000 decisions about the site and its scripts, oldest first.
func (d *Decisions) List() []Decision { return d.log.list() }

// errNoRoom is in the chain of errors about decisions for whose scripts there is no
// room. They change nothing.
var errNoRoom = errors.New("no room")

// SetTrust sets the trust of scripts, and makes profiles for those that have none: of
// all of them, or if there is no room for all, of none. To trust a script is to approve
// of the methods it has taken so far. It fails if there is no room for all.
func (d *Decisions) SetTrust(keys []Key, t Trust, by Author, now time.Time, l Limits) error {
	return d.SetTrustOf(scriptKeys(keys), t, by, now, l)
}

// SetTrustOf is SetTrust of endpoints.
func (d *Decisions) SetTrustOf(endpoints []EndpointKey, t Trust, by Author, now time.Time, l Limits) error {
	profiles, err := d.profiles(endpoints, now, l)
	if err != nil {
		return err
	}
	for _, p := range profiles {
		d.decide(p, t, now)
	}
	d.denials.reindex()
	d.logProfiles(profiles, t.String(), by, now)
	return nil
}

// inherit is SetTrust of what another baseline has a profile of. It is not logged, and
// finds room whatever max_scripts.
func (d *Decisions) inherit(old *Profile, t Trust, now time.Time) {
	d.decide(d.profile(old.EndpointKey(), now, Limits{MaxScripts: math.MaxInt}), t, now)
}

func (d *Decisions) decide(p *Profile, t Trust, now time.Time) {
	p.decidedAt.Store(now.UnixNano())
	if t == Trusted {
		d.scripts.approve(p, now)
		d.evidence.approve(p.key, now)
		d.proven.lift(p.key)
	} else {
		d.scripts.setTrust(p, t)
	}
}

// profiles returns the profiles of scripts, making those that are missing, all or none.
func (d *Decisions) profiles(keys []EndpointKey, now time.Time, l Limits) ([]*Profile, error) {
	var missing []EndpointKey
	for _, key := range keys {
		if d.scripts.Lookup(key.Key()) == nil {
			missing = append(missing, key)
		}
	}
	noRoom := fmt.Errorf("%w for %d new scripts: max_scripts is %d, and %d are known", errNoRoom, len(missing), l.MaxScripts, d.scripts.size())
	if d.scripts.size()+len(missing) > max(l.MaxScripts, d.scripts.size()) {
		return nil, noRoom
	}
	for i, key := range missing {
		if d.profile(key, now, l) != nil {
			continue
		}
		for _, made := range missing[:i] { // visitors were faster, and took the room
			d.scripts.remove(d.scripts.Lookup(made.Key()))
		}
		return nil, noRoom
	}
	profiles := make([]*Profile, 0, len(keys))
	for _, key := range keys {
		profiles = append(profiles, d.scripts.Lookup(key.Key()))
	}
	return profiles, nil
}

// profile returns the endpoint's profile, making one if there is room.
func (d *Decisions) profile(key EndpointKey, now time.Time, l Limits) *Profile {
	if p := d.scripts.Lookup(key.Key()); p != nil {
		return p
	}
	p := d.scripts.add(key.Key(), admission{at: now, operator: true, route: key.Route != ""}, l)
	if p != nil && p.route {
		p.ranBy(key.Script)
	}
	return p
}

// Forget removes what is known of scripts, so that they are new again, and returns of
// how many anything was.
func (d *Decisions) Forget(keys []Key, by Author, now time.Time) (n int) {
	var forgotten []*Profile
	for _, key := range keys {
		d.proven.lift(key)
		if p := d.scripts.Lookup(key); p != nil && d.scripts.remove(p) {
			forgotten = append(forgotten, p)
		}
	}
	d.denials.reindex()
	d.logProfiles(forgotten, "forgotten", by, now)
	return len(forgotten)
}

// Deny denies scripts, and makes standing rules, which replace those of the same
// pattern, root and host: all of them, or none. It fails if there is no room for all.
func (d *Decisions) Deny(keys []Key, rules []DenialRule, by Author, now time.Time, l Limits) error {
	if err := d.denials.Room(rules); err != nil {
		return err
	}
	if err := d.SetTrust(keys, Denied, by, now, l); err != nil {
		return err
	}
	for i := range rules {
		rules[i].Time, rules[i].By = now.UTC(), by
	}
	d.denials.add(rules)
	d.logRules(rules, "standing denial", by, now)
	return nil
}

// WithdrawDenials withdraws standing rules. It leaves the scripts that are denied as
// they are.
func (d *Decisions) WithdrawDenials(rules []DenialRule, by Author, now time.Time) {
	d.denials.remove(rules)
	d.logRules(rules, "standing denial withdrawn", by, now)
}

// Adoption is what became of the scripts of a manifest.
type Adoption struct {
	Trusted int // scripts that are trusted now
	Listed  int // scripts among data, known but not trusted
	// Flagged are scripts that evidence stands against: they stay as they were.
	Flagged []ScriptEvidence
}

// Manifest names scripts that an operator deploys.
type Manifest struct {
	Scripts []Key // where programs belong
	Listed  []Key // among data, for somebody to look at
}

// Adopt trusts the scripts of a manifest, and lists those among data: all of them, or
// none. It fails if there is no room for all. Scripts that evidence stands against are
// left out: only [Decisions.SetTrust] trusts them.
func (d *Decisions) Adopt(m Manifest, by Author, now time.Time, l Limits) (a Adoption, err error) {
	var trusted, fresh []Key
	for _, key := range m.Scripts {
		if held, _ := d.evidence.Of(key); held.Standing {
			held.Key = key
			a.Flagged = append(a.Flagged, held)
		} else {
			trusted = append(trusted, key)
		}
	}
	for _, key := range m.Listed {
		if d.scripts.Lookup(key) == nil {
			fresh = append(fresh, key)
		}
	}
	profiles, err := d.profiles(scriptKeys(slices.Concat(trusted, fresh)), now, l)
	if err != nil {
		return Adoption{}, err
	}
	for i, p := range profiles {
		if i < len(trusted) {
			d.decide(p, Trusted, now)
		} else if !d.period.lasts() {
			d.scripts.setLate(p)
		}
	}
	a.Trusted, a.Listed = len(trusted), len(m.Listed)
	d.denials.reindex()
	d.log.add(Decision{Time: now, Decided: fmt.Sprintf("manifest: %d scripts trusted, %d listed, %d flagged and left out",
		a.Trusted, a.Listed, len(a.Flagged)), By: by})
	return a, nil
}
