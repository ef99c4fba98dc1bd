package report

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"io"
	"math"
	"strconv"

	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/trace"
	"github.com/amoeba-nas/amoeba/evolve/words"
)

// WriteTrials writes what was recorded of the runs of an experiment, a row each with the same fields: every trial
// where all are recorded, else the incumbents, whose last row of a run is its end. As CSV (RFC 4180) the header has the
// units; as JSON it is an object a line. What is not known is an empty field, or null. It holds the trials of a few
// runs at a time.
func WriteTrials(w io.Writer, s *trace.Set, asJSON bool) (rows int, err error) {
	out := newRecords(w, asJSON)
	for a := range s.Arms {
		arm := &s.Arms[a]
		for run := range arm.Runs {
			if s.RunTrials == nil {
				entries := arm.Runs[run].Entries
				for i := range entries {
					if err := out.write(incumbent(s, arm, run, &entries[i])); err != nil {
						return out.rows, err
					}
				}
				if err := out.write(incumbent(s, arm, run, &arm.Runs[run].Final)); err != nil {
					return out.rows, err
				}
				continue
			}
			trials, err := s.RunTrials(arm.Algo, run)
			if err != nil {
				return out.rows, err
			}
			for i := range trials {
				if err := out.write(trial(s, arm, run, &trials[i])); err != nil {
					return out.rows, err
				}
			}
		}
	}
	return out.rows, out.end()
}

// trial is a row of a trial. observed is what the searcher was told, in the unit of the metric.
func trial(s *trace.Set, arm *trace.Arm, run int, t *journal.Trial) []recordField {
	loss, epochs := float64(t.Loss), cmp.Or(int(t.Epochs), s.About.Epochs)
	if s.About.Shared {
		epochs = int(t.Epochs) // that it trained the shared weights for, which may be none
	}
	row := []recordField{
		{"label", "", arm.Label}, {"algorithm", "", arm.Algo}, {"run", "", run}, {"trial", "", int(t.ID)},
		{"arch", "", t.Arch}, {"epochs", "", epochs},
		{"from", "", known(t.From)}, {"trained", "", known(int64(t.Trained))},
		{"parent1", "", known(t.Parent1)}, {"parent2", "", known(t.Parent2)}, {"known", "", t.Known},
		{"seed", "", strconv.FormatUint(t.Seed, 10)}, {"loss", "", loss},
		{"observed", s.About.Metric.Unit(), s.About.Metric.Value(loss)},
	}
	row = append(row, others(s, t.Others)...)
	return append(row, recordField{"cost", "s", t.Cost}, recordField{"start", "s", t.Start},
		recordField{"end", "s", t.End}, recordField{"error", "", t.Error})
}

// incumbent is a row of an incumbent, or of a run's end.
func incumbent(s *trace.Set, arm *trace.Arm, run int, e *journal.Entry) []recordField {
	m := s.About.Metric
	row := []recordField{
		{"label", "", arm.Label}, {"algorithm", "", arm.Algo}, {"run", "", run}, {"trial", "", int(e.Trial)},
		{"seconds", "s", e.Seconds}, {"spent", "s", e.Spent}, {"spent_epochs", "", int(e.SpentEpochs)},
		{"arch", "", e.Arch}, {"epochs", "", cmp.Or(int(e.Epochs), s.About.Epochs)}, {"loss", "", e.Loss},
		{"observed", m.Unit(), m.Value(e.Loss)}, {"val", m.Unit(), m.Value(e.ValError)},
		{"test", m.Unit(), m.Value(e.TestError)},
	}
	row = append(row, others(s, e.Others)...)
	return append(row, recordField{"best", "", e.Best}, recordField{"final", "", e.Final})
}

// others are the further objectives, in their units.
func others(s *trace.Set, losses []float64) (row []recordField) {
	for i, o := range s.Objectives[min(1, len(s.Objectives)):] {
		x := math.NaN()
		if i < len(losses) {
			x = o.Value(losses[i])
		}
		row = append(row, recordField{o.Name, o.Measured(), x})
	}
	return row
}

// known is a number, or nil for 0, which stands for none.
func known(n int64) any {
	if n == 0 {
		return nil
	}
	return int(n)
}

// recordField is a value of a row: a text, a truth value, a whole number, a float64, or nil for what is not known.
type recordField struct {
	name, unit string
	value      any
}

// records writes rows that have the same fields.
type records struct {
	w    io.Writer
	csv  *csv.Writer // nil for JSON
	rows int
	line bytes.Buffer
}

func newRecords(w io.Writer, asJSON bool) *records {
	if asJSON {
		return &records{w: w}
	}
	return &records{w: w, csv: csv.NewWriter(w)}
}

func (r *records) write(row []recordField) error {
	r.rows++
	if r.csv == nil {
		return r.object(row)
	}
	if r.rows == 1 {
		var head []string
		for _, f := range row {
			head = append(head, words.InUnit(f.name, f.unit))
		}
		if err := r.csv.Write(head); err != nil {
			return err
		}
	}
	fields := make([]string, len(row))
	for i, f := range row {
		switch x := f.value.(type) {
		case string:
			fields[i] = x
		case int:
			fields[i] = strconv.Itoa(x)
		case bool:
			fields[i] = strconv.FormatBool(x)
		case float64:
			fields[i] = full(x)
		}
	}
	return r.csv.Write(fields)
}

// object writes a row as an object of JSON on a line, its keys in the order of the fields.
func (r *records) object(row []recordField) error {
	r.line.Reset()
	for i, f := range row {
		if x, ok := f.value.(float64); ok {
			f.value = number.Nullable(x)
		}
		name, err := json.Marshal(f.name)
		if err != nil {
			return err
		}
		value, err := json.Marshal(f.value)
		if err != nil {
			return err
		}
		r.line.WriteByte("{,"[min(i, 1)])
		r.line.Write(name)
		r.line.WriteByte(':')
		r.line.Write(value)
	}
	r.line.WriteString("}\n")
	_, err := r.w.Write(r.line.Bytes())
	return err
}

func (r *records) end() error {
	if r.csv == nil {
		return nil
	}
	r.csv.Flush()
	return r.csv.Error()
}
