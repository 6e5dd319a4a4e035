package accesslog

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"errors"
	"fmt"
)

// errEncoding is of a log in an encoding that is not read.
var errEncoding = errors.New("not read as it is")

// unreadable lists, by how they begin, encodings that are not read, and what reads them.
var unreadable = []struct{ magic, name, remedy string }{
	{"\xfd7zXZ\x00", "compressed by xz", "xz -dc"},
	{"\x28\xb5\x2f\xfd", "compressed by zstd", "zstd -dc"},
	{"\x04\x22\x4d\x18", "compressed by lz4", "lz4 -dc"},
	{"PK\x03\x04", "a ZIP archive", "unzip -p"},
	{"\xff\xfe", "UTF-16, as PowerShell writes it", "iconv -f UTF-16 -t UTF-8"},
	{"\xfe\xff", "UTF-16", "iconv -f UTF-16 -t UTF-8"},
}

// decoded returns the text of a log that may be compressed by gzip or bzip2. It fails for
// other encodings, and says which.
func decoded(in *bufio.Reader) (*bufio.Reader, error) {
	start, _ := in.Peek(8) // whatever there is: an error is the next reader's
	switch {
	case bytes.HasPrefix(start, []byte("\x1f\x8b")):
		unzipped, err := gzip.NewReader(in)
		if err != nil {
			return nil, fmt.Errorf("opening the gzip-compressed log: %w", err)
		}
		return bufio.NewReaderSize(unzipped, bufferSize), nil
	case len(start) >= 4 && bytes.HasPrefix(start, []byte("BZh")) && '1' <= start[3] && start[3] <= '9':
		return bufio.NewReaderSize(bzip2.NewReader(in), bufferSize), nil
	}
	for _, e := range unreadable {
		if bytes.HasPrefix(start, []byte(e.magic)) {
			return nil, fmt.Errorf("opening the log: it is %s, %w: pipe it through `%s`", e.name, errEncoding, e.remedy)
		}
	}
	if utf16Text(start) {
		return nil, fmt.Errorf("opening the log: it is UTF-16 without a mark, %w: pipe it through `iconv -f UTF-16LE -t UTF-8`", errEncoding)
	}
	return in, nil
}

// utf16Text reports whether every second byte of a text is zero.
func utf16Text(start []byte) bool {
	if len(start) < 8 {
		return false
	}
	even, odd := 0, 0
	for i, c := range start[:8] {
		switch {
		case c != 0:
		case i%2 == 0:
			even++
		default:
			odd++
		}
	}
	return even == 4 && odd == 0 || odd == 4 && even == 0
}
