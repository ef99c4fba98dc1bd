package images

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

func zipped(t *testing.T, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func save(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// small is an IDX set of six training and two test images of 1 x 2, and its files.
func small() (Info, [][]byte) {
	files := [][]byte{
		{0, 0, 8, 3, 0, 0, 0, 6, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12},
		{0, 0, 8, 1, 0, 0, 0, 6, 0, 1, 0, 1, 0, 1},
		{0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 21, 22, 23, 24},
		{0, 0, 8, 1, 0, 0, 0, 2, 1, 0},
	}
	i := Info{Name: "small", C: 1, H: 1, W: 2, Classes: 2, Max: 255, Train: 4, Val: 2, Test: 2, official: true, decode: decodeIDX}
	for k, b := range files {
		i.Files = append(i.Files, idx("http://localhost", "/"+[]string{"a", "b", "c", "d"}[k], int64(len(b)), sum(b)))
	}
	return i, files
}

func TestImport(t *testing.T) {
	i, files := small()
	t.Setenv("AMOEBA_DATA", t.TempDir())
	dir := t.TempDir()
	save(t, filepath.Join(dir, "small", "a.gz"), zipped(t, files[0])) // in a folder of the set's name
	save(t, filepath.Join(dir, "small", "b"), files[1])               // not packed
	save(t, filepath.Join(dir, "c.gz"), zipped(t, files[2]))          // above it
	save(t, filepath.Join(dir, "d"), files[3])
	s, err := i.Import(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if s.Len() != 8 || s.train != 6 || !slices.Equal(s.Image(6), []byte{21, 22}) || s.Label(6) != 1 || s.Label(1) != 1 {
		t.Fatalf("%+v", s)
	}
	path, err := s.Write()
	if err != nil {
		t.Fatal(err)
	}
	opened, err := i.open()
	if err != nil || !slices.Equal(opened.pixels, s.pixels) || !slices.Equal(opened.labels, s.labels) || opened.Hash != s.Hash || opened.train != 6 {
		t.Fatalf("%v: %+v", err, opened)
	}
	p := i.split(opened)
	checkSplit(t, opened, p, 4, 2, 2)
	if !slices.Equal(p.Test, []int{6, 7}) {
		t.Errorf("test images %v, want the official ones", p.Test)
	}
	if st := i.Verify(); st.Err != nil || st.Hash != s.Hash || st.Path != path {
		t.Errorf("verify: %+v", st)
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := i.Import(ctx, dir); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := i.Import(t.Context(), filepath.Join(dir, "nowhere")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
	if _, err := i.Import(t.Context(), path); !errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("a file that is none: %v", err)
	}
	for _, c := range []struct {
		name, want string
		b          []byte
	}{
		{"another", "SHA-256 ", append(slices.Clone(files[3][:9]), 1)},
		{"short", "d: 9 bytes, want d.gz of 10 bytes unpacked", files[3][:9]},
		{"long", "d: more than 10 bytes, want ", append(slices.Clone(files[3]), 0)},
		{"a bomb", "d: more than 10 bytes, want ", zipped(t, make([]byte, 1<<20))},
		{"no gzip", "d: damaged after 0 bytes unpacked, unexpected EOF: want d.gz of 10 bytes unpacked, SHA-256 " + sum(files[3]) + ", fetch it again from http://localhost/d.gz", []byte{0x1f, 0x8b, 0}},
		{"cut gzip", "d: damaged after 10 bytes unpacked, unexpected EOF: want d.gz of ", zipped(t, files[3])[:len(zipped(t, files[3]))-3]},
		{"larger than any packing", "d: 9000 bytes, want a file of at most ", make([]byte, 9000)},
	} {
		t.Run(c.name, func(t *testing.T) {
			save(t, filepath.Join(dir, "d"), c.b)
			_, err := i.Import(t.Context(), dir)
			wantError(t, err, c.want)
		})
	}
	os.Remove(filepath.Join(dir, "d"))
	if _, err := i.Import(t.Context(), dir); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "want d.gz of 10 bytes unpacked, SHA-256 "+sum(files[3])+", fetch it from http://localhost/d.gz") {
		t.Errorf("missing: %v", err)
	}

	// Files with their checksums that are of another shape.
	files[3][8] = 2
	i.Files[3].SHA256 = sum(files[3])
	save(t, filepath.Join(dir, "d"), files[3])
	_, err = i.Import(t.Context(), dir)
	wantError(t, err, "d: byte 8: label 2, want 0..1")
	i.Test++
	_, err = i.Import(t.Context(), dir)
	wantError(t, err, "c.gz: byte 4: dimensions [2 1 2], want [3 1 2]")
}

// A file that is not what was written is refused with what mends it.
func TestUnseal(t *testing.T) {
	i, files := small()
	t.Setenv("AMOEBA_DATA", t.TempDir())
	dir := t.TempDir()
	for k, f := range i.Files {
		save(t, filepath.Join(dir, f.Name), files[k])
	}
	s, err := i.Import(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	path, err := s.Write()
	if err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	resealed := func(change func(b []byte)) []byte {
		b := slices.Clone(good)
		change(b)
		binary.LittleEndian.PutUint32(b[len(b)-4:], crc32.Checksum(b[:len(b)-4], castagnoli))
		return b
	}
	for _, c := range []struct {
		name, want string
		b          []byte
	}{
		{"empty", "0 bytes that are no amoeba images", nil},
		{"cut", "do not have the checksum", good[:len(good)-3]},
		{"another's", "that are no amoeba images", append([]byte("amoeba\r\n"), good[8:]...)},
		{"a bit", "do not have the checksum", func() []byte { b := slices.Clone(good); b[len(b)-9] ^= 4; return b }()},
		{"version", "version 2 of the format, this program reads 1", resealed(func(b []byte) { b[8] = 2 })},
		{"header length", "a header of 4294967295 bytes", resealed(func(b []byte) { binary.LittleEndian.PutUint32(b[12:], 1<<32-1) })},
		{"header", "header: ", resealed(func(b []byte) { b[16] = '!' })},
		{"name", "it is the set large of 8 images of 1 x 1 x 2 with SHA-256 ", resealed(func(b []byte) { copy(b[bytes.Index(b, []byte("small")):], "large") })},
		{"label", "label 9 of image 7, want 0..1", resealed(func(b []byte) { b[len(b)-5] = 9 })},
		{"too long", "bytes, want a file of at most", make([]byte, 1<<20)},
	} {
		t.Run(c.name, func(t *testing.T) {
			save(t, path, c.b)
			_, err := i.open()
			if wantError(t, err, c.want); !errors.Is(err, evolve.ErrInvalid) {
				t.Error("not evolve.ErrInvalid")
			}
			if st := i.Verify(); st.Err == nil || !st.Imported {
				t.Errorf("verify: %+v", st)
			}
		})
	}
	// A change that the CRC was made to fit is found by verify alone.
	save(t, path, resealed(func(b []byte) { b[len(b)-13] ^= 1 }))
	if _, err := i.open(); err != nil {
		t.Error(err)
	}
	st := i.Verify()
	wantError(t, st.Err, "SHA-256 of the content ")
}

// The archives of CIFAR, with fewer records.
func TestCIFARArchive(t *testing.T) {
	members := []cifarMember{{"bin/train.bin", 3}, {"bin/test.bin", 2}}
	made := func(names []string, sizes ...int) []byte {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		for k, name := range names {
			text := make([]byte, sizes[k])
			for at := 0; at < len(text); at += 3074 {
				text[at], text[min(at+1, len(text)-1)] = 19, byte(90+at/3074)
			}
			if err := w.WriteHeader(&tar.Header{Name: name, Size: int64(len(text)), Mode: 0o644}); err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write(text); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return zipped(t, b.Bytes())
	}
	info := func(b []byte) (Info, string) {
		path := filepath.Join(t.TempDir(), "cifar.tar.gz")
		save(t, path, b)
		return Info{Name: "cifar", C: 3, H: 32, W: 32, Classes: 100, Max: 255, Train: 2, Val: 1, Test: 2, official: true,
			Files: []File{{"cifar.tar.gz", "http://localhost", "/cifar.tar.gz", int64(len(b)), sum(b), asPublished}}, decode: decodeCIFAR(members, 20, 100)}, path
	}
	i, path := info(made([]string{"bin/test.bin", "readme", "bin/train.bin"}, 2*3074, 10, 3*3074)) // in an order of its own
	s, err := i.Import(t.Context(), path)
	if err != nil || !slices.Equal(s.labels, []uint8{90, 91, 92, 90, 91}) || s.train != 3 {
		t.Fatalf("%v: %+v", err, s)
	}
	if s, err = i.Import(t.Context(), filepath.Dir(path)); err != nil || s.Len() != 5 {
		t.Errorf("from its folder: %v", err)
	}
	for _, c := range []struct {
		b    []byte
		want string
	}{
		{made([]string{"bin/train.bin"}, 3*3074), "cifar.tar.gz: no bin/test.bin in the archive"},
		{made([]string{"bin/train.bin", "bin/test.bin"}, 3*3074, 3074), "cifar.tar.gz: bin/test.bin: 3074 bytes, want 6148"},
		{[]byte("no archive"), "cifar.tar.gz: gzip: invalid header"},
	} {
		i, path := info(c.b)
		_, err := i.Import(t.Context(), path)
		wantError(t, err, c.want)
	}
	i.Files[0].SHA256 = strings.Repeat("0", 64)
	_, err = i.Import(t.Context(), path)
	wantError(t, err, "want cifar.tar.gz of ")
}
