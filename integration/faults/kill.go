package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/caddyserver/certmagic"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/integration/internal/process"
)

// killScripts is how many scripts the site has, so that a snapshot takes a while.
const killScripts = 1500

// killing kills Caddy again and again while it writes snapshots.
type killing struct {
	dir     string
	rng     *rand.Rand
	addr    string
	caddy   *process.Caddy
	denied  int // scripts that an operator denied so far
	inWrite int // kills that hit an object being written
	mu      sync.Mutex
	told    []string // scripts that were denied through the API, and answered for
	trusted int      // by the last snapshot that was completed
	saved   int      // snapshots that were completed
}

// kill does it n times, and fails at the first loss. say is told of the rounds.
func kill(dir string, n int, seed uint64, say func(string)) error {
	k := &killing{dir: dir, rng: rand.New(rand.NewPCG(seed, 0))}
	if err := k.learn(); err != nil {
		return err
	}
	defer func() {
		if k.caddy != nil {
			_ = k.caddy.Kill() // what a round that failed left; it has said why
		}
	}()
	for round := range n {
		how := []string{"torn", "slow"}[round%2]
		if err := k.round(how); err != nil {
			return fmt.Errorf("round %d (%s), seed %d: %w", round+1, how, seed, err)
		}
		say(fmt.Sprintf("%4d %s: %d trusted, %d denied, all decisions that were answered for and all that a completed snapshot held",
			round+1, how, k.trusted, k.denied+len(k.told)))
	}
	say(fmt.Sprintf("%d kills, %d of them while an object was being written; %d snapshots completed meanwhile", n, k.inWrite, k.saved))
	if k.inWrite == 0 {
		return fmt.Errorf("no kill hit a write: nothing was tried")
	}
	return nil
}

func (k *killing) storage() string { return filepath.Join(k.dir, "storage") }

// objects is where Caddy keeps the site, for when no Caddy runs.
func (k *killing) objects() objects {
	return objects{storage: &certmagic.FileStorage{Path: k.storage()}, prefix: "webshell_guard/killed/"}
}

// learn stores a site that has learned its scripts.
func (k *killing) learn() error {
	began := time.Now().Add(-61 * time.Minute)
	limits := baseline.Limits{LearnMin: time.Hour, MaxScripts: 100_000}
	s := baseline.NewSite("killed", began)
	for n := range killScripts {
		for network := range byte(3) {
			s.Learn(baseline.Key{Path: fmt.Sprintf("/section-%d/page-%d.php", n%20, n)}, baseline.Visit{
				Time: began, Method: baseline.MethodGet, Status: 200, Network: s.Hash.Network(netip.AddrFrom4([4]byte{127, 0, network, 1})),
			}, limits)
		}
	}
	s.Phases.Advance(time.Now(), limits)
	k.trusted = s.Scripts.Count(baseline.Trusted)
	if k.trusted != killScripts {
		return fmt.Errorf("%d scripts are trusted of %d", k.trusted, killScripts)
	}
	return s.Save(k.objects(), time.Now())
}

// round decides something, has Caddy save again and again, kills it, and looks at
// what is left, first by a new Caddy.
func (k *killing) round(how string) error {
	if err := setFault(k.storage(), ""); err != nil {
		return err
	}
	if err := k.decide(); err != nil {
		return err
	}
	if err := k.start(); err != nil {
		return err
	}
	err := setFault(k.storage(), fmt.Sprintf("%s %dms", how, 1+k.rng.IntN(3)))
	if err == nil {
		err = k.killWhileSaving()
	}
	if err != nil {
		return err
	}
	if _, err := os.Stat(busy(k.storage())); err == nil {
		k.inWrite++
		os.Remove(busy(k.storage()))
	}
	if err := setFault(k.storage(), ""); err != nil {
		return err
	}
	logged := len(k.caddy.Log())
	if err := k.start(); err != nil {
		return err
	}
	if err := k.check(k.caddy.Log()[logged:], how == "torn"); err != nil {
		return fmt.Errorf("%w\n%s", err, k.caddy.Log()[logged:])
	}
	last := k.caddy
	k.caddy = nil
	return last.Stop()
}

// decide denies a script and trusts another, as an operator does.
func (k *killing) decide() error {
	s, stored, err := baseline.Open("killed", k.objects(), time.Now())
	if err != nil || !stored {
		return fmt.Errorf("opening what a Caddy that was stopped had stored: %v, %w", stored, err)
	}
	if n := s.Scripts.Count(baseline.Trusted); n < k.trusted {
		return fmt.Errorf("%d scripts are trusted, %d were", n, k.trusted)
	}
	decided := map[string]bool{}
	for _, d := range s.Decisions.List() {
		decided[d.Decided+" "+d.Script.Path] = true
	}
	for n := range k.denied {
		for _, want := range []string{"denied " + deniedScript(n), "trusted " + approvedScript(n)} {
			if !decided[want] {
				return fmt.Errorf("the decision %q is lost", want)
			}
		}
	}
	limits := baseline.DefaultLimits()
	s.Decisions.SetTrust([]baseline.Key{{Path: deniedScript(k.denied)}}, baseline.Denied, baseline.Author{Via: "the harness"}, time.Now(), limits)
	s.Decisions.SetTrust([]baseline.Key{{Path: approvedScript(k.denied)}}, baseline.Trusted, baseline.Author{Via: "the harness"}, time.Now(), limits)
	if err := s.Save(k.objects(), time.Now()); err != nil {
		return err
	}
	k.denied++
	k.trusted = s.Scripts.Count(baseline.Trusted)
	return nil
}

