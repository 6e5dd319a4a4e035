package caddymodule

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
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

func (s *faultyStorage) Lock(ctx context.Context, name string) error {
	return s.at(ctx, "lock "+name)
}

func (s *faultyStorage) Unlock(ctx context.Context, name string) error {
	return s.at(ctx, "unlock "+name)
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

// saver is the app of one site, as its timer uses it.
type saver struct {
	unit
	g *guarded
}

func startSaver(t *testing.T) saver {
	t.Helper()
	s := saver{unit: provisionFaultyStorage(t)}
	s.g = s.app.sites["shop"]
	s.app.every = time.Hour // the test saves
	return s
}

func (s saver) start() {
	s.t.Helper()
	if err := s.app.Start(); err != nil {
		s.t.Fatal(err)
	}
}

func (s saver) stop() {
	s.t.Helper()
	if err := s.app.Stop(); err != nil {
		s.t.Error(err)
	}
}

// errors is how many failed snapshots were counted, and told of.
func (s saver) errors() (counted, told int) {
	list := s.logs.FilterMessageSnippet("saving the baseline failed").All()
	for _, l := range list {
		if fields := l.ContextMap(); fields["site"] != "shop" || fields["error"] == nil {
			s.t.Errorf("%v", fields)
		}
	}
	return int(metric(s.t, s.registry, "snapshot_errors_total")), len(list)
}

func TestStorageThatFails(t *testing.T) {
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
		"that is full but for the profiles":       always(syscall.ENOSPC, "store webshell_guard/shop/manifest.json"),
		"that is full before the last generation": always(syscall.ENOSPC, "store webshell_guard/shop/manifest.previous"),
		"that is read-only":                       always(syscall.EROFS, "store"),
		"that gives nothing":                      always(syscall.EIO, "load"),
		"that does not answer in time":            always(context.DeadlineExceeded, ""),
	} {
		t.Run(name+" is told of and counted each time, and nothing is lost", func(t *testing.T) {
			u := startSaver(t)
			u.start()
			page := func(n int) {
				t.Helper()
				w, err := u.serve(get(fmt.Sprintf("/%d.php", n), visitor), answer)
				if err != nil || w.Code != 200 || w.Body.String() != "page" {
					t.Errorf("request %d: %v, %d %q", n, err, w.Code, w.Body)
				}
			}
			page(0)
			u.app.save(u.g)
			if counted, _ := u.errors(); counted != 0 || len(faultyState.m) == 0 {
				t.Fatalf("%d errors before any fault", counted)
			}
			setFault(fault)
			for n := 1; n <= 3; n++ {
				page(n)
				u.app.save(u.g)
				if counted, told := u.errors(); counted != n || told != n {
					t.Errorf("%d errors counted, %d told of %d", counted, told, n)
				}
			}
			setFault(sound)
			u.app.save(u.g)
			if counted, told := u.errors(); counted != 3 || told != 3 {
				t.Errorf("%d errors counted, %d told of 3 when it works again", counted, told)
			}
			s, stored, err := baseline.Open("shop", objectsOf(t.Context(), new(faultyStorage), "shop"), time.Now())
			for n := range 4 {
				if s.Scripts.Lookup(baseline.Key{Path: fmt.Sprintf("/%d.php", n)}) == nil {
					t.Errorf("script %d is lost: stored %v, %v", n, stored, err)
				}
			}
			u.stop()
		})
	}
}

func TestSavingIsTriedAgain(t *testing.T) {
	u := startSaver(t)
	u.app.every = 0 // at each tick
	var failed atomic.Int32
	setFault(func(_ context.Context, op string) error {
		if strings.HasPrefix(op, "store") && failed.Add(1) <= 2 {
			return syscall.ENOSPC
		}
		return nil
	})
	u.start()
	defer u.stop()
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		if _, stored, _ := baseline.Open("shop", objectsOf(t.Context(), new(faultyStorage), "shop"), time.Now()); stored {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("it is not stored after %d failures", failed.Load())
		}
	}
	if counted, told := u.errors(); counted != 2 || told != 2 {
		t.Errorf("%d errors counted, %d told", counted, told)
	}
}

func TestStorageThatFailsAtTheStartIsReadLater(t *testing.T) {
	u := startSaver(t)
	u.site.memory.Store(nil)
	if err := enforcing("shop").Save(objectsOf(t.Context(), new(faultyStorage), "shop"), time.Now()); err != nil {
		t.Fatal(err)
	}
	setFault(func(context.Context, string) error { return syscall.EIO })
	u.start()
	for n := range 2 {
		if w, err := u.serve(post("/uploads/x.php", stranger), answer); err != nil || w.Body.String() != "page" {
			t.Errorf("%v %q", err, w.Body)
		}
		u.app.save(u.g)
		if counted, told := u.errors(); counted != n+1 || told != n+1 {
			t.Errorf("%d errors counted, %d told", counted, told)
		}
	}
	setFault(sound)
	u.app.save(u.g)
	if m := u.site.memory.Load(); m.Scripts.Count(baseline.Trusted) != 2 || m.Phases.Closed().IsZero() {
		t.Errorf("%d scripts are trusted", m.Scripts.Count(baseline.Trusted))
	}
	u.stop()
	s, _, err := baseline.Open("shop", objectsOf(t.Context(), new(faultyStorage), "shop"), time.Now())
	if err != nil || s.Scripts.Count(baseline.Trusted) != 2 {
		t.Errorf("stored: %d trusted, %v", s.Scripts.Count(baseline.Trusted), err)
	}
}
