package trace

import (
	"math"
	"sync"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/stats"
)

// HypervolumeMeasure is the name of the measure of whole fronts.
const HypervolumeMeasure = "hypervolume"

// objectiveMeasures are the numbers of fronts, none with one objective: of each objective the best loss that is in the
// front, as the searcher saw it, and the front's hypervolume.
func (s *Set) objectiveMeasures() (all []Measure) {
	if len(s.Objectives) < 2 {
		return nil
	}
	for i, o := range s.Objectives {
		what := "lowest " + o.Name
		if o.Maximised {
			what = "highest " + o.Name
		}
		unit := o.Unit
		if unit == evolve.UnitCount { // the name says of what
			unit = ""
		}
		all = append(all, Measure{Name: o.Name, What: what, Unit: unit, Label: what + inUnit(" (", unit, ")"),
			Falls: !o.Maximised, Front: true, Best: math.NaN(), Top: math.NaN(),
			At: func(r *Run, step int) float64 {
				best := math.NaN()
				for _, e := range s.front(r, step) {
					if x := objective(&e, i); !math.IsNaN(x) && !(x >= best) {
						best = x
					}
				}
				return o.Value(best)
			}})
	}
	box := sync.OnceValues(s.box)
	return append(all, Measure{Name: HypervolumeMeasure, What: "hypervolume", Unit: "share",
		Label: "hypervolume of the front (share)", Front: true, Best: math.NaN(), Top: 1,
		At: func(r *Run, step int) float64 {
			front := s.front(r, step)
			if len(front) == 0 {
				return math.NaN()
			}
			ideal, reference := box()
			return stats.Hypervolume(scaled(front, ideal, reference), ones(len(ideal)))
		}})
}

// front are the entries of a run up to a step that its archive still compares: under the rule Highest those of the
// highest fidelity. Some may be beaten by later ones.
func (s *Set) front(r *Run, step int) []journal.Entry {
	entries := r.Entries[:min(step+1, len(r.Entries))]
	if s.Spec.Rule == Any || len(entries) == 0 {
		return entries
	}
	// Fidelities of entries only rise.
	from := len(entries) - 1
	for from > 0 && entries[from-1].Epochs == entries[from].Epochs {
		from--
	}
	return entries[from:]
}

// objective is the i-th objective of an entry, as a loss.
func objective(e *journal.Entry, i int) float64 {
	switch {
	case i == 0:
		return e.Loss
	case i <= len(e.Others):
		return e.Others[i-1]
	}
	return math.NaN()
}

// box is what hypervolumes are shares of: from the ideal to the reference point of the objectives, and where these are
// not known from the best to the worst loss that any run of the experiment met.
func (s *Set) box() (ideal, reference []float64) {
	for i, o := range s.Objectives {
		low, high := o.Ideal, o.Reference
		for _, a := range s.Arms {
			for _, r := range a.Runs {
				for k := range r.Entries {
					x := objective(&r.Entries[k], i)
					if math.IsNaN(o.Ideal) && !(x >= low) {
						low = x
					}
					if math.IsNaN(o.Reference) && !(x <= high) {
						high = x
					}
				}
			}
		}
		ideal, reference = append(ideal, low), append(reference, high)
	}
	return ideal, reference
}

// scaled maps the objectives of entries so that the ideal point is 0 and the reference point 1 everywhere. An
// objective in which all are equal counts as ideal.
func scaled(entries []journal.Entry, ideal, reference []float64) [][]float64 {
	points := make([][]float64, len(entries))
	for k := range entries {
		for i := range ideal {
			x := 0.0
			if reference[i] > ideal[i] {
				x = max(0, (objective(&entries[k], i)-ideal[i])/(reference[i]-ideal[i]))
			}
			points[k] = append(points[k], x)
		}
	}
	return points
}

func ones(n int) []float64 {
	xs := make([]float64, n)
	for i := range xs {
		xs[i] = 1
	}
	return xs
}
