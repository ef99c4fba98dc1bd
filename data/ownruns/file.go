package ownruns

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/amoeba-nas/amoeba/evolve"
)

// The file, numbers little-endian:
//
//	 0  "amoruns\n"
//	 8  uint32 version
//	12  uint32 length of the header
//	16  header: JSON of Header
//	    body, in one zstd frame
//	    SHA-256 of all before it
//
// The body is the cells' genomes, a line each; their parameters, MACs and seconds, 4 bytes
// each; and six columns: right answers, then losses, of train, val and test. A column is of
// whole numbers, a loss by the upper bits of its float32. Each is the difference from the epoch
// before, from 0 in the first, its sign in the lowest bit; they go by epoch, then seed, then
// cell, the lowest bytes of all, then the middle and the highest: numbers that are small in the
// same way lie together.
const (
	magic   = "amoruns\n"
	version = 1
	prefix  = 16
	numbers = 6 // columns
	planes  = 3 // bytes of a number
)

// MarshalBinary returns the file and fills in Hash. It refuses what Read would.
func (t *Table) MarshalBinary() ([]byte, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	head, err := json.Marshal(t.Header)
	if err != nil {
		return nil, err
	}
	if len(head) > maxHeader {
		return nil, fmt.Errorf("a header of %d bytes, want at most %d: %w", len(head), maxHeader, evolve.ErrInvalid)
	}
	var body []byte
	for _, a := range t.Cells {
		if strings.ContainsRune(string(a), '\n') {
			return nil, fmt.Errorf("cell %q: a genome of several lines: %w", a, evolve.ErrInvalid)
		}
		body = append(append(body, a...), '\n')
	}
	for i := range t.Cells {
		body = binary.LittleEndian.AppendUint32(body, uint32(t.Params[i]))
		body = binary.LittleEndian.AppendUint32(body, uint32(t.MACs[i]))
		body = binary.LittleEndian.AppendUint32(body, uint32(shorten(t.Seconds[i])))
	}
	for _, c := range t.columns() {
		body = t.appendColumn(body, c.get)
	}
	if len(body) > maxBody {
		return nil, fmt.Errorf("%d bytes of numbers, want at most %d: %w", len(body), maxBody, evolve.ErrInvalid)
	}
	w, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	b := append([]byte(magic), make([]byte, prefix-len(magic))...)
	binary.LittleEndian.PutUint32(b[8:], version)
	binary.LittleEndian.PutUint32(b[12:], uint32(len(head)))
	b = w.EncodeAll(body, append(b, head...))
	sum := sha256.Sum256(b)
	t.Hash = hex.EncodeToString(sum[:])
	return append(b, sum[:]...), nil
}

// column is how a column's numbers are read and written.
type column struct {
	get func(at int) int
	set func(at, x int)
}

func (t *Table) columns() []column {
	var all []column
	for _, xs := range [][]int{t.Train, t.Val, t.Test} {
		all = append(all, column{func(at int) int { return xs[at] }, func(at, x int) { xs[at] = x }})
	}
	for _, xs := range [][]float32{t.TrainLoss, t.ValLoss, t.TestLoss} {
		all = append(all, column{func(at int) int { return shorten(xs[at]) }, func(at, x int) { xs[at] = expand(x) }})
	}
	return all
}

// each calls f for every place in the order of a column: with its number there and its place in
// the table.
func (h *Header) each(f func(k, at int)) {
	k := 0
	for e := range h.Epochs {
		for s := range h.Seeds {
			for c := range h.Cells {
				f(k, (c*h.Seeds+s)*h.Epochs+e)
				k++
			}
		}
	}
}

func (t *Table) appendColumn(body []byte, get func(at int) int) []byte {
	n := t.Header.Cells * t.Seeds * t.Epochs
	start := len(body)
	body = append(body, make([]byte, planes*n)...)
	t.each(func(k, at int) {
		d := get(at)
		if at%t.Epochs > 0 {
			d -= get(at - 1)
		}
		z := d<<1 ^ d>>63
		for p := range planes {
			body[start+p*n+k] = byte(z >> (8 * p))
		}
	})
	return body
}

