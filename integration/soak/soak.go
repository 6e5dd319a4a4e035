package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/integration/internal/process"
)

// soak runs the whole of it, with a binary that looks for races or, if there is none,
// with this program's own, and tells say what it finds, as it goes.
func soak(dir, binary string, length time.Duration, say func(string)) (err error) {
	s, err := newSite(dir)
	if err != nil {
		return err
	}
	defer s.upstream.Close()
	for _, addr := range []*string{&s.guarded, &s.bare} {
		if *addr, err = process.FreeAddr(); err != nil {
			return err
		}
	}
	caddy, err := process.Start(process.Config{Dir: dir, Binary: binary, Global: s.global(), Sites: s.caddyfile("block", false)})
	if err != nil {
		return err
	}
	l := &load{site: s, benign: benign(), networks: 1 << 18}
	if length < 5*time.Minute {
		l.networks = 1 << 12
	}
	samples, reloads, err := l.run(caddy, length, say)
	err = errors.Join(err, caddy.Stop())
	log := caddy.Log()
	for _, bad := range []string{"DATA RACE", "the guard failed", "could not be used", "saving the baseline failed", "panic"} {
		if at := strings.Index(log, bad); at >= 0 {
			err = errors.Join(err, fmt.Errorf("caddy's log: %s", log[max(0, at-200):min(len(log), at+3000)]))
		}
	}
	say(fmt.Sprintf("%d benign requests, each answered as without the guard but %d; %d of a flood; %d attacks, %d refused",
		l.counted[benignRequests].Load(), l.n, l.counted[floodRequests].Load(), l.counted[attackRequests].Load(), l.refused.Load()))
	say(fmt.Sprintf("%d reloads, and as many of a broken configuration, which changed nothing; %d connections were lost meanwhile and made again", reloads, l.lost.Load()))
	if l.n > 0 {
		err = errors.Join(err, fmt.Errorf("%d answers are wrong, such as\n%s", l.n, strings.Join(l.wrong, "\n")))
	}
	if l.refused.Load() == 0 || reloads == 0 || l.counted[benignRequests].Load() == 0 {
		err = errors.Join(err, errors.New("something was not tried"))
	}
	line, grown := growth(samples, binary != "")
	say(line)
	return errors.Join(err, grown)
}

// run teaches the guard the site, and keeps up the load.
func (l *load) run(caddy *process.Caddy, length time.Duration, say func(string)) (samples []sample, reloads int, err error) {
	for n := range 6 {
		c := client(1)
		for _, a := range l.benign {
			l.compare(c, a, fmt.Sprintf("198.51.%d.1", n))
		}
		c.CloseIdleConnections()
	}
	for deadline := time.Now().Add(time.Minute); !strings.Contains(caddy.Log(), "learning has ended"); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			return nil, 0, errors.New("learning does not end")
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), length)
	defer cancel()
	var workers sync.WaitGroup
	for n := range 3 {
		workers.Go(func() { l.visitors(ctx, 10+n) })
	}
	workers.Go(func() { l.flood(ctx) })
	workers.Go(func() { l.attack(ctx) })
	workers.Go(func() { reloads = l.reload(ctx, caddy) })
	samples = watch(ctx, caddy, max(length/60, time.Second), l, say)
	workers.Wait()
	return samples, reloads, nil
}

// reload gives Caddy good and broken configurations in turn until ctx ends.
func (l *load) reload(ctx context.Context, caddy *process.Caddy) (good int) {
	for n := 0; ctx.Err() == nil; n++ {
		if err := caddy.Load(l.site.global(), l.site.caddyfile("log", true)); err == nil || !strings.Contains(err.Error(), "different settings") {
			l.fail("a broken configuration: %v", err)
		}
		time.Sleep(time.Second)
		if err := caddy.Load(l.site.global(), l.site.caddyfile([]string{"tag", "block"}[n%2], false)); err != nil {
			l.fail("a good configuration: %v", err)
		}
		good++
		time.Sleep(2 * time.Second)
	}
	return good
}
