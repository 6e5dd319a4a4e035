package caddymodule

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/certmagic"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	logtest "go.uber.org/zap/zaptest/observer"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

func init() { caddy.RegisterModule(new(faultyStorage)) }

// faultyStorage is storage in memory with a fault that each test sets. Caddy makes
// its modules itself, so there is one for all.
type faultyStorage struct{ certmagic.Storage }

var faultyState struct {
	mu    sync.Mutex
	m     map[string][]byte
	fault func(ctx context.Context, op string) error
}

func setFault(fault func(ctx context.Context, op string) error) {
	faultyState.mu.Lock()
	defer faultyState.mu.Unlock()
	faultyState.fault = fault
}

func (*faultyStorage) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "caddy.storage.faulty", New: func() caddy.Module { return new(faultyStorage) }}
}

func (s *faultyStorage) CertMagicStorage() (certmagic.Storage, error) { return s, nil }

func (*faultyStorage) at(ctx context.Context, op string) error {
	faultyState.mu.Lock()
	fault := faultyState.fault
	faultyState.mu.Unlock()
	return fault(ctx, op)
}

func (s *faultyStorage) Store(ctx context.Context, key string, b []byte) error {
	if err := s.at(ctx, "store "+key); err != nil {
		return err
	}
	faultyState.mu.Lock()
	defer faultyState.mu.Unlock()
	faultyState.m[key] = b
	return nil
}

func (s *faultyStorage) Load(ctx context.Context, key string) ([]byte, error) {
	if err := s.at(ctx, "load "+key); err != nil {
		return nil, err
	}
	faultyState.mu.Lock()
	defer faultyState.mu.Unlock()
	b, ok := faultyState.m[key]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return b, nil
}

func (s *faultyStorage) Delete(ctx context.Context, key string) error {
	if err := s.at(ctx, "delete "+key); err != nil {
		return err
	}
	faultyState.mu.Lock()
	defer faultyState.mu.Unlock()
	delete(faultyState.m, key)
	return nil
}