func deniedScript(n int) string   { return fmt.Sprintf("/denied-%d.php", n) }
func approvedScript(n int) string { return fmt.Sprintf("/approved-%d.php", n) }

func (k *killing) start() (err error) {
	if k.addr, err = process.FreeAddr(); err != nil {
		return err
	}
	k.caddy, err = process.Start(process.Config{Dir: k.dir, Global: k.global(), Sites: k.sites()})
	return err
}

func (k *killing) global() string { return "storage faulty " + k.storage() }

func (k *killing) sites() string {
	return fmt.Sprintf("http://%s {\n\twebshell_guard log {\n\t\tsite killed\n\t}\n\trespond \"page\"\n}\n", k.addr)
}

// killWhileSaving reloads again and again, which saves each time, and kills
// Caddy meanwhile.
func (k *killing) killWhileSaving() error {
	done := make(chan error, 1)
	go func() {
		for n := 0; ; n++ {
			if _, err := k.status(fmt.Sprintf("/new-%d-%d.php", k.denied, n)); err != nil {
				done <- nil // it is dead
				return
			}
			script := fmt.Sprintf("/told-%d-%d.php", k.denied, n)
			if err := k.caddy.Tell("/webshell_guard/sites/killed/deny", fmt.Sprintf(`{"paths":[%q]}`, script)); err != nil {
				done <- nil
				return
			}
			k.mu.Lock() // a decision is stored before it is answered
			k.told = append(k.told, script)
			k.mu.Unlock()
			trusted, ok := k.caddy.Metric(`caddy_webshell_guard_scripts{site="killed",trust="trusted"}`)
			if err := k.caddy.Load(k.global(), k.sites()); err != nil || !ok {
				done <- nil
				return
			}
			k.mu.Lock() // what was trusted before the reload was saved by it
			k.trusted = max(k.trusted, int(trusted))
			k.saved++
			k.mu.Unlock()
		}
	}()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		if _, err := os.Stat(busy(k.storage())); err == nil {
			break
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("nothing is saved\n%s", k.caddy.Log())
		}
	}
	time.Sleep(time.Duration(k.rng.IntN(600)) * time.Millisecond)
	err := k.caddy.Kill()
	<-done
	return err
}

// status asks for a path, and returns the answer's.
func (k *killing) status(path string) (int, error) {
	client := http.Client{Timeout: time.Minute, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get("http://" + k.addr + path)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	return resp.StatusCode, nil
}

// check looks at a Caddy that was started after a kill.
func (k *killing) check(log string, torn bool) error {
	if strings.Contains(log, "DATA RACE") || strings.Contains(log, "panic") {
		return fmt.Errorf("caddy is not sound")
	}
	if !strings.Contains(log, `"msg":"enforcing"`) {
		return fmt.Errorf("the site learns anew")
	}
	if strings.Contains(log, "could not be used") && !torn {
		return fmt.Errorf("a manifest is not whole, though no write was torn")
	}
	if n, ok := k.caddy.Metric(`caddy_webshell_guard_scripts{site="killed",trust="trusted"}`); !ok || int(n) < k.trusted {
		return fmt.Errorf("%v scripts are trusted, %d were by the last snapshot", n, k.trusted)
	}
	if n, ok := k.caddy.Metric(`caddy_webshell_guard_scripts{site="killed",trust="denied"}`); !ok || int(n) < k.denied+len(k.told) {
		return fmt.Errorf("%v scripts are denied, of %d", n, k.denied+len(k.told))
	}
	for _, script := range k.told[max(0, len(k.told)-5):] {
		if got, err := k.status(script); err != nil || got != http.StatusForbidden {
			return fmt.Errorf("%s, denied through the API: %d, %w", script, got, err)
		}
	}
	for path, want := range map[string]int{
		deniedScript(k.denied - 1): http.StatusForbidden, deniedScript(k.rng.IntN(k.denied)): http.StatusForbidden,
		approvedScript(k.denied - 1): http.StatusOK, "/section-1/page-1.php": http.StatusOK,
	} {
		if got, err := k.status(path); err != nil || got != want {
			return fmt.Errorf("%s: %d, %w", path, got, err)
		}
	}
	return nil
}
