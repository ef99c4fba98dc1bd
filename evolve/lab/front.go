package lab

import (
	"bytes"
	"encoding/csv"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// FrontFile has the fronts of all runs, a row a point: which trial of which run found which architecture, and its
// objectives in their units, the first as it is reported.
const FrontFile = "front.csv"

// frontColumns begin the file's rows, in front of the objectives.
var frontColumns = []string{"algorithm", "run", "trial", "arch"}

// HasFronts says whether an experiment kept the fronts of its runs: there are several objectives.
func (o *Outcome) HasFronts() bool { return len(o.Objectives) > 1 && o.Spec.Record != "none" }

// WriteFronts writes [FrontFile] into the folder of a finished experiment and returns its path.
func (o *Outcome) WriteFronts(dir string) (string, error) {
	path := filepath.Join(dir, FrontFile)
	return path, Files[FrontFile].WriteBytes(path, frontText(o.Set))
}

// frontText is the file.
func frontText(s *trace.Set) []byte {
	rows := [][]string{slices.Concat(frontColumns, evolve.ObjectiveNames(s.Objectives))}
	for i := range s.Arms {
		a := &s.Arms[i]
		for run := range a.Runs {
			for _, p := range s.Front(&a.Runs[run], run) {
				row := []string{a.Label, strconv.Itoa(run), strconv.FormatInt(p.Entry.Trial, 10), p.Entry.Arch}
				for k, x := range p.Values {
					row = append(row, strconv.FormatFloat(s.Objectives[k].Value(x), 'g', -1, 64))
				}
				rows = append(rows, row)
			}
		}
	}
	var text bytes.Buffer
	_ = csv.NewWriter(&text).WriteAll(rows) // a buffer takes all
	return text.Bytes()
}
