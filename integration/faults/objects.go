package main

import (
	"context"

	"github.com/caddyserver/certmagic"
)

// objects are a site's in a storage, as the guard sees them.
type objects struct {
	storage certmagic.Storage
	prefix  string
}

func (o objects) Load(name string) ([]byte, error) {
	return o.storage.Load(context.Background(), o.prefix+name)
}

func (o objects) Store(name string, b []byte) error {
	return o.storage.Store(context.Background(), o.prefix+name, b)
}

func (o objects) Delete(name string) error {
	return o.storage.Delete(context.Background(), o.prefix+name)
}