// Read reads what MarshalBinary wrote. An error says which part is damaged.
func Read(b []byte) (*Table, error) {
	bad := func(format string, v ...any) (*Table, error) {
		return nil, fmt.Errorf("trained runs: "+format+": %w", append(v, evolve.ErrInvalid)...)
	}
	if len(b) < prefix+sha256.Size || string(b[:len(magic)]) != magic {
		return bad("%d bytes that are none", len(b))
	}
	if v := binary.LittleEndian.Uint32(b[8:]); v != version {
		return bad("version %d of the format, this program reads %d", v, version)
	}
	sealed, trailer := b[:len(b)-sha256.Size], b[len(b)-sha256.Size:]
	sum := sha256.Sum256(sealed)
	if !bytes.Equal(sum[:], trailer) {
		return bad("its bytes do not have the checksum that it was written with")
	}
	t, err := parse(sealed)
	if err != nil {
		return nil, fmt.Errorf("trained runs: %w", err)
	}
	t.Hash = hex.EncodeToString(trailer)
	return t, nil
}

// parse reads what the checksum is of.
func parse(b []byte) (*Table, error) {
	bad := func(format string, v ...any) (*Table, error) {
		return nil, fmt.Errorf(format+": %w", append(v, evolve.ErrInvalid)...)
	}
	n := uint64(binary.LittleEndian.Uint32(b[12:prefix]))
	if n > maxHeader || n > uint64(len(b)-prefix) {
		return bad("a header of %d bytes in %d, want at most %d", n, len(b)-prefix, maxHeader)
	}
	t := new(Table)
	if err := json.Unmarshal(b[prefix:prefix+n], &t.Header); err != nil {
		return bad("header: %v", err)
	}
	if err := t.Header.check(); err != nil {
		return nil, err
	}
	r, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxBody))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	body, err := r.DecodeAll(b[prefix+n:], nil)
	if err != nil {
		return bad("numbers: %v", err)
	}
	cells := t.Header.Cells
	for range cells {
		end := bytes.IndexByte(body, '\n')
		if end < 0 {
			return bad("%d genomes, the header says %d", len(t.Cells), cells)
		}
		t.Cells, body = append(t.Cells, evolve.Arch(body[:end])), body[end+1:]
	}
	runs := cells * t.Seeds * t.Epochs
	if want := 12*cells + numbers*planes*runs; len(body) != want {
		return bad("%d bytes of numbers, want %d", len(body), want)
	}
	for range cells {
		word := func(k int) uint32 { return binary.LittleEndian.Uint32(body[4*k:]) }
		if word(2) >= mostBits {
			return bad("%d are no seconds", word(2))
		}
		t.Params, t.MACs, t.Seconds = append(t.Params, int(word(0))), append(t.MACs, int(word(1))),
			append(t.Seconds, expand(int(word(2))))
		body = body[12:]
	}
	t.Train, t.Val, t.Test = make([]int, runs), make([]int, runs), make([]int, runs)
	t.TrainLoss, t.ValLoss, t.TestLoss = make([]float32, runs), make([]float32, runs), make([]float32, runs)
	for _, c := range t.columns() {
		t.readColumn(body[:planes*runs], c)
		body = body[planes*runs:]
	}
	return t, t.check()
}

func (t *Table) readColumn(b []byte, c column) {
	n := len(b) / planes
	t.each(func(k, at int) {
		z := int(b[k]) | int(b[n+k])<<8 | int(b[2*n+k])<<16
		x := z>>1 ^ -(z & 1)
		if at%t.Epochs > 0 {
			x += c.get(at - 1)
		}
		// Kept in range so that a hostile file sums to no number of another kind; check refuses it.
		c.set(at, min(max(x, -1), mostBits-1))
	})
}
