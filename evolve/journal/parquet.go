package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/parquet-go/parquet-go"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Incumbent is a row of incumbents.parquet: one for every improvement of the best loss
// seen so far, and one more at each run's end (Final), which repeats the last incumbent
// with the run's number of trials and clock. Errors are fractions.
type Incumbent struct {
	Algo      string  `parquet:"algo,dict"`
	Run       int32   `parquet:"run"`        // 0.. within the algorithm
	Trial     int64   `parquet:"trial"`      // trials told so far, this one included
	Seconds   float64 `parquet:"seconds"`    // simulated clock
	Arch      string  `parquet:"arch,dict"`  // compact genome
	Loss      float64 `parquet:"loss"`       // as the searcher saw it
	ValError  float64 `parquet:"val_error"`  // after the full schedule
	TestError float64 `parquet:"test_error"` // after the full schedule
	Final     bool    `parquet:"final"`
}

// Trial is a row of trials-*.parquet: one an outcome, in the order told.
type Trial struct {
	Algo    string  `parquet:"algo,dict"`
	Run     int32   `parquet:"run"`
	Trial   int64   `parquet:"trial"`
	Arch    string  `parquet:"arch,dict"`
	Epochs  int32   `parquet:"epochs"` // 0 = the benchmark's
	Parent1 int64   `parquet:"parent1"`
	Parent2 int64   `parquet:"parent2"`
	Loss    float64 `parquet:"loss"` // +Inf when failed
	Cost    float64 `parquet:"cost"`
	Start   float64 `parquet:"start"`
	End     float64 `parquet:"end"`
	Failed  bool    `parquet:"failed"`
}

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
		return nil, errors.New("it holds other columns")
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
	return fmt.Errorf("%s: not a readable Parquet journal (%w); delete it and resume the experiment to make it anew: %w", path, err, evolve.ErrInvalid)
}

// TrialWriter streams outcomes to a Parquet file in bounded memory.
type TrialWriter struct {
	w    *parquet.GenericWriter[Trial]
	seal *sealer
	rows []Trial
	algo string
	run  int32
}

// NewTrialWriter writes to w, sealed as Write does.
func NewTrialWriter(w io.Writer, of, algo string) *TrialWriter {
	s := newSealer(w, of)
	return &TrialWriter{w: parquet.NewGenericWriter[Trial](s, options()...), seal: s, rows: make([]Trial, 0, 1024), algo: algo}
}

// Run sets the run that the following outcomes belong to.
func (t *TrialWriter) Run(run int) { t.run = int32(run) }

// TrialOf is the row of an outcome.
func TrialOf(algo string, run int32, o *evolve.Outcome) Trial {
	return Trial{Algo: algo, Run: run, Trial: int64(o.ID), Arch: string(o.Arch), Epochs: int32(o.Epochs),
		Parent1: int64(o.Parents[0]), Parent2: int64(o.Parents[1]), Loss: o.Loss, Cost: o.Cost, Start: o.Start, End: o.End, Failed: o.Err != nil}
}

// Record adds an outcome.
func (t *TrialWriter) Record(o *evolve.Outcome) error {
	t.rows = append(t.rows, TrialOf(t.algo, t.run, o))
	if len(t.rows) == cap(t.rows) {
		return t.flush()
	}
	return nil
}

func (t *TrialWriter) flush() error {
	_, err := t.w.Write(t.rows)
	t.rows = t.rows[:0]
	return err
}

// Close writes what is left and the footer.
func (t *TrialWriter) Close() error {
	if err := t.flush(); err != nil {
		return err
	}
	return t.seal.close(t.w.Close)
}
