package trace

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/pareto"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/evolve/words"
)

// The names of the measures of whole fronts.
const (
	HypervolumeMeasure = "hypervolume"
	GapMeasure         = "hypervolume-gap"
	IGDMeasure         = "igd"
	PointsMeasure      = "exact-points"
)

// mostVolumes is the number of objectives up to which hypervolumes are computed. Of more they would take longer than
// searches.
const mostVolumes = 3

// Point is an architecture on the front of a run.
type Point struct {
	Run    int // from 0
	Entry  *journal.Entry
	Values []float64 // losses: the first as it is reported after the full schedule, the others as they were told
}

// Front is the front of a run, the Run of an arm, as it would be reported: of what no other beat as the searcher saw
// it, what no other beats as reported. Of equal points the first found is there. The order is that of the values.
func (s *Set) Front(r *Run, run int) []Point {
	w := walk{rule: s.Spec.Rule, entries: r.Entries}
	front := w.to(len(r.Entries) - 1)
	for i := range front {
		front[i].Run = run
	}
	return front
}

// Pooled is the front of all runs of an arm together.
func (s *Set) Pooled(a *Arm) []Point {
	var all []Point
	for i := range a.Runs {
		all = append(all, s.Front(&a.Runs[i], i)...)
	}
	return undominated(all)
}

// undominated are the points that no other beats, in the order of their values and of equal ones the first alone.
func undominated(points []Point) []Point {
	lacks := func(p Point) bool { return slices.ContainsFunc(p.Values, math.IsNaN) }
	points = slices.DeleteFunc(slices.Clone(points), lacks)
	slices.SortStableFunc(points, func(p, q Point) int { return slices.Compare(p.Values, q.Values) })
	points = slices.CompactFunc(points, func(p, q Point) bool { return slices.Equal(p.Values, q.Values) })
	first := pareto.First(valuesOf(points))
	for i, at := range first {
		points[i] = points[at]
	}
	return points[:len(first)]
}

func valuesOf(points []Point) [][]float64 {
	values := make([][]float64, len(points))
	for i, p := range points {
		values[i] = p.Values
	}
	return values
}

// walk goes along the entries of a run, from the first to the last.
type walk struct {
	rule    Rule
	entries []journal.Entry
	at      int     // entries that it has passed
	members []Point // of what it has passed, what no other beats as the searcher saw it
	front   []Point // the same as reported, of the step that was asked for last
}

// to is the front after an entry, of those that the archive compares: under the rule Highest those of the highest
// fidelity so far. Fidelities of entries only rise.
func (w *walk) to(step int) []Point {
	step = min(step, len(w.entries)-1)
	if step+1 < w.at { // back
		w.at, w.members = 0, nil
	}
	if step+1 == w.at {
		return w.front
	}
	for ; w.at <= step; w.at++ {
		e := &w.entries[w.at]
		if w.rule == Highest && w.at > 0 && e.Epochs > w.entries[w.at-1].Epochs {
			w.members = nil
		}
		if slices.ContainsFunc(w.members, func(p Point) bool {
			return noWorse(p.Entry.Loss, p.Entry.Others, e.Loss, e.Others)
		}) {
			continue // of searchers that tell their incumbents
		}
		w.members = slices.DeleteFunc(w.members, func(p Point) bool {
			return noWorse(e.Loss, e.Others, p.Entry.Loss, p.Entry.Others)
		})
		w.members = append(w.members, Point{Entry: e, Values: append([]float64{e.ValError}, e.Others...)})
	}
	w.front = undominated(w.members)
	return w.front
}

// NoHypervolume says why nothing is known of the hypervolumes of an experiment's fronts; "" where something is.
func (s *Set) NoHypervolume() string {
	var unknown []string
	for _, o := range s.Objectives {
		if math.IsNaN(o.Reference) {
			unknown = append(unknown, o.Name)
		}
	}
	switch n := len(s.Objectives); {
	case n < 2:
		return "there is one objective"
	case n > mostVolumes:
		return fmt.Sprintf("of %d objectives no hypervolume is computed, want at most %d", n, mostVolumes)
	case unknown != nil:
		return fmt.Sprintf("no reference point of %s is known: give one with the benchmark's option reference=, "+
			"a number of each objective with + between them", strings.Join(unknown, ", "))
	case s.Spec.Record == "none":
		return "record=none kept no fronts"
	}
	return ""
}

// Reference is the corner of the hypervolumes, as losses.
func (s *Set) Reference() []float64 {
	corner := make([]float64, len(s.Objectives))
	for i, o := range s.Objectives {
		corner[i] = o.Reference
	}
	return corner
}

// Unit is that of hypervolumes in the units of the objectives, "fraction × ms". A count's is what is counted.
func (s *Set) Unit() string {
	units := make([]string, len(s.Objectives))
	for i, o := range s.Objectives {
		units[i] = cmp.Or(o.Measured(), o.Name)
	}
	return strings.Join(units, " × ")
}

// ExactFront is the exact front of the benchmark, as losses in rising order; none where it is not known.
func (s *Set) ExactFront() [][]float64 {
	if s.Exact == nil || len(s.Objectives) < 2 {
		return nil
	}
	points, known := s.Exact()
	if !known {
		return nil
	}
	return points
}

// Volume is the hypervolume of points in the units of the objectives; NaN where [Set.NoHypervolume] says why.
func (s *Set) Volume(points [][]float64) float64 {
	if s.NoHypervolume() != "" {
		return math.NaN()
	}
	return stats.Hypervolume(points, s.Reference())
}

