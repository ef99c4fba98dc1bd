package lab

import (
	"encoding/csv"
	"io"
	"path/filepath"
	"strconv"

	"github.com/amoeba-nas/amoeba/evolve"
)

// FrontFile has the fronts of all runs, a row a point: which trial of which run found which architecture, and its
// objectives in their units, the first as it is reported.
const FrontFile = "front.csv"

// frontHead begins the file.
const frontHead = "algorithm,run,trial,arch,"

// HasFronts says whether an experiment kept the fronts of its runs: there are several objectives.
func (o *Outcome) HasFronts() bool { return len(o.Objectives) > 1 && o.Spec.Record != "none" }

// WriteFronts writes [FrontFile] into the folder of a finished experiment and returns its path.
func (o *Outcome) WriteFronts(dir string) (string, error) {
	path := filepath.Join(dir, FrontFile)
	return path, Files[FrontFile].Write(path, func(w io.Writer) error {
		c := csv.NewWriter(w)
		head := []string{"algorithm", "run", "trial", "arch"}
		rows := [][]string{append(head, evolve.ObjectiveNames(o.Objectives)...)}
		for i := range o.Set.Arms {
			a := &o.Set.Arms[i]
			for run := range a.Runs {
				for _, p := range o.Set.Front(&a.Runs[run], run) {
					row := []string{a.Label, strconv.Itoa(run), strconv.FormatInt(p.Entry.Trial, 10), p.Entry.Arch}
					for k, x := range p.Values {
						row = append(row, strconv.FormatFloat(o.Objectives[k].Value(x), 'g', -1, 64))
					}
					rows = append(rows, row)
				}
			}
		}
		return c.WriteAll(rows)
	})
}