func (s *faultyStorage) List(ctx context.Context, prefix string, _ bool) (keys []string, err error) {
	if err := s.at(ctx, "list "+prefix); err != nil {
		return nil, err
	}
	faultyState.mu.Lock()
	defer faultyState.mu.Unlock()
	for key := range faultyState.m {
		if strings.HasPrefix(key, prefix+"/") {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

func sound(context.Context, string) error { return nil }

// provisionFaultyStorage is provision with that storage, empty and sound.
func provisionFaultyStorage(t *testing.T) unit {
	t.Helper()
	faultyState.m = map[string][]byte{}
	setFault(sound)
	var c caddy.Config
	if err := caddy.StrictUnmarshalJSON([]byte(`{
		"admin": {"disabled": true, "config": {"persist": false}},
		"logging": {"logs": {"default": {"writer": {"output": "discard"}}}},
		"storage": {"module": "faulty"}
	}`), &c); err != nil {
		t.Fatal(err)
	}
	parent, err := caddy.ProvisionContext(&c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := caddy.NewContext(parent)
	t.Cleanup(cancel)
	v, err := ctx.LoadModuleByID("http.handlers.webshell_guard", []byte(`{"mode":"block","site":"shop"}`))
	if err != nil {
		t.Fatal(err)
	}
	u := unit{Handler: v.(*Handler), t: t, registry: ctx.GetMetricsRegistry()}
	core, logs := logtest.New(zapcore.ErrorLevel)
	u.logger, u.app.logger, u.logs = zap.New(core), zap.New(core), logs
	return u
}

func TestStorageThatFails(t *testing.T) {
	within := func(d time.Duration, what string) func(context.Context, string) error {
		return func(ctx context.Context, op string) error {
			if !strings.HasPrefix(op, what) {
				return nil
			}
			select {
			case <-time.After(d):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	always := func(err error, what string) func(context.Context, string) error {
		return func(_ context.Context, op string) error {
			if strings.Contains(op, what) {
				return err
			}
			return nil
		}
	}
	for name, fault := range map[string]func(context.Context, string) error{
		"that is full":                            always(syscall.ENOSPC, "store"),
		"that is full but for the profiles":       always(syscall.ENOSPC, "manifest.json"),
		"that is full before the last generation": always(syscall.ENOSPC, "store webshell_guard/shop/manifest.previous"),
		"that is read-only":                       always(syscall.EROFS, "store"),
		"that gives nothing":                      always(syscall.EIO, "load"),
		"that takes five seconds for each thing":  within(5*time.Second, ""),
		"that takes a minute":                     within(time.Minute, "store"),
	} {
		t.Run(name+" is told of, counted and tried again each minute", func(t *testing.T) {
			u := provisionFaultyStorage(t)
			// In a bubble a minute passes as soon as all wait for it.
			synctest.Test(t, func(t *testing.T) {
				page := func(n int) {
					t.Helper()
					w, err := u.serve(get(fmt.Sprintf("/%d.php", n), visitor), answer)
					if err != nil || w.Code != 200 || w.Body.String() != "page" {
						t.Errorf("request %d: %v, %d %q", n, err, w.Code, w.Body)
					}
				}
				counted := func() int { return int(metric(t, u.registry, "snapshot_errors_total")) }
				if err := u.app.Start(); err != nil {
					t.Fatal(err)
				}
				page(0)
				time.Sleep(90 * time.Second)
				if n := counted(); n != 0 || len(faultyState.m) == 0 {
					t.Fatalf("%d errors before any fault", n)
				}
				setFault(fault)
				for minute := 1; minute <= 3; minute++ {
					page(minute)
					time.Sleep(70 * time.Second) // a save that fails late moves the next
				}
				time.Sleep(30 * time.Second)
				failed, told := counted(), u.logs.FilterMessageSnippet("saving the baseline failed").All()
				if failed < 3 || failed > 4 || len(told) != failed {
					t.Errorf("%d errors counted, %d told, in four minutes", failed, len(told))
				}
				for _, l := range told {
					if fields := l.ContextMap(); fields["site"] != "shop" || fields["error"] == nil {
						t.Errorf("%v", fields)
					}
				}
				setFault(sound)
				time.Sleep(2 * time.Minute)
				if counted() > failed+1 { // one may have been under way
					t.Errorf("%d errors after the fault", counted()-failed)
				}
				if err := u.app.Stop(); err != nil {
					t.Error(err)
				}
			})
			s, stored, err := baseline.Open("shop", objectsOf(t.Context(), new(faultyStorage), "shop"), time.Now())
			for n := range 4 {
				if s.Lookup(baseline.Key{Path: fmt.Sprintf("/%d.php", n)}) == nil {
					t.Errorf("script %d is lost: stored %v, %v", n, stored, err)
				}
			}
		})
	}
}

func TestStorageThatFailsAtTheStartIsReadLater(t *testing.T) {
	u := provisionFaultyStorage(t)
	if err := enforcing("shop").Save(objectsOf(t.Context(), new(faultyStorage), "shop"), time.Now()); err != nil {
		t.Fatal(err)
	}
	u.site.memory.Store(nil)
	synctest.Test(t, func(t *testing.T) {
		setFault(func(context.Context, string) error { return syscall.EIO })
		if err := u.app.Start(); err != nil {
			t.Fatal(err)
		}
		if w, err := u.serve(post("/uploads/x.php", stranger), answer); err != nil || w.Body.String() != "page" {
			t.Errorf("%v %q", err, w.Body)
		}
		time.Sleep(150 * time.Second)
		if n := metric(t, u.registry, "snapshot_errors_total"); n != 2 {
			t.Errorf("%v errors in two minutes", n)
		}
		setFault(sound)
		time.Sleep(time.Minute)
		if n := u.site.memory.Load().Scripts(baseline.Trusted); n != 2 {
			t.Errorf("%d scripts are trusted", n)
		}
		if err := u.app.Stop(); err != nil {
			t.Error(err)
		}
	})
	s, _, err := baseline.Open("shop", objectsOf(t.Context(), new(faultyStorage), "shop"), time.Now())
	if err != nil || s.Scripts(baseline.Trusted) != 2 {
		t.Errorf("stored: %d trusted, %v", s.Scripts(baseline.Trusted), err)
	}
}
