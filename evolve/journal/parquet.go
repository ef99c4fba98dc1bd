package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/parquet-go/parquet-go"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Entry is a row of incumbents.parquet: one for every outcome that entered the archive of its run (trace.Archive),
// which is every improvement of the best or, with several objectives, every addition to the front; and one more at
// each run's end (Final), which repeats the best by loss with the run's totals. Errors are fractions where the metric
// rises.
type Entry struct {
	Algo        string    `parquet:"algo,dict"`
	Label       string    `parquet:"label,dict"`
	Run         int32     `parquet:"run"`          // 0.. within the algorithm
	Trial       int64     `parquet:"trial"`        // trials told so far, this one included
	Seconds     float64   `parquet:"seconds"`      // on the pool's clock, simulated or measured
	Spent       float64   `parquet:"spent"`        // seconds, the costs of all trials told so far: whatever the workers
	SpentEpochs int64     `parquet:"spent_epochs"` // epochs that these trials were trained for, resumed ones once
	Arch        string    `parquet:"arch,dict"`    // compact genome
	Epochs      int32     `parquet:"epochs"`       // of the schedule after which the searcher saw the loss
	Loss        float64   `parquet:"loss"`         // as the searcher saw it
	Others      []float64 `parquet:"others,list"`  // the further objectives, as the searcher saw them
	ValError    float64   `parquet:"val_error"`    // after the full schedule
	TestError   float64   `parquet:"test_error"`   // after the full schedule
	Best        bool      `parquet:"best"`         // its loss is the lowest so far; false of what else entered a front
	Final       bool      `parquet:"final"`
	Lost        int32     `parquet:"-"` // workers, of an end; a column where some were: see [WriteEntries]
}

// bereft is an Entry as it stands in a file some of whose runs lost workers: no other file has the column.
type bereft struct {
	Entry
	Workers int32 `parquet:"workers_lost"`
}

// Same says whether two rows are equal. Two NaN are.
func (e *Entry) Same(f *Entry) bool {
	return e.Algo == f.Algo && e.Label == f.Label && e.Run == f.Run && e.Trial == f.Trial && e.Arch == f.Arch &&
		e.Epochs == f.Epochs && e.SpentEpochs == f.SpentEpochs && e.Best == f.Best && e.Final == f.Final &&
		e.Lost == f.Lost &&
		slices.EqualFunc(e.numbers(), f.numbers(), same)
}

// numbers are the columns that may be NaN.
func (e *Entry) numbers() []float64 {
	return append([]float64{e.Seconds, e.Spent, e.Loss, e.ValError, e.TestError}, e.Others...)
}

func same(a, b float64) bool { return a == b || a != a && b != b }

// Rows a group: pandas and duckdb read a group at a time, and so much is held when writing.
const groupRows = 1 << 18

// Every option is named so that the bytes depend on the rows alone.
func options() []parquet.WriterOption {
	return []parquet.WriterOption{
		parquet.Compression(&parquet.Zstd),
		parquet.CreatedBy("amoeba", "1", ""),
		parquet.MaxRowsPerRowGroup(groupRows),
	}
}

// Write writes rows as one Parquet file, sealed as part of what of names, such as an
// experiment: read as part of anything else it counts as damaged.
func Write[T any](w io.Writer, of string, rows []T) error {
	s := newSealer(w, of)
	pw := parquet.NewGenericWriter[T](s, options()...)
	if _, err := pw.Write(rows); err != nil {
		return err
	}
	return s.close(pw.Close)
}

// WriteEntries is Write of entries, with a column workers_lost where there is one to tell of.
func WriteEntries(w io.Writer, of string, rows []Entry) error {
	if !slices.ContainsFunc(rows, func(e Entry) bool { return e.Lost != 0 }) {
		return Write(w, of, rows)
	}
	with := make([]bereft, len(rows))
	for i, e := range rows {
		with[i] = bereft{e, e.Lost}
	}
	return Write(w, of, with)
}

