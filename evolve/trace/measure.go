package trace

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/words"
)

// Measure is a number of a run at each of its steps.
type Measure struct {
	Name  string // as options name it: val, test, regret, test-regret; error, params, …, hypervolume
	What  string // in a few words, such as "validation regret"
	Unit  string // such as "%"; "" for none
	Label string // of an axis: in more words, with the unit
	Falls bool   // lower is better
	// Regret is how much worse than the best known: 0 is perfect, and a logarithm tells small ones apart.
	Regret bool
	Best   float64 // the best value known of the benchmark; NaN where none is
	Top    float64 // the highest value there can be, such as 100 %; NaN for none
	Front  bool    // of the whole front, which changes at every entry of a run, and not of its incumbent
	// At is the value after a step of a run, or at the number of steps that after all, which an incumbent has even
	// where no steps are recorded. NaN where nothing was found.
	At func(r *Run, step int) float64
}

// Number is a value as a sentence says it.
func (m Measure) Number(x float64) string { return strings.TrimSpace(fmt.Sprintf("%g %s", x, m.Unit)) }

// Steps are where the measure of a run can change.
func (m Measure) Steps(r *Run) []journal.Entry {
	if m.Front {
		return r.Entries
	}
	return r.Steps
}

// row is a step of a run, or its end.
func (r *Run) row(step int) *journal.Entry {
	if step == len(r.Steps) {
		return &r.Final
	}
	return &r.Steps[step]
}

// End is the value at a run's end.
func (m Measure) End(r *Run) float64 { return m.At(r, len(m.Steps(r))) }

// Better says whether a value is better than another.
func (m Measure) Better(a, b float64) bool {
	if m.Falls {
		return a < b
	}
	return a > b
}

// Ends are the values at the ends of the runs, NaN of one that found nothing and of one that ended before its first
// full training.
func (a Arm) Ends(m Measure) []float64 {
	xs := make([]float64, len(a.Runs))
	for i := range a.Runs {
		if xs[i] = m.End(&a.Runs[i]); a.Runs[i].Partial {
			xs[i] = math.NaN()
		}
	}
	return xs
}

// Measures are the numbers that a run of this experiment has, the same names for every experiment: of the incumbent
// after the full schedule its validation and its test result, and how far these are from the best of the benchmark.
// With several objectives there are also the best of each in the front, by the objective's name, and as far as they are
// known the hypervolume, its gap, the points of the exact front and the distance from it.
func (s *Set) Measures() []Measure { return append(s.results(), s.objectiveMeasures()...) }

// results are the measures val, test, regret and test-regret.
func (s *Set) results() []Measure {
	m := s.About.Metric
	result := func(name, what string, best float64, of func(*journal.Entry) float64) (value, regret Measure) {
		value = Measure{Name: name, What: what + " " + m.Name(), Unit: m.Unit(), Falls: m.Falls(),
			Best: m.Value(best), Top: math.NaN(),
			At: func(r *Run, step int) float64 { return m.Value(of(r.row(step))) }}
		value.Label = words.InUnit(value.What+" of the "+s.Spec.Incumbent(), value.Unit)
		unit := m.Name()
		if m.Unit() == "%" {
			value.Top, unit = 100, "% points"
		}
		regret = Measure{Name: "regret", What: what + " regret", Unit: unit,
			Falls: true, Regret: true, Best: math.NaN(), Top: math.NaN(),
			At: func(r *Run, step int) float64 { return m.Regret(value.At(r, step), value.Best) }}
		regret.Label = words.InUnit(regret.What, unit)
		if m.Unit() != "" && m.Unit() != "%" {
			regret.Unit = m.Unit()
			regret.Label = words.InUnit(regret.What+" of "+m.Name(), regret.Unit)
		}
		if !math.IsNaN(value.Best) {
			regret.Best = 0
		}
		return value, regret
	}
	val, regret := result("val", "validation", s.About.BestVal, func(r *journal.Entry) float64 { return r.ValError })
	test, testRegret := result("test", "test", s.About.BestTest, func(r *journal.Entry) float64 { return r.TestError })
	testRegret.Name = "test-regret"
	return []Measure{val, test, regret, testRegret}
}

// Measure is one of [Set.Measures] by its name, which must be known.
func (s *Set) Measure(name string) (Measure, error) {
	var known []string
	for _, m := range s.Measures() {
		if m.Name == name {
			return m, nil
		}
		known = append(known, m.Name)
	}
	ofFronts := []string{HypervolumeMeasure, GapMeasure, IGDMeasure, PointsMeasure}
	if len(s.Objectives) > 1 && slices.Contains(ofFronts, name) {
		why := s.NoHypervolume()
		if why == "" {
			why = "the exact front of the benchmark is not known"
		}
		return Measure{}, fmt.Errorf("metric %s: %s: %w", name, why, evolve.ErrUnsupported)
	}
	return Measure{}, evolve.Unknown("metric", name, known)
}

// Validation is the measure val.
func (s *Set) Validation() Measure { return s.results()[0] }

// Test is the measure test.
func (s *Set) Test() Measure { return s.results()[1] }
