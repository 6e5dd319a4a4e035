package caddymodule

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/caddyserver/certmagic"
)

const (
	// storageTimeout bounds loading and saving a site: Caddy waits for Start and for
	// Stop. The lock of a Caddy that crashed in files is free again in time.
	storageTimeout = 15 * time.Second
	unlockTimeout  = 5 * time.Second
)

// objects is the part of Caddy's storage that belongs to one site.
type objects struct {
	ctx     context.Context
	storage certmagic.Storage
	prefix  string
}

func objectsOf(ctx context.Context, storage certmagic.Storage, site string) objects {
	return objects{ctx: ctx, storage: storage, prefix: storagePrefix(site)}
}

func (o objects) Load(name string) ([]byte, error) {
	return o.storage.Load(o.ctx, o.prefix+name)
}

func (o objects) Store(name string, object []byte) error {
	return o.storage.Store(o.ctx, o.prefix+name, object)
}

func (o objects) Delete(name string) error {
	return o.storage.Delete(o.ctx, o.prefix+name)
}

// List names the objects of the site.
func (o objects) List() (names []string, err error) {
	keys, err := o.storage.List(o.ctx, strings.TrimSuffix(o.prefix, "/"), false)
	for _, key := range keys {
		names = append(names, strings.TrimPrefix(key, o.prefix))
	}
	return names, err
}

// Lock keeps other processes from storing a generation of the site. Where storage is
// files, the lock of a process that crashed is stale after ten seconds, and then free.
func (o objects) Lock() error { return o.storage.Lock(o.ctx, o.lockName()) }

// Unlock ends that, also if the time for the other operations is over.
func (o objects) Unlock() error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(o.ctx), unlockTimeout)
	defer cancel()
	return o.storage.Unlock(ctx, o.lockName())
}

// lockName is the prefix in a form that storage makes a file's name of.
func (o objects) lockName() string {
	return strings.ReplaceAll(strings.TrimSuffix(o.prefix, "/"), "/", "-")
}

// storagePrefix is the site's folder in Caddy's storage. No name reaches out of
// it: everything but letters, digits and "-_.~" is escaped, and so is a leading
// dot.
func storagePrefix(site string) string {
	escaped := url.QueryEscape(site)
	if rest, dotted := strings.CutPrefix(escaped, "."); dotted {
		escaped = "%2E" + rest
	}
	return "webshell_guard/" + escaped + "/"
}
