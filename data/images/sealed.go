package images

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/durable"
)

// The file of an imported set, numbers little-endian:
//
//	 0  "amoimg\r\n", which a text-mode copy would break
//	 8  uint32 version
//	12  uint32 length of the header
//	16  header: JSON of sealedHeader
//	    C*H*W bytes of each image
//	    a byte of label of each
//	    uint32 CRC-32C of all before it
//
// A CRC finds damage in a hundredth of the time that SHA-256 takes where a processor has no
// instructions for that; the SHA-256 of the content is in the header for those who ask.
const (
	sealedMagic   = "amoimg\r\n"
	sealedVersion = 1
	sealedPrefix  = 16
	headerMax     = 4096 // bytes; a header has some 200
)

// sealedKind are the files of imported sets.
var sealedKind = data.Imported("image set", sealedMagic)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

type sealedHeader struct {
	Name   string `json:"name"`
	C      int    `json:"channels"`
	H      int    `json:"height"`
	W      int    `json:"width"`
	Images int    `json:"images"`
	Train  int    `json:"train"` // the first so many are the official training part
	SHA256 string `json:"sha256"`
}

func (s *Set) header() sealedHeader {
	return sealedHeader{s.Name, s.C, s.H, s.W, s.Len(), s.train, s.Hash}
}

// Path is the file of an imported set.
func (i Info) Path() (string, error) {
	home, err := data.Home()
	return filepath.Join(home, "images", i.Name+".set"), err
}

// Bytes is the size of that file, about.
func (i Info) Bytes() int64 { return int64(i.Images()) * int64(i.C*i.H*i.W+1) }

// Import makes the set of the published files: from is the folder that has them, in a folder of
// the set's name or not, or the file itself where it is one. Nothing is written. Missing files
// are an error that wraps fs.ErrNotExist, others than the published evolve.ErrInvalid.
func (i Info) Import(ctx context.Context, from string) (*Set, error) {
	if i.Embedded() {
		return nil, fmt.Errorf("%s is in the program, there is nothing to import: %w", i.Name, evolve.ErrInvalid)
	}
	s := i.empty()
	if err := i.decode(i, &reading{ctx, from, i.Name}, s); err != nil {
		return nil, err
	}
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("%s: %w: %w", from, err, evolve.ErrInvalid)
	}
	s.Hash = s.sum()
	return s, nil
}

// Write writes the set where [Open] finds it, whole or not at all, and replaces what is there.
func (s *Set) Write() (path string, err error) {
	if path, err = (Info{Name: s.Name}).Path(); err != nil {
		return "", err
	}
	head, err := json.Marshal(s.header())
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", err
	}
	prefix := append([]byte(sealedMagic), make([]byte, 8)...)
	binary.LittleEndian.PutUint32(prefix[8:], sealedVersion)
	binary.LittleEndian.PutUint32(prefix[12:], uint32(len(head)))
	return path, sealedKind.Write(path, func(w io.Writer) error {
		sum := crc32.New(castagnoli)
		for _, b := range [][]byte{prefix, head, s.pixels, s.labels} {
			sum.Write(b)
			if _, err := w.Write(b); err != nil {
				return err
			}
		}
		return binary.Write(w, binary.LittleEndian, sum.Sum32())
	})
}

// unseal reads what Write wrote. The images are parts of b.
func (i Info) unseal(b []byte) (*Set, error) {
	if len(b) < sealedPrefix+crc32.Size || string(b[:8]) != sealedMagic {
		return nil, fmt.Errorf("%d bytes that are no amoeba images", len(b))
	}
	if v := binary.LittleEndian.Uint32(b[8:]); v != sealedVersion {
		return nil, fmt.Errorf("version %d of the format, this program reads %d", v, sealedVersion)
	}
	body, trailer := b[sealedPrefix:len(b)-crc32.Size], b[len(b)-crc32.Size:]
	if crc32.Checksum(b[:len(b)-crc32.Size], castagnoli) != binary.LittleEndian.Uint32(trailer) {
		return nil, errors.New("its bytes do not have the checksum that it was written with")
	}
	n := uint64(binary.LittleEndian.Uint32(b[12:]))
	if n > uint64(len(body)) {
		return nil, fmt.Errorf("a header of %d bytes in %d", n, len(body))
	}
	var h sealedHeader
	if err := json.Unmarshal(body[:n], &h); err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	body = body[n:]
	s := i.empty()
	s.Hash = h.SHA256
	pixels := i.Images() * i.C * i.H * i.W
	if len(body) != pixels+i.Images() {
		return nil, fmt.Errorf("%d bytes of images and labels, want %d", len(body), pixels+i.Images())
	}
	s.pixels, s.labels = body[:pixels:pixels], body[pixels:]
	want := s.header()
	if i.content != "" {
		want.SHA256 = i.content
	}
	if h != want {
		return nil, fmt.Errorf("it is the set %s of %d images of %d x %d x %d with SHA-256 %s",
			h.Name, h.Images, h.C, h.H, h.W, h.SHA256)
	}
	return s, s.check()
}

// open reads the set from the program or from its file.
func (i Info) open() (*Set, error) {
	if i.Embedded() {
		return openDigits(i)
	}
	path, err := i.Path()
	if err != nil {
		return nil, err
	}
	b, err := durable.ReadFile(path, i.Bytes()+sealedPrefix+headerMax+crc32.Size)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, i.absent(path)
	}
	if err != nil {
		return nil, err
	}
	s, err := i.unseal(b)
	if err != nil {
		return nil, fmt.Errorf("%s: damaged: %w: want %s: %s again: %w",
			path, err, i.expected(), i.how(), evolve.ErrInvalid)
	}
	return s, nil
}
