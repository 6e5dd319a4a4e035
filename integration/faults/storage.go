package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/certmagic"
)

func init() { caddy.RegisterModule(new(faultyStorage)) }

// faultyStorage is Caddy's storage in files, but for what the file <root>.fault
// says of the guard's objects, at each operation anew:
//
//	slow 20ms      objects are written in sixteen pieces with a pause after each, aside, and renamed
//	torn 20ms      the same, in place: no storage is worse to those who are killed
//	late 500ms     each operation begins late
//	full 1000      no object may be larger than 1000 bytes: a disk that is all but full
//	read-only      nothing can be written or deleted
//	garbage        what is loaded is garbage
type faultyStorage struct {
	certmagic.Storage `json:"-"`

	Root string `json:"root"`
}

// CaddyModule returns the Caddy module information.
func (*faultyStorage) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "caddy.storage.faulty", New: func() caddy.Module { return new(faultyStorage) }}
}

// CertMagicStorage implements [caddy.StorageConverter].
func (s *faultyStorage) CertMagicStorage() (certmagic.Storage, error) {
	s.Storage = &certmagic.FileStorage{Path: s.Root}
	return s, nil
}

// UnmarshalCaddyfile takes the folder.
func (s *faultyStorage) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	if !d.Next() || !d.Args(&s.Root) {
		return d.ArgErr()
	}
	return nil
}

// fault is what is wrong with the storage now, as far as the object goes.
func (s *faultyStorage) fault(key string) (name, argument string) {
	if !strings.HasPrefix(key, "webshell_guard/") {
		return "", "" // Caddy's own
	}
	text, _ := os.ReadFile(s.Root + ".fault")
	name, argument, _ = strings.Cut(strings.TrimSpace(string(text)), " ")
	return name, argument
}

// setFault breaks the storage in a folder, or mends it.
func setFault(root, fault string) error {
	// Renamed into its place: a reader sees the one or the other.
	if err := os.WriteFile(root+".fault.new", []byte(fault), 0o600); err != nil {
		return err
	}
	return os.Rename(root+".fault.new", root+".fault")
}

// busy is a file that is there while an object is being written in pieces.
func busy(root string) string { return root + ".busy" }

func late(ctx context.Context, argument string) error {
	d, err := time.ParseDuration(argument)
	if err != nil {
		return err
	}
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Store implements [certmagic.Storage].
func (s *faultyStorage) Store(ctx context.Context, key string, value []byte) error {
	name, argument := s.fault(key)
	switch name {
	case "slow", "torn":
		return s.pieces(ctx, key, value, name == "torn", argument)
	case "late":
		if err := late(ctx, argument); err != nil {
			return err
		}
	case "full":
		if most, err := strconv.Atoi(argument); err != nil || len(value) > most {
			return &os.PathError{Op: "write", Path: key, Err: syscall.ENOSPC}
		}
	case "read-only":
		return &os.PathError{Op: "open", Path: key, Err: syscall.EROFS}
	}
	return s.Storage.Store(ctx, key, value)
}

// pieces writes an object piece by piece.
func (s *faultyStorage) pieces(ctx context.Context, key string, value []byte, inPlace bool, pause string) error {
	if err := os.WriteFile(busy(s.Root), nil, 0o600); err != nil {
		return err
	}
	target := filepath.Join(s.Root, filepath.FromSlash(key))
	if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
		return err
	}
	name := target
	if !inPlace {
		name += ".new"
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer f.Close()
	for n := range 16 {
		if _, err := f.Write(value[len(value)*n/16 : len(value)*(n+1)/16]); err != nil {
			return err
		}
		if err := late(ctx, pause); err != nil {
			return err
		}
	}
	if !inPlace {
		if err := os.Rename(name, target); err != nil {
			return err
		}
	}
	return os.Remove(busy(s.Root))
}

// Load implements [certmagic.Storage].
func (s *faultyStorage) Load(ctx context.Context, key string) ([]byte, error) {
	switch name, argument := s.fault(key); name {
	case "late":
		if err := late(ctx, argument); err != nil {
			return nil, err
		}
	case "garbage":
		if _, err := s.Storage.Load(ctx, key); err != nil {
			return nil, err
		}
		return fmt.Appendf(nil, "\x00\xffgarbage of %s", key), nil
	}
	return s.Storage.Load(ctx, key)
}

// Delete implements [certmagic.Storage].
func (s *faultyStorage) Delete(ctx context.Context, key string) error {
	switch name, argument := s.fault(key); name {
	case "late":
		if err := late(ctx, argument); err != nil {
			return err
		}
	case "read-only":
		return &os.PathError{Op: "unlink", Path: key, Err: syscall.EROFS}
	}
	return s.Storage.Delete(ctx, key)
}

// Interface guards.
var (
	_ caddy.StorageConverter = (*faultyStorage)(nil)
	_ certmagic.Storage      = (*faultyStorage)(nil)
	_ caddyfile.Unmarshaler  = (*faultyStorage)(nil)
)
