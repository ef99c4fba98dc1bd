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
	"path/filepath"
	"strings"

	"github.com/amoeba-nas/amoeba/data/parquet"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/durable"
)

// Options say how a table is to be understood.
type Options struct {
	Space evolve.Space
	// Columns says which columns of the file are which of ours where they have other names:
	// val:valid_acc+arch:arch_str. "" or NoColumns: none has.
	Columns string
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

// NoColumns is the value of Options.Columns for a file whose columns have our names.
const NoColumns = "none"

// limits keep the memory that a file takes below a few times its greatest size, and that of a
// small file small.
type limits struct {
	rows    int
	bytes   int64 // of the file, of what it unpacks to, and of what that decodes to
	small   int64 // of what any Parquet file may unpack and decode to, besides maxPacked times its size
	record  int   // bytes of one CSV record, or of the texts of a row of Parquet
	numbers int   // values of all columns of numbers together
}

// 5 million rows are ten times the largest published table, NAS-Bench-101 with its 423,624
// cells. A record of 16 MiB holds the longest genome, a million bits, and much besides.
var defaultLimits = limits{rows: 5_000_000, bytes: 1 << 30, small: 64 << 20, record: 16 << 20, numbers: 1 << 27}

// maxPacked is how many bytes of cells a byte of Parquet may stand for. In a table of the 15,625
// cells of NAS-Bench-201 with 36 sorted rows each, dictionaries and zstd, it stands for 110, and
// for 270 where all have one score.
const maxPacked = 500

// maxColumns is a hundred times what a table of runs with all its hyperparameters has.
const maxColumns = 10_000

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
	magicGzip = "\x1f\x8b"
	magicBOM  = "\ufeff" // of UTF-8; spreadsheets put it in front of CSV
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
	var head [len(parquet.Magic)]byte
	if _, err := src.ReadAt(head[:], 0); err != nil && err != io.EOF {
		return nil, err
	}
	b, err := newBuilder(name, o, lim)
	if err != nil {
		return nil, err
	}
	switch {
	case string(head[:]) == parquet.Magic:
		err = b.readParquet(src, size)
	case bytes.HasPrefix(head[:], []byte(magicGzip)):
		err = b.readGzip(whole())
	case strings.EqualFold(filepath.Ext(name), ".parquet"):
		err = b.fail("no Parquet file: its first bytes are %q, want %q", head[:], parquet.Magic)
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

// unzipped marks the errors of damaged gzip; errors of the disk pass as they are.
type unzipped struct{ z *gzip.Reader }

func (u unzipped) Read(p []byte) (int, error) {
	n, err := u.z.Read(p)
	var disk *fs.PathError
	if err != nil && err != io.EOF && !errors.As(err, &disk) {
		err = invalid(fmt.Errorf("damaged gzip: %w", err))
	}
	return n, err
}
