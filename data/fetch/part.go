package fetch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/durable"
)

// there says whether the file is at its place as pinned.
func (f File) there(ctx context.Context) (bool, error) {
	info, err := os.Stat(f.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	case !info.Mode().IsRegular():
		return false, fmt.Errorf("%s is there and not a plain file: %w", f.Path, evolve.ErrInvalid)
	case f.Size > 0 && info.Size() != f.Size:
		return false, nil
	case f.SHA256 == "":
		return true, nil
	}
	file, err := os.Open(f.Path)
	if err != nil {
		return false, err
	}
	defer file.Close()
	sum, err := hash(ctx, file)
	return sum == f.SHA256, err
}

// hash returns the SHA-256 of all that r gives, in hex.
func hash(ctx context.Context, r io.Reader) (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, interruptible{ctx, r}); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// interruptible is a reader that ends with its context: a large file takes seconds to hash.
type interruptible struct {
	ctx context.Context
	io.Reader
}

func (r interruptible) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(b)
}

// part is a file on its way, locked against other processes.
type part struct {
	path   string // where it will be
	name   string // path.part
	file   *os.File
	n      int64 // bytes that are there
	unlock func()
}

// takePart opens the part of the file at path, or makes an empty one.
func takePart(path string) (*part, error) {
	name := path + ".part"
	if info, err := os.Lstat(name); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is in the way: it is not a plain file: %w", name, evolve.ErrInvalid)
	}
	unlock, err := lock(name)
	if err != nil {
		return nil, err
	}
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		unlock()
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		unlock()
		return nil, err
	}
	return &part{path: path, name: name, file: file, n: info.Size(), unlock: unlock}, nil
}

func (p *part) write(b []byte) error {
	k, err := p.file.WriteAt(b, p.n)
	p.n += int64(k)
	return diskFault(err)
}

// drop forgets all bytes.
func (p *part) drop() error {
	if p.n == 0 {
		return nil
	}
	p.n = 0
	return p.file.Truncate(0)
}

// sum is the hash of the bytes that are there.
func (p *part) sum(ctx context.Context) (string, error) {
	return hash(ctx, io.NewSectionReader(p.file, 0, p.n))
}

// finish gives the part its name, for good.
func (p *part) finish() error {
	if err := p.file.Sync(); err != nil {
		return diskFault(err)
	}
	// Windows renames no open file.
	err := p.file.Close()
	p.file = nil
	if err != nil {
		return diskFault(err)
	}
	if err := os.Rename(p.name, p.path); err != nil {
		return err
	}
	if err := durable.SyncDir(filepath.Dir(p.path)); err != nil {
		return fmt.Errorf("the folder may forget %s in a power failure: %w", p.path, err)
	}
	return nil
}

// release leaves the part to others: for a later call when there is something in it.
func (p *part) release() {
	if p.file != nil {
		p.file.Close() // lost bytes of a part are fetched again
		if p.n == 0 {
			os.Remove(p.name)
		}
	}
	p.unlock()
}

// diskFault says in plain words that a disk is full.
func diskFault(err error) error {
	if err != nil && diskFull(err) {
		return fmt.Errorf("%w: make room on that disk and run it again", err)
	}
	return err
}
