package data

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/durable"
)

// A Frame is a table in memory: columns of one length, each of numbers or of text.
type Frame struct {
	Table   string
	Rows    int
	Sources []Source // the published files that it was made of
	Notes   []byte   // JSON: what only this table says of itself; nil for nothing
	Hash    string   // hex SHA-256 of the file but for the trailer that holds it; "" before it is written or read
	cols    []column
}

// column keeps a column as the file has it, so that opening a wide table costs nothing for
// the columns that are not asked for.
type column struct {
	Name string `json:"name"`
	Type string `json:"type"` // f8, f4, u4 or text
	Size int    `json:"size"` // bytes
	body []byte
}

// The file of a table, numbers little-endian:
//
//	 0  "amoeba\r\n", which a text-mode copy would break
//	 8  uint32 version
//	12  uint32 length of the header
//	16  uint64 length of the file
//	24  header: JSON of frameHeader
//	    columns one after the other: rows float64, float32 or uint32 each; of text first
//	    the lengths in bytes as uint32 each, then the bytes
//	    SHA-256 of all before it
const (
	frameMagic   = "amoeba\r\n"
	frameVersion = 2
	framePrefix  = 24
)

// frameKind are the files of tables.
var frameKind = Imported("table", frameMagic)

// fileMax is the longest file that is read whole, in bytes; no table or source but the
// official ones, which are streamed, comes near it.
const fileMax = 1 << 30

// frameHeader says what the columns are and where they came from.
type frameHeader struct {
	Table   string          `json:"table"`
	Rows    int             `json:"rows"`
	Columns []column        `json:"columns"`
	Sources []Source        `json:"sources"`
	Notes   json.RawMessage `json:"notes,omitempty"`
}

// AddFloats adds a column of numbers, NaN where there is none. It must have Rows values.
func (f *Frame) AddFloats(name string, xs []float64) { add(f, name, "f8", xs) }

// AddFloat32s adds a column of numbers that float32 holds without loss, or well enough.
func (f *Frame) AddFloat32s(name string, xs []float32) { add(f, name, "f4", xs) }

// AddUint32s adds a column of counts.
func (f *Frame) AddUint32s(name string, xs []uint32) { add(f, name, "u4", xs) }

func add[T any](f *Frame, name, kind string, xs []T) {
	body, err := binary.Append(nil, binary.LittleEndian, xs)
	if err != nil || len(xs) != f.Rows {
		panic(fmt.Sprintf("data: column %s of %s: %d values of %d rows, %v", name, f.Table, len(xs), f.Rows, err))
	}
	f.cols = append(f.cols, column{name, kind, len(body), body})
}

// AddText adds a column of text.
func (f *Frame) AddText(name string, texts []string) {
	if len(texts) != f.Rows {
		panic(fmt.Sprintf("data: column %s of %s: %d values of %d rows", name, f.Table, len(texts), f.Rows))
	}
	var body, all []byte
	for _, s := range texts {
		body = binary.LittleEndian.AppendUint32(body, uint32(len(s)))
		all = append(all, s...)
	}
	body = append(body, all...)
	f.cols = append(f.cols, column{name, "text", len(body), body})
}

// Columns are the names, in the order of the file.
func (f *Frame) Columns() []string {
	var names []string
	for _, c := range f.cols {
		names = append(names, c.Name)
	}
	return names
}

// Has says whether there is a column of that name.
func (f *Frame) Has(name string) bool { return slices.Contains(f.Columns(), name) }

func (f *Frame) column(name string, types ...string) (column, error) {
	for _, c := range f.cols {
		if c.Name == name && slices.Contains(types, c.Type) {
			return c, nil
		}
	}
	return column{}, fmt.Errorf("%s: no column %s of type %v in this table, made by another version: %s again: %w",
		f.Table, name, types, "run "+importCommand(f.Table), evolve.ErrInvalid)
}

// Floats returns a column of numbers as float64.
func (f *Frame) Floats(name string) ([]float64, error) {
	c, err := f.column(name, "f8", "f4", "u4")
	if err != nil {
		return nil, err
	}
	xs := make([]float64, f.Rows)
	for i := range xs {
		switch c.Type {
		case "f8":
			xs[i] = math.Float64frombits(binary.LittleEndian.Uint64(c.body[8*i:]))
		case "f4":
			xs[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(c.body[4*i:])))
		default:
			xs[i] = float64(binary.LittleEndian.Uint32(c.body[4*i:]))
		}
	}
	return xs, nil
}

// Float32s returns a column that was added by AddFloat32s.
func (f *Frame) Float32s(name string) ([]float32, error) { return decode[float32](f, name, "f4") }

// Uint32s returns a column that was added by AddUint32s.
func (f *Frame) Uint32s(name string) ([]uint32, error) { return decode[uint32](f, name, "u4") }

func decode[T any](f *Frame, name, kind string) ([]T, error) {
	c, err := f.column(name, kind)
	if err != nil {
		return nil, err
	}
	xs := make([]T, f.Rows)
	_, err = binary.Decode(c.body, binary.LittleEndian, xs)
	return xs, err
}

