package images

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/durable"
)

// packing says of what Size and SHA256 of a file are.
type packing int

const (
	asPublished packing = iota // of the file itself
	gzipped                    // of what is in it; a file that was unpacked is read too
)

// File is a published file that a set is made of.
type File struct {
	Name   string // that import looks for
	Host   string // scheme and host that publish it; "" where it is not published by plain HTTP
	Path   string // there
	Size   int64  // bytes
	SHA256 string // hex
	packed packing
}

func idx(host, at string, size int64, sum string) File {
	return File{path.Base(at) + ".gz", host, at + ".gz", size, sum, gzipped}
}

// URL is where the file is published, "" where it is not.
func (f File) URL() string { return f.Host + f.Path }

// Pinned says that Size and SHA256 are those of the file as it is published.
func (f File) Pinned() bool { return f.packed == asPublished }

// Limit bounds the published file in bytes: gzip makes nothing longer by more than a little.
func (f File) Limit() int64 {
	if f.Pinned() {
		return f.Size
	}
	return f.Size + f.Size/1000 + 4096
}

// expected says in words what the file must be.
func (f File) expected() string {
	of := ""
	if !f.Pinned() {
		of = " unpacked"
	}
	return fmt.Sprintf("%s of %d bytes%s, SHA-256 %s", f.Name, f.Size, of, f.SHA256)
}

// Check reads a file and says whether it is the published one.
func (f File) Check(path string) error {
	_, err := f.load(path)
	return err
}

// load returns the verified bytes of a file, unpacked when it is packed.
func (f File) load(path string) ([]byte, error) {
	b, err := durable.ReadFile(path, f.Limit())
	if err != nil {
		return nil, err
	}
	if !f.Pinned() && bytes.HasPrefix(b, []byte{0x1f, 0x8b}) { // RFC 1952
		// Of the size that is pinned here, not one that the file declares.
		unpacked := bytes.NewBuffer(make([]byte, 0, f.Size+bytes.MinRead))
		z, err := gzip.NewReader(bytes.NewReader(b))
		if err == nil {
			_, err = unpacked.ReadFrom(io.LimitReader(z, f.Size+1))
		}
		if err != nil {
			return nil, fmt.Errorf("%s: damaged after %d bytes unpacked, %w: want %s%s: %w",
				path, unpacked.Len(), err, f.expected(), f.again(), evolve.ErrInvalid)
		}
		b = unpacked.Bytes()
	}
	if n := int64(len(b)); n > f.Size {
		return nil, fmt.Errorf("%s: more than %d bytes, want %s%s: %w",
			path, f.Size, f.expected(), f.again(), evolve.ErrInvalid)
	} else if n < f.Size {
		return nil, fmt.Errorf("%s: %d bytes, want %s%s: %w", path, n, f.expected(), f.again(), evolve.ErrInvalid)
	}
	if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != f.SHA256 {
		return nil, fmt.Errorf("%s: SHA-256 %x, want %s%s: %w", path, sum, f.expected(), f.again(), evolve.ErrInvalid)
	}
	return b, nil
}

// reading is one import: where it reads.
type reading struct {
	ctx  context.Context
	from string
	set  string
}

// read hands the bytes of a file to parse once they are known to be the published ones.
func (r *reading) read(f File, parse func([]byte) error) error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	at, err := r.find(f)
	if err != nil {
		return err
	}
	b, err := f.load(at)
	if err != nil {
		return err
	}
	if err := parse(b); err != nil {
		return fmt.Errorf("%s: %w: %w", at, err, evolve.ErrInvalid)
	}
	return r.ctx.Err()
}

// find looks for a file at FROM itself, in FROM/SET and in FROM, packed or not.
func (r *reading) find(f File) (string, error) {
	info, err := os.Stat(r.from)
	if err != nil {
		return "", err
	}
	if !info.IsDir() {
		if filepath.Base(r.from) != f.Name {
			return "", fmt.Errorf("%s is a file: want %s, or the folder of the published files: %w",
				r.from, f.Name, evolve.ErrInvalid)
		}
		return r.from, nil
	}
	first := filepath.Join(r.from, r.set, f.Name)
	for _, dir := range []string{filepath.Join(r.from, r.set), r.from} {
		for _, name := range []string{f.Name, strings.TrimSuffix(f.Name, ".gz")} {
			at := filepath.Join(dir, name)
			if _, err := os.Stat(at); err == nil {
				return at, nil
			}
			if f.Pinned() {
				break
			}
		}
	}
	return "", fmt.Errorf("no %s: want %s%s: %w", first, f.expected(), f.hint(), fs.ErrNotExist)
}

// hint says where a file comes from.
func (f File) hint() string {
	if f.Host == "" {
		return ""
	}
	return ", fetch it from " + f.URL()
}

// again says where a file that is not as it was published comes from.
func (f File) again() string {
	if f.Host == "" {
		return ""
	}
	return ", fetch it again from " + f.URL()
}
