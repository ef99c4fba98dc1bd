package tfrecord

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/data/tfrecord/tfrecordtest"
	"github.com/amoeba-nas/amoeba/evolve"
)

// collect copies the records before the first error.
func collect(r io.Reader, max int) (all []Record, err error) {
	for rec, err := range Read(r, max) {
		if err != nil {
			return all, err
		}
		rec.Data = slices.Clone(rec.Data)
		all = append(all, rec)
	}
	return all, nil
}

// declares is a record's first twelve bytes: a length with the checksum that fits it.
func declares(n uint64) []byte {
	b := binary.LittleEndian.AppendUint64(nil, n)
	return binary.LittleEndian.AppendUint32(b, masked(b))
}

func TestAppend(t *testing.T) {
	// The record of no bytes, worked out by hand: CRC-32C of eight zero bytes is
	// 0x8c28b28a, of no bytes 0; the mask rotates right by 15 and adds 0xa282ead8.
	want := []byte("x\x00\x00\x00\x00\x00\x00\x00\x00\x29\x03\x98\x07\xd8\xea\x82\xa2")
	if d := cmp.Diff(want, tfrecordtest.Append([]byte("x"), nil)); d != "" {
		t.Error(d)
	}
	// 0xe3069283 is the check value of CRC-32C.
	crc := uint32(0xe3069283)
	want = binary.LittleEndian.AppendUint32([]byte("123456789"), (crc>>15|crc<<17)+0xa282ead8)
	if d := cmp.Diff(want, tfrecordtest.Append(nil, []byte("123456789"))[head:]); d != "" {
		t.Error(d)
	}
}

func TestRead(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var file []byte
	var want []Record
	for i, n := range []int{0, 1, 5, readSize - tail, readSize, 0, 3 * readSize, 17} {
		data := make([]byte, n)
		for j := range data {
			data[j] = byte(r.Uint32())
		}
		want = append(want, Record{Number: i + 1, Offset: int64(len(file)), Data: data})
		file = tfrecordtest.Append(file, data)
	}
	for name, r := range map[string]io.Reader{
		"whole":          bytes.NewReader(file),
		"byte by byte":   iotest.OneByteReader(bytes.NewReader(file)),
		"EOF with bytes": iotest.DataErrReader(bytes.NewReader(file)),
	} {
		got, err := collect(r, 3*readSize)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	if _, err := collect(bytes.NewReader(file), 3*readSize-1); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("record 7 at byte %d: a record of %d bytes, want at most %d", want[6].Offset, 3*readSize, 3*readSize-1)) {
		t.Errorf("one byte over the limit: %v", err)
	}
	for rec, err := range Read(bytes.NewReader(file), 0) {
		if rec.Number > 2 || err != nil {
			t.Fatalf("after a break: %v, %v", rec, err)
		}
		if rec.Number == 2 {
			break
		}
	}
}

// small is a file of three records and where each starts and ends.
func small() (file []byte, bounds []int) {
	bounds = []int{0}
	for _, s := range []string{"one", "", "the third"} {
		file = tfrecordtest.Append(file, []byte(s))
		bounds = append(bounds, len(file))
	}
	return file, bounds
}

func TestReadCut(t *testing.T) {
	file, bounds := small()
	for n := range file {
		got, err := collect(bytes.NewReader(file[:n]), 0)
		whole, at := slices.BinarySearch(bounds, n)
		if at {
			if err != nil || len(got) != whole {
				t.Errorf("cut at byte %d, after record %d: %d records, %v", n, whole, len(got), err)
			}
			continue
		}
		where := fmt.Sprintf("record %d at byte %d: ", whole, bounds[whole-1])
		if !errors.Is(err, io.ErrUnexpectedEOF) || !errors.Is(err, evolve.ErrInvalid) || !strings.HasPrefix(err.Error(), where) {
			t.Errorf("cut at byte %d: %v, want %q and io.ErrUnexpectedEOF", n, err, where)
		}
		if len(got) != whole-1 {
			t.Errorf("cut at byte %d: %d records, want %d", n, len(got), whole-1)
		}
	}
}

func TestReadFlipped(t *testing.T) {
	file, bounds := small()
	for bit := range 8 * len(file) {
		b := slices.Clone(file)
		b[bit/8] ^= 1 << (bit % 8)
		i, at := slices.BinarySearch(bounds, bit/8)
		if !at {
			i--
		}
		got, err := collect(bytes.NewReader(b), 0)
		if !errors.Is(err, evolve.ErrInvalid) || errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("bit %d: %v, want a wrong checksum", bit, err)
		}
		if where := fmt.Sprintf("record %d at byte %d: the checksum", i+1, bounds[i]); !strings.HasPrefix(err.Error(), where) || strings.Contains(err.Error(), "\n") {
			t.Errorf("bit %d: %q, want %q", bit, err, where)
		}
		if len(got) != i {
			t.Errorf("bit %d: %d records, want %d", bit, len(got), i)
		}
	}
}

func TestHostileLengthTakesNoMemory(t *testing.T) {
	for _, n := range []uint64{MaxRecord + 1, 1 << 31, 1 << 32, 1 << 40, 1<<63 - 1, 1 << 63, 1<<64 - 1} {
		file := append(tfrecordtest.Append(nil, []byte("one")), append(declares(n), "abc"...)...)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got, err := collect(bytes.NewReader(file), 0)
		runtime.ReadMemStats(&after)
		want := fmt.Sprintf("record 2 at byte 19: a record of %d bytes, want at most %d: invalid", n, MaxRecord)
		if err == nil || err.Error() != want || len(got) != 1 {
			t.Errorf("%d records and %v, want %q", len(got), err, want)
		}
		if b := after.TotalAlloc - before.TotalAlloc; b > 2*MaxRecord {
			t.Errorf("a length of %d allocated %d bytes", n, b)
		}
	}
}

func TestReadFailure(t *testing.T) {
	file, _ := small()
	broken := errors.New("the disk is on fire")
	for _, n := range []int{0, 5, 15, len(file)} {
		_, err := collect(io.MultiReader(bytes.NewReader(file[:n]), iotest.ErrReader(broken)), 0)
		if !errors.Is(err, broken) || errors.Is(err, evolve.ErrInvalid) {
			t.Errorf("after %d bytes: %v, want %v and no blame on the file", n, err, broken)
		}
	}
}

// What is read, written again, is the start of what was read.
func FuzzRead(f *testing.F) {
	file, _ := small()
	f.Add(file)
	f.Add(file[:30])
	f.Add(append(file, declares(1<<40)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := collect(bytes.NewReader(b), 0)
		var again []byte
		for _, rec := range got {
			if rec.Offset != int64(len(again)) {
				t.Fatalf("record %d at byte %d, want %d", rec.Number, rec.Offset, len(again))
			}
			again = tfrecordtest.Append(again, rec.Data)
		}
		if !bytes.HasPrefix(b, again) {
			t.Error("the records are not those of the file")
		}
		if err == nil && len(again) != len(b) {
			t.Errorf("%d of %d bytes were read", len(again), len(b))
		}
	})
}
