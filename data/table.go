package data

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"

	"github.com/amoeba-nas/amoeba/evolve"
)

// The file of a table, numbers little-endian:
//
//	 0  "amoeba\r\n", which a text-mode copy would break
//	 8  uint32 version
//	12  uint32 length of the header
//	16  uint64 length of the file
//	24  header: JSON of tableHeader
//	    columns one after the other: rows float64 each
//	    SHA-256 of all before it
const (
	tableMagic   = "amoeba\r\n"
	tableVersion = 1
	tablePrefix  = 24
)

// fileMax is the longest file that is read, in bytes; no table or source comes near it.
const fileMax = 1 << 30

// tableHeader says what the columns are and where they came from.
type tableHeader struct {
	Table   string          `json:"table"`
	Rows    int             `json:"rows"`
	Columns []string        `json:"columns"`
	Sources []Source        `json:"sources"`
	Notes   json.RawMessage `json:"notes"` // the table's own
}

// encodeTable returns the file of a table and the hex SHA-256 that ends it.
func encodeTable(h tableHeader, columns [][]float64) ([]byte, string, error) {
	head, err := json.Marshal(h)
	if err != nil {
		return nil, "", err
	}
	size := tablePrefix + len(head) + 8*h.Rows*len(columns) + sha256.Size
	b := make([]byte, 0, size)
	b = append(b, tableMagic...)
	b = binary.LittleEndian.AppendUint32(b, tableVersion)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(head)))
	b = binary.LittleEndian.AppendUint64(b, uint64(size))
	b = append(b, head...)
	for _, c := range columns {
		for _, x := range c {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
		}
	}
	sum := sha256.Sum256(b)
	return append(b, sum[:]...), hex.EncodeToString(sum[:]), nil
}

// decodeTable reads what encodeTable wrote. It allocates no more than a small multiple of
// len(b): every length in the file is compared with the bytes that are there.
func decodeTable(b []byte) (h tableHeader, columns [][]float64, hash string, err error) {
	bad := func(format string, v ...any) (tableHeader, [][]float64, string, error) {
		return h, nil, "", fmt.Errorf(format, v...)
	}
	if len(b) < tablePrefix+sha256.Size || string(b[:8]) != tableMagic {
		return bad("%d bytes that are no amoeba table", len(b))
	}
	if v := binary.LittleEndian.Uint32(b[8:]); v != tableVersion {
		return bad("version %d of the format, this program reads %d", v, tableVersion)
	}
	if want := binary.LittleEndian.Uint64(b[16:]); want != uint64(len(b)) {
		return bad("%d bytes, it was written with %d", len(b), want)
	}
	body, trailer := b[:len(b)-sha256.Size], b[len(b)-sha256.Size:]
	sum := sha256.Sum256(body)
	if !bytes.Equal(sum[:], trailer) {
		return bad("its bytes do not have the checksum that it was written with")
	}
	n := uint64(binary.LittleEndian.Uint32(b[12:]))
	body = body[tablePrefix:]
	if n > uint64(len(body)) {
		return bad("a header of %d bytes in %d", n, len(body))
	}
	if err := json.Unmarshal(body[:n], &h); err != nil {
		return bad("header: %v", err)
	}
	body = body[n:]
	cols := len(h.Columns)
	if cols == 0 || len(body)%(8*cols) != 0 || len(body)/(8*cols) != h.Rows {
		return bad("%d bytes of columns, the header says %d rows of %d columns", len(body), h.Rows, cols)
	}
	all := make([]float64, h.Rows*cols)
	for i := range all {
		all[i] = math.Float64frombits(binary.LittleEndian.Uint64(body[8*i:]))
	}
	columns = make([][]float64, cols)
	for i := range columns {
		columns[i] = all[i*h.Rows : (i+1)*h.Rows : (i+1)*h.Rows]
	}
	return h, columns, hex.EncodeToString(trailer), nil
}

// readTable opens the file of a table that name imports.
func readTable(path, name string) (h tableHeader, columns [][]float64, hash string, err error) {
	again := fmt.Sprintf("run amoeba data import %s --from DIR", name)
	b, err := readFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return h, nil, "", fmt.Errorf("%s is not imported: %s: %w", name, again, err)
	}
	if err == nil {
		h, columns, hash, err = decodeTable(b)
		if err == nil && h.Table != name {
			err = fmt.Errorf("the table %q, want %q", h.Table, name)
		}
		if err != nil {
			err = fmt.Errorf("%s: damaged: %w: %s again: %w", path, err, again, evolve.ErrInvalid)
		}
	}
	return h, columns, hash, err
}

// readFile reads a regular file of at most fileMax bytes.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file: %w", path, evolve.ErrInvalid)
	}
	if size := info.Size(); size > fileMax {
		return nil, fmt.Errorf("%s: %d bytes, want a file of at most %d: %w", path, size, fileMax, evolve.ErrInvalid)
	}
	b := make([]byte, info.Size())
	if _, err := io.ReadFull(f, b); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return b, nil
}