// Text returns a column of text.
func (f *Frame) Text(name string) ([]string, error) {
	c, err := f.column(name, "text")
	if err != nil {
		return nil, err
	}
	texts, rest := make([]string, f.Rows), string(c.body[4*f.Rows:])
	for i := range texts {
		n := binary.LittleEndian.Uint32(c.body[4*i:])
		if uint64(n) > uint64(len(rest)) {
			return nil, fmt.Errorf("%s: column %s: text %d of %d bytes, %d are left: %w",
				f.Table, name, i, n, len(rest), evolve.ErrInvalid)
		}
		texts[i], rest = rest[:n], rest[n:]
	}
	return texts, nil
}

// seal returns the table's file, and fills in Hash.
func (f *Frame) seal() ([]byte, error) {
	head, err := json.Marshal(frameHeader{f.Table, f.Rows, f.cols, f.Sources, f.Notes})
	if err != nil {
		return nil, err
	}
	size := framePrefix + len(head) + sha256.Size
	for _, c := range f.cols {
		size += len(c.body)
	}
	b := make([]byte, 0, size)
	b = append(b, frameMagic...)
	b = binary.LittleEndian.AppendUint32(b, frameVersion)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(head)))
	b = binary.LittleEndian.AppendUint64(b, uint64(size))
	b = append(b, head...)
	for _, c := range f.cols {
		b = append(b, c.body...)
	}
	sum := sha256.Sum256(b)
	f.Hash = hex.EncodeToString(sum[:])
	return append(b, sum[:]...), nil
}

// parseFrame reads what seal wrote. It allocates no more than a small multiple of len(b):
// every length in the file is compared with the bytes that are there.
func parseFrame(b []byte) (*Frame, error) {
	if len(b) < framePrefix+sha256.Size || string(b[:8]) != frameMagic {
		return nil, fmt.Errorf("%d bytes that are no amoeba table", len(b))
	}
	if v := binary.LittleEndian.Uint32(b[8:]); v != frameVersion {
		return nil, fmt.Errorf("version %d of the format, this program reads %d", v, frameVersion)
	}
	if want := binary.LittleEndian.Uint64(b[16:]); want != uint64(len(b)) {
		return nil, fmt.Errorf("%d bytes, it was written with %d", len(b), want)
	}
	body, trailer := b[:len(b)-sha256.Size], b[len(b)-sha256.Size:]
	sum := sha256.Sum256(body)
	if !bytes.Equal(sum[:], trailer) {
		return nil, errors.New("its bytes do not have the checksum that it was written with")
	}
	n := uint64(binary.LittleEndian.Uint32(b[12:]))
	body = body[framePrefix:]
	if n > uint64(len(body)) {
		return nil, fmt.Errorf("a header of %d bytes in %d", n, len(body))
	}
	var h frameHeader
	if err := json.Unmarshal(body[:n], &h); err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	body = body[n:]
	for i := range h.Columns {
		c := &h.Columns[i]
		width, known := map[string]int{"f8": 8, "f4": 4, "u4": 4, "text": 4}[c.Type]
		switch {
		case !known:
			return nil, fmt.Errorf("column %s of type %q", c.Name, c.Type)
		case h.Rows < 0 || h.Rows > len(body)/width || c.Size < width*h.Rows || c.Size > len(body) ||
			c.Type != "text" && c.Size != width*h.Rows:
			return nil, fmt.Errorf("column %s: %d bytes for %d rows of %s, %d bytes are left",
				c.Name, c.Size, h.Rows, c.Type, len(body))
		}
		c.body, body = body[:c.Size:c.Size], body[c.Size:]
	}
	if len(h.Columns) == 0 || len(body) != 0 {
		return nil, fmt.Errorf("%d columns and %d bytes behind them", len(h.Columns), len(body))
	}
	return &Frame{h.Table, h.Rows, h.Sources, h.Notes, hex.EncodeToString(trailer), h.Columns}, nil
}

// Write writes the table where [Open] finds it, replacing what is there, and fills in Hash.
// It makes the folder when that is missing.
func (f *Frame) Write() (path string, err error) {
	if path, err = Path(f.Table); err != nil {
		return "", err
	}
	b, err := f.seal()
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", err
	}
	return path, frameKind.WriteBytes(path, b)
}

// Open opens an imported table. A missing one is an error that wraps fs.ErrNotExist; one
// that was cut, altered or made by another version is refused with evolve.ErrInvalid. Both
// say what mends it.
func Open(name string) (*Frame, error) {
	path, err := Path(name)
	if err != nil {
		return nil, err
	}
	b, err := readFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, absent(name)
	}
	if err != nil {
		return nil, err
	}
	f, err := parseFrame(b)
	if err == nil && f.Table != name {
		err = fmt.Errorf("the table %q, want %q", f.Table, name)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: damaged: %w: %s again: %w", path, err, "run "+importCommand(name),
			evolve.ErrInvalid)
	}
	return f, nil
}

// readFile reads a file of at most fileMax bytes.
func readFile(path string) ([]byte, error) { return durable.ReadFile(path, fileMax) }