// objectiveMeasures are the numbers of fronts, none with one objective: of each objective the best loss that is in the
// front, as the searcher saw it, and, as far as they are known, the front's hypervolume, what it lacks of the exact
// front's, how many points of the exact front it has, and how far the front stays behind that.
func (s *Set) objectiveMeasures() (all []Measure) {
	if len(s.Objectives) < 2 {
		return nil
	}
	for i, o := range s.Objectives {
		what := "lowest " + o.Name
		if o.Maximised {
			what = "highest " + o.Name
		}
		unit := o.Measured()
		all = append(all, Measure{Name: o.Name, What: what, Unit: unit, Label: words.InUnit(what, unit),
			Falls: !o.Maximised, Front: true, Best: math.NaN(), Top: math.NaN(),
			At: func(r *Run, step int) float64 {
				best := math.NaN()
				for _, e := range s.compared(r, step) {
					if x := objective(&e, i); !math.IsNaN(x) && !(x >= best) {
						best = x
					}
				}
				return o.Value(best)
			}})
	}
	if s.Spec.Record == "none" {
		return all
	}
	f := fronts{set: s}
	known := s.NoHypervolume() == ""
	exact := s.ExactFront()
	whole := s.Volume(exact)
	switch {
	case known && whole > 0:
		share := func(points [][]float64) float64 { return s.Volume(points) / whole }
		all = append(all,
			f.measure(Measure{Name: HypervolumeMeasure, What: "hypervolume", Unit: "share", Best: 1, Top: 1,
				Label: "hypervolume (share of the exact front's)"}, share),
			f.measure(Measure{Name: GapMeasure, What: "hypervolume gap", Unit: "share", Falls: true, Regret: true,
				Best: 0, Top: math.NaN(), Label: "missing share of the exact front's hypervolume"},
				func(points [][]float64) float64 { return max(0, 1-share(points)) }))
	case known:
		all = append(all, f.measure(Measure{Name: HypervolumeMeasure, What: "hypervolume", Unit: s.Unit(),
			Best: math.NaN(), Top: math.NaN(), Label: "hypervolume (" + s.Unit() + ")"}, s.Volume))
	}
	if exact != nil {
		n := float64(len(exact))
		all = append(all, f.measure(Measure{Name: PointsMeasure, What: "points of the exact front", Best: n, Top: n,
			Label: fmt.Sprintf("points found of the %d of the exact front", len(exact))},
			func(points [][]float64) float64 { return onFront(points, exact) }))
	}
	if scale, ok := s.scale(exact); ok {
		front := scale(exact)
		all = append(all, f.measure(Measure{Name: IGDMeasure, What: "IGD+", Falls: true, Regret: true, Best: 0,
			Top: math.NaN(), Label: "IGD+ to the exact front"},
			func(points [][]float64) float64 { return stats.IGDPlus(scale(points), front) }))
	}
	return all
}

// onFront counts the points that are on the exact front, whose order is rising.
func onFront(points, exact [][]float64) (n float64) {
	for _, p := range points {
		if _, on := slices.BinarySearchFunc(exact, p, slices.Compare); on {
			n++
		}
	}
	return n
}

// scale maps losses so that the ideal point of the exact front is 0 and the reference point 1 everywhere. ok is false
// where either is not known, or the reference is no worse than the ideal.
func (s *Set) scale(exact [][]float64) (scale func([][]float64) [][]float64, ok bool) {
	if len(exact) == 0 {
		return nil, false
	}
	ideal, reference := slices.Clone(exact[0]), s.Reference()
	for _, p := range exact {
		for i, x := range p {
			ideal[i] = min(ideal[i], x)
		}
	}
	for i := range ideal {
		if !(reference[i] > ideal[i]) {
			return nil, false
		}
	}
	return func(points [][]float64) [][]float64 {
		scaled := make([][]float64, len(points))
		for k, p := range points {
			for i, x := range p {
				scaled[k] = append(scaled[k], (x-ideal[i])/(reference[i]-ideal[i]))
			}
		}
		return scaled
	}, true
}

// fronts remembers how far it has gone along the runs of a set: measures ask for one step after another.
type fronts struct {
	set *Set
	mu  sync.Mutex
	of  map[*journal.Entry]*walk // by a run's first entry
}

// measure is a measure of the reported values of fronts.
func (f *fronts) measure(m Measure, of func([][]float64) float64) Measure {
	m.Front = true
	m.At = func(r *Run, step int) float64 {
		if len(r.Entries) == 0 {
			return math.NaN()
		}
		return of(f.values(r, step))
	}
	return m
}

func (f *fronts) values(r *Run, step int) [][]float64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.of == nil {
		f.of = map[*journal.Entry]*walk{}
	}
	w := f.of[&r.Entries[0]]
	if w == nil {
		w = &walk{rule: f.set.Spec.Rule, entries: r.Entries}
		f.of[&r.Entries[0]] = w
	}
	return valuesOf(w.to(step))
}

// compared are the entries of a run up to a step that its archive still compares. Some may be beaten by later ones.
func (s *Set) compared(r *Run, step int) []journal.Entry {
	entries := r.Entries[:min(step+1, len(r.Entries))]
	if s.Spec.Rule == Any || len(entries) == 0 {
		return entries
	}
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
