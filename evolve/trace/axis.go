package trace

import (
	"fmt"
	"math"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
)

// Axis is a course of a search: what is counted from its beginning.
type Axis struct {
	Name  string // as options name it: trials, seconds, epochs, spent, full
	Label string
	At    func(*journal.Entry) float64
}

// Axes are the courses that a run of this experiment has, the same names for every experiment: trials, the clock of
// the run, and of all trials together the epochs that were trained and the seconds that were spent, however many
// workers shared them, and what these are in full trainings.
func (s *Set) Axes() []Axis {
	clock, measured := Clock(s.About, s.Spec.Workers), ""
	if s.About.Trains() {
		measured = ", measured"
	}
	spent := clock
	if s.About.Unpriced {
		spent = "queries"
	}
	return []Axis{
		{trialsAxis, "trials", func(r *journal.Entry) float64 { return float64(r.Trial) }},
		{"seconds", clock + measured, func(r *journal.Entry) float64 { return r.Seconds }},
		{"epochs", "epochs of all trials", func(r *journal.Entry) float64 { return float64(r.SpentEpochs) }},
		{"spent", spent + " of all workers" + measured, func(r *journal.Entry) float64 { return r.Spent }},
		{FullAxis, "full trainings", func(r *journal.Entry) float64 {
			cost, _ := s.fullCost()
			return r.Spent / cost
		}},
	}
}

const trialsAxis = "trials"

// FullAxis is the name of the axis that counts in full trainings.
const FullAxis = "full"

// fullCost are the seconds of a full training, NaN with an error where they are not known.
func (s *Set) fullCost() (float64, error) {
	if s.FullCost == nil {
		return math.NaN(), fmt.Errorf("what a full training takes is not known: %w", evolve.ErrUnsupported)
	}
	cost, err := s.FullCost()
	if err != nil {
		return math.NaN(), err
	}
	return cost, nil
}

// Axis is one of [Set.Axes] by its name, which must be known.
func (s *Set) Axis(name string) (Axis, error) {
	var known []string
	for _, x := range s.Axes() {
		if x.Name == name {
			var err error
			if name == FullAxis {
				if _, err = s.fullCost(); err != nil {
					err = fmt.Errorf("axis %s: %w", name, err)
				}
			}
			return x, err
		}
		known = append(known, x.Name)
	}
	return Axis{}, evolve.Unknown("axis", name, known)
}

// Trials is the axis trials.
func (s *Set) Trials() Axis { return s.Axes()[0] }

// Seconds is the axis seconds.
func (s *Set) Seconds() Axis { return s.Axes()[1] }

// End is where a run ends.
func (x Axis) End(r *Run) float64 { return x.At(&r.Final) }

// Totals are where the runs end.
func (a Arm) Totals(x Axis) []float64 {
	xs := make([]float64, len(a.Runs))
	for i := range a.Runs {
		xs[i] = x.End(&a.Runs[i])
	}
	return xs
}

// Span is where on an axis the first incumbent of all runs is found and where the last run ends; the first is +Inf
// where nothing was found.
func (s *Set) Span(x Axis) (first, last float64) {
	first = math.Inf(1)
	for _, a := range s.Arms {
		for i := range a.Runs {
			if r := &a.Runs[i]; len(r.Steps) > 0 {
				first, last = min(first, x.At(&r.Steps[0])), max(last, x.End(r))
			}
		}
	}
	return first, last
}
