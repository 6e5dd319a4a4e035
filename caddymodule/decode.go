package caddymodule

import (
	"bytes"
	"io"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

const (
	// encodedLen is how much of a compressed answer is taken down, in bytes. It is
	// enough for the first KiB of what was compressed, but for Zstandard, which
	// shows nothing before a block is whole: those are of up to 128 KiB.
	encodedLen = 8 << 10
	// maxEncodings bounds how often an answer may have been compressed. More than
	// once is of no use.
	maxEncodings = 2
	// maxWindow bounds the memory that a Zstandard decoder is made to use.
	maxWindow = 8 << 20 // what RFC 8878 asks decoders to support
)

// encodings splits a Content-Encoding field, in the order in which they were applied.
// It is empty if the answer is not compressed.
func encodings(field string) (list []string) {
	if field == "" {
		return nil
	}
	for name := range strings.SplitSeq(field, ",") {
		if name = strings.ToLower(strings.TrimSpace(name)); name != "" && name != "identity" {
			list = append(list, name)
		}
	}
	return list
}

// decode undoes the encodings of the beginning of an answer, and returns up to
// [baseline.PrefixLen] bytes of what it was. It reports false if it cannot: for unknown encodings, and if
// nothing comes out.
func decode(encoded []byte, list []string) ([]byte, bool) {
	if len(list) > maxEncodings {
		return nil, false
	}
	for i := len(list) - 1; i >= 0; i-- {
		room := baseline.PrefixLen
		if i > 0 {
			room = encodedLen
		}
		var ok bool
		if encoded, ok = decodeOnce(encoded, list[i], room); !ok {
			return nil, false
		}
	}
	return encoded, true
}

func decodeOnce(encoded []byte, encoding string, limit int) (decoded []byte, ok bool) {
	if len(encoded) == 0 {
		return nil, true
	}
	from, err := decoder(encoded, encoding)
	if err != nil {
		return nil, false
	}
	defer func() { _ = from.Close() }()
	// That the rest is missing is no news: what came out before the error counts.
	decoded, _ = io.ReadAll(io.LimitReader(from, int64(limit)))
	return decoded, len(decoded) > 0
}

func decoder(encoded []byte, encoding string) (io.ReadCloser, error) {
	in := bytes.NewReader(encoded)
	switch encoding {
	case "gzip", "x-gzip":
		return gzip.NewReader(in)
	case "deflate": // RFC 9110 means zlib; some servers send bare deflate
		if r, err := zlib.NewReader(in); err == nil {
			return r, nil
		}
		in.Reset(encoded)
		return flate.NewReader(in), nil
	case "br":
		return io.NopCloser(brotli.NewReader(in)), nil
	case "zstd":
		d, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderMaxMemory(2*maxWindow))
		if err != nil {
			return nil, err
		}
		return d.IOReadCloser(), nil
	}
	return nil, io.ErrUnexpectedEOF
}