// ReadEntries reads what [WriteEntries] wrote.
func ReadEntries(path, of string) ([]Entry, error) {
	rows, err := Read[Entry](path, of)
	if !errors.Is(err, errColumns) {
		return rows, err
	}
	with, err := Read[bereft](path, of)
	if err != nil {
		return nil, err
	}
	rows = make([]Entry, len(with))
	for i := range with {
		rows[i] = with[i].Entry
		rows[i].Lost = with[i].Workers
	}
	return rows, nil
}

// Read reads a whole Parquet file of rows that was written as part of what of names. Damage is
// an error that names the file.
func Read[T any](path, of string) ([]T, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	rows, err := parse[T](text, of)
	if err != nil {
		return nil, damaged(path, err)
	}
	return rows, nil
}

var errColumns = errors.New("it holds other columns")

// parse reads the bytes of a file. The library behind it trusts them, so the seal comes first.
func parse[T any](text []byte, of string) ([]T, error) {
	if err := checkSeal(text, of); err != nil {
		return nil, err
	}
	pf, err := parquet.OpenFile(bytes.NewReader(text), int64(len(text)))
	if err != nil {
		return nil, err
	}
	if got, want := pf.Schema().String(), parquet.SchemaOf(new(T)).String(); got != want {
		return nil, errColumns
	}
	r := parquet.NewGenericReader[T](pf)
	defer r.Close()
	rows := make([]T, r.NumRows())
	for n := 0; n < len(rows); {
		k, err := r.Read(rows[n:])
		n += k
		if err != nil && (err != io.EOF || n < len(rows)) {
			return nil, err
		}
	}
	return rows, nil
}

// Check says whether a file is whole, as it was written, and part of what of names.
func Check(path, of string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := checkSeal(text, of); err != nil {
		return damaged(path, err)
	}
	return nil
}

func damaged(path string, err error) error {
	if errors.Is(err, errOldSeal) {
		return fmt.Errorf("%s: %w: %w", path, err, evolve.ErrInvalid)
	}
	return fmt.Errorf("%s: not a readable Parquet journal (%w); "+
		"move it away and resume the experiment to make it anew: %w", path, err, evolve.ErrInvalid)
}

// TrialWriter streams outcomes to a Parquet file in bounded memory.
type TrialWriter struct {
	w    *parquet.GenericWriter[Trial]
	seal *sealer
	rows []Trial
	// The further objectives of these rows: an outcome's own are valid only while it is recorded.
	others      []float64
	algo, label string
	run         int32
}

// NewTrialWriter writes to w, sealed as Write does.
func NewTrialWriter(w io.Writer, of, algo, label string) *TrialWriter {
	s := newSealer(w, of)
	return &TrialWriter{w: parquet.NewGenericWriter[Trial](s, options()...), seal: s, rows: make([]Trial, 0, 1024),
		algo: algo, label: label}
}

// Run sets the run that the following outcomes belong to.
func (t *TrialWriter) Run(run int) { t.run = int32(run) }

// Record adds an outcome.
func (t *TrialWriter) Record(o *evolve.Outcome) error {
	row := TrialOf(t.algo, t.label, t.run, o)
	if n := len(t.others); len(o.Others) > 0 {
		t.others = append(t.others, o.Others...)
		row.Others = t.others[n:len(t.others):len(t.others)]
	}
	t.rows = append(t.rows, row)
	if len(t.rows) == cap(t.rows) {
		return t.flush()
	}
	return nil
}

func (t *TrialWriter) flush() error {
	_, err := t.w.Write(t.rows)
	t.rows, t.others = t.rows[:0], t.others[:0]
	return err
}

// Close writes what is left and the footer.
func (t *TrialWriter) Close() error {
	if err := t.flush(); err != nil {
		return err
	}
	return t.seal.close(t.w.Close)
}
