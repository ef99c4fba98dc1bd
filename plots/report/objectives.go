package report

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/stats"
)

// An Objective is what trials have a number of, as --json names it. The first is the loss.
type Objective struct {
	Name      string `json:"name"`
	Unit      string `json:"unit,omitempty"`
	Maximised bool   `json:"maximised,omitempty"` // more is better
	Exact     bool   `json:"exact,omitempty"`     // known without training
}

// A Further objective's number, in its unit.
type Further struct {
	Name  string          `json:"name"`
	Value number.Nullable `json:"value"`
	Unit  string          `json:"unit,omitempty"`
}

// objectivesOf are all objectives of an experiment.
func objectivesOf(o *lab.Outcome) []Objective {
	all := []Objective{}
	for _, x := range o.Objectives {
		all = append(all, Objective{x.Name, x.Unit, x.Maximised, x.Exact})
	}
	return all
}

// further are the objectives besides the loss.
func further(o *lab.Outcome) []evolve.Objective { return o.Objectives[min(1, len(o.Objectives)):] }

// furtherOf are the further objectives of what a run found; none where it found nothing.
func furtherOf(o *lab.Outcome, e *journal.Entry) (all []Further) {
	for i, x := range further(o) {
		if i < len(e.Others) {
			all = append(all, Further{x.Name, number.Nullable(x.Value(e.Others[i])), x.Unit})
		}
	}
	return all
}

// meansOf are the means of the further objectives over the runs that an algorithm is summed up by.
func meansOf(o *lab.Outcome, i int) (all []Further) {
	for k, x := range further(o) {
		var xs []float64
		for _, run := range o.Set.Arms[i].Summed().Runs {
			if k < len(run.Final.Others) {
				xs = append(xs, x.Value(run.Final.Others[k]))
			}
		}
		all = append(all, Further{x.Name, number.Nullable(stats.Describe(xs).Mean), x.Unit})
	}
	return all
}

// Objectives are the numbers of an architecture that a benchmark minimises, in their order, given the facts that it was
// queried for: the objective of training is what it reports after the full schedule. Of a benchmark that trains, that
// objective is not known before a training and left out.
func Objectives(b evolve.Benchmark, a evolve.Arch, facts []evolve.Fact) ([]Further, error) {
	all := []Further{}
	for _, o := range b.Problem().Objectives {
		if o.Trained() {
			if b.About().Trains() {
				continue
			}
			s, err := evolve.OfTraining(b).Score(&evolve.Trial{Proposal: evolve.Proposal{Arch: a}})
			if err != nil {
				return nil, err
			}
			all = append(all, Further{o.Name, number.Nullable(o.Value(s.Val)), o.Unit})
			continue
		}
		for _, f := range facts {
			if f.Name == o.Name {
				all = append(all, Further{o.Name, number.Nullable(f.Value), o.Unit})
			}
		}
	}
	return all, nil
}

// String is the number with its unit, as [evolve.Objective.Text] prints it.
func (f Further) String() string {
	if !number.Known(float64(f.Value)) {
		return "–"
	}
	return (&evolve.Objective{Unit: f.Unit}).Text(float64(f.Value))
}

// writeFurther prints the further objectives as a table.
func (r *Comparison) writeFurther(w io.Writer) error {
	if len(r.Ignored) == 0 {
		return nil
	}
	fmt.Fprintln(w, "\nFurther objectives of what was found, means of the runs (no algorithm here minimises them):")
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "  algorithm\t%s\t\n", strings.Join(r.Ignored, "\t"))
	for _, x := range r.Results {
		fmt.Fprintf(t, "  %s\t", x.Label)
		for _, f := range x.Others {
			fmt.Fprintf(t, "%s\t", f)
		}
		fmt.Fprintln(t)
	}
	return t.Flush()
}
