// Package usertable reads a person's own benchmark: a table of one row a training run, as
// CSV, CSV in gzip or Parquet, with these columns in any order:
//
//	arch      text, the space's notation or its genome
//	val       the metric on validation data
//	test      the metric on test data; optional
//	cost      seconds; optional
//	fidelity  epochs, a whole number above 0; optional
//	seed      of the run, a whole number from 0; optional, tells repeats apart
//
// Rows whose architectures have the same canonical form are of one architecture, however they
// are written; of nb201 alone isomorphic cells are told apart. Two rows of one architecture,
// fidelity and seed are one if their numbers are equal, and refused if not.
//
// Every other column of numbers is kept as a further one; every other column of text is
// ignored and named in the table's notes. A cell of test, cost or a further column may be
// empty; in Parquet that is null or NaN.
package usertable

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"path/filepath"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/durable"
)

// Options say how a table is to be understood.
type Options struct {
	Space evolve.Space
	// Percent says which of val and test are per cent, the others being fractions: one of Units.
	// Under auto, also "", a column is per cent when it has values above 1; one that has others
	// strictly between 0 and 1 as well is refused. 0 and 1 decide nothing: a column that has only
	// these is read as the other one is, or else as fractions. Metrics that are neither, such as
	// a loss, are read as they are.
	Percent string
	// Metric is what val and test hold, as people print it but for per cent: of a perplexity
	// the perplexity itself, not its logarithm.
	Metric evolve.Metric
}

// Table is what a file says, checked: every architecture has every fidelity.
type Table struct {
	Archs                   []evolve.Arch //
	Epochs                  []int         // fidelities, rising; [0] where the file has none
	Repeats                 int           // most rows of one architecture at one fidelity
	Rows                    int
	PercentVal, PercentTest bool     // were read as per cent
	Extra                   []Column // further columns, in the order of the file
	Notes                   []string // what a person should know of how the file was read, a line each
	Hash                    string   // hexadecimal SHA-256 of the file's bytes

	file            string
	val, test, cost []float64 // by fidelity, architecture and rising seed
	start           []int32   // where the rows of fidelity f and architecture a begin: [f·len(Archs)+a]
	columns         []string  // test, cost and the further ones, where the file has them
	lacks           []error   // for each of columns, where the first empty cell is; nil for none
}

// Column is a further column: for each architecture the mean over its repeats at the last
// fidelity, NaN where there is none.
type Column struct {
	Name   string
	Values []float64
}

// Val returns the validation losses of an architecture's repeats, by rising seed. Fidelity
// and arch are indexes into Epochs and Archs. The slice is the table's own.
func (t *Table) Val(fidelity, arch int) []float64 { return t.of(t.val, fidelity, arch) }

// Test returns the test losses, in the order of Val; NaN for an empty cell, nil without a
// column test.
func (t *Table) Test(fidelity, arch int) []float64 { return t.of(t.test, fidelity, arch) }

// Cost returns the seconds, in the order of Val; NaN for an empty cell, nil without a
// column cost.
func (t *Table) Cost(fidelity, arch int) []float64 { return t.of(t.cost, fidelity, arch) }

func (t *Table) of(xs []float64, fidelity, arch int) []float64 {
	if xs == nil {
		return nil
	}
	i := fidelity*len(t.Archs) + arch
	from, to := t.start[i], t.start[i+1]
	return xs[from:to:to]
}

// Complete is nil when a column, test, cost or a further one, has a value in every row that a
// benchmark would take it from: cost in all, the others at the last fidelity. Else the error
// names the first row that lacks it.
func (t *Table) Complete(column string) error {
	for i, name := range t.columns {
		if name == column {
			return t.lacks[i]
		}
	}
	return evolve.Unknown("column of "+t.file, column, t.columns)
}

// Mean is the mean of the values that are there; NaN for none.
func Mean(xs []float64) float64 {
	sum, n := 0.0, 0
	for _, x := range xs {
		if !math.IsNaN(x) {
			sum += x
			n++
		}
	}
	return sum / float64(n)
}

// limits keep the memory that a file takes below a few times its greatest size.
type limits struct {
	rows    int
	bytes   int64 // of the file, and of what it unpacks to
	record  int   // bytes of one CSV record
	numbers int   // values of all columns of numbers together
}

// 5 million rows are ten times the largest published table, NAS-Bench-101 with its 423,624
// cells. A record of 16 MiB holds the longest genome, a million bits, and much besides.
var defaultLimits = limits{rows: 5_000_000, bytes: 1 << 30, record: 16 << 20, numbers: 1 << 27}

// Read reads and checks a file. What the bytes begin with decides the format, not the name.
// Errors name the file with the line (the row, in Parquet, counted from 1) and the column;
// those of its content wrap evolve.ErrInvalid, a missing column evolve.ErrUnknown.
func Read(path string, o Options) (*Table, error) {
	f, size, err := durable.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readFrom(path, f, size, o, defaultLimits)
}

const (
	magicParquet = "PAR1"
	magicGzip    = "\x1f\x8b"
	magicBOM     = "\ufeff" // of UTF-8; spreadsheets put it in front of CSV
)

func readFrom(name string, src io.ReaderAt, size int64, o Options, lim limits) (*Table, error) {
	if size > lim.bytes {
		return nil, fmt.Errorf("%s: %d bytes, at most %d are read: %w", name, size, lim.bytes, evolve.ErrInvalid)
	}
	whole := func() io.Reader { return io.NewSectionReader(src, 0, size) }
	sum := sha256.New()
	if _, err := io.Copy(sum, whole()); err != nil {
		return nil, err
	}
	var head [len(magicParquet)]byte
	if _, err := src.ReadAt(head[:], 0); err != nil && err != io.EOF {
		return nil, err
	}
	b, err := newBuilder(name, o, lim)
	if err != nil {
		return nil, err
	}
	switch {
	case string(head[:]) == magicParquet:
		err = b.readParquet(src, size)
	case bytes.HasPrefix(head[:], []byte(magicGzip)):
		err = b.readGzip(whole())
	case strings.EqualFold(filepath.Ext(name), ".parquet"):
		err = b.fail("no Parquet file: its first bytes are %q, want %q", head[:], magicParquet)
	case strings.EqualFold(filepath.Ext(name), ".gz"):
		err = b.fail("no gzip file: its first bytes are %q, want %q", head[:len(magicGzip)], magicGzip)
	default:
		err = b.readCSV(whole())
	}
	if err != nil {
		return nil, err
	}
	t, err := b.finish()
	if err != nil {
		return nil, err
	}
	t.Hash = hex.EncodeToString(sum.Sum(nil))
	return t, nil
}

// readGzip reads CSV in gzip.
func (b *builder) readGzip(r io.Reader) error {
	z, err := gzip.NewReader(r)
	if err != nil {
		return b.fail("damaged gzip: %w", err)
	}
	return b.readCSV(unzipped{z})
}

// unzipped tells damage from what the disk may say.
type unzipped struct{ z *gzip.Reader }

func (u unzipped) Read(p []byte) (int, error) {
	n, err := u.z.Read(p)
	var disk *fs.PathError
	if err != nil && err != io.EOF && !errors.As(err, &disk) {
		err = invalid(fmt.Errorf("damaged gzip: %w", err))
	}
	return n, err
}
