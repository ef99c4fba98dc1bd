package runs

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// row is the algorithms of a benchmark, of one folder or of several.
type row struct {
	name string
	of   []entry
}

// entry is an algorithm with the experiment that ran it.
type entry struct {
	set   *trace.Set
	arm   *trace.Arm
	label string
}

// refuse says why experiments cannot all be asked one question.
func refuse(sets []*trace.Set, q Question) error {
	for _, s := range sets {
		switch m, first := s.About.Metric.Name(), sets[0].About.Metric.Name(); {
		case m != first:
			return fmt.Errorf("%s is measured in %s and %s in %s: want experiments of one metric: %w", sets[0].Name,
				first, s.Name, m, evolve.ErrInvalid)
		case len(s.Arms) == 0 || !s.Any((*trace.Run).Found):
			return fmt.Errorf("%s: nothing was evaluated within the bounds: %w", s.Name, evolve.ErrInvalid)
		case s.Spec.Record == "none" && (q.Of != End || !math.IsNaN(q.At)):
			return fmt.Errorf("%s holds the ends of its runs alone: want an experiment with --record incumbents: %w",
				s.Name, evolve.ErrInvalid)
		case s.About.Unpriced != sets[0].About.Unpriced && q.Axis != "trials":
			return fmt.Errorf("of %s and %s only one knows seconds: want --x trials: %w", sets[0].Name, s.Name,
				evolve.ErrInvalid)
		}
	}
	return nil
}

// rowOf is the number of the row that an experiment's algorithms stand on, len(rows) of a new one: that of its
// benchmark, or of one with other algorithms whose networks are trained alike, where test results at the end are
// compared. Validation results are not alike where one chose among trials by them and the other did not, as a search on
// shared weights does not.
func (q Question) rowOf(s *trace.Set, rows []row) int {
	k := slices.IndexFunc(rows, func(r row) bool { return r.name == s.Spec.Benchmark })
	if k < 0 && q.Metric == "test" && q.Of == End && math.IsNaN(q.At) {
		k = slices.IndexFunc(rows, func(r row) bool {
			return alike(r.of[0].set, s) && !slices.ContainsFunc(r.of, func(e entry) bool {
				return slices.ContainsFunc(s.Arms, func(a trace.Arm) bool { return a.Label == e.label })
			})
		})
	}
	if k < 0 {
		return len(rows)
	}
	return k
}

// alike says whether the networks that two benchmarks report of are trained alike.
func alike(a, b *trace.Set) bool {
	return a.About.Protocol != "" && a.About.Protocol == b.About.Protocol
}

// rowsOf are the benchmarks with their algorithms, in one order of algorithms, which are the methods. Each benchmark
// must have all of them.
func rowsOf(sets []*trace.Set, q Question) (rows []row, methods []string, err error) {
	for _, s := range sets {
		k := q.rowOf(s, rows)
		if k == len(rows) {
			rows = append(rows, row{name: s.Spec.Benchmark})
		}
		for i := range s.Arms {
			rows[k].of = append(rows[k].of, entry{s, &s.Arms[i], s.Arms[i].Label})
		}
	}
	if len(rows) == 1 {
		rows[0].tellApart()
	}
	shorten(rows)
	for _, r := range rows {
		for i, e := range r.of {
			if k := slices.IndexFunc(r.of[:i], func(o entry) bool { return o.label == e.label }); k >= 0 {
				return nil, nil, fmt.Errorf("%s and %s both have an algorithm %s on %s: want each algorithm once: %w",
					r.of[k].set.Name, e.set.Name, e.label, r.name, evolve.ErrInvalid)
			}
			if !slices.Contains(methods, e.label) {
				methods = append(methods, e.label)
			}
		}
	}
	if len(methods) < 2 {
		return nil, nil, fmt.Errorf("%s holds one algorithm, %s: want at least two to compare: %w", sets[0].Name,
			methods[0], evolve.ErrInvalid)
	}
	for k := range rows {
		var ordered []entry
		for _, m := range methods {
			i := slices.IndexFunc(rows[k].of, func(e entry) bool { return e.label == m })
			if i < 0 {
				return nil, nil, fmt.Errorf("there are no runs of %s on %s: want each algorithm on each benchmark; "+
					"%s: %w", m, rows[k].name, advice(sets), evolve.ErrInvalid)
			}
			ordered = append(ordered, rows[k].of[i])
		}
		rows[k].of = ordered
	}
	return rows, methods, nil
}

// advice is what to do about algorithms that are not on all benchmarks.
func advice(sets []*trace.Set) string {
	for i, a := range sets {
		for _, b := range sets[:i] {
			if alike(a, b) && a.Spec.Benchmark != b.Spec.Benchmark {
				return fmt.Sprintf("%s and %s train the networks alike that they report of: --metric test compares "+
					"these at the end of runs", b.Spec.Benchmark, a.Spec.Benchmark)
			}
		}
	}
	return "--algo names those to compare"
}

// last is where the last run of a benchmark ends on a course, which all of its experiments have.
func (r *row) last(axis string) (last float64) {
	for _, e := range r.of {
		x, err := e.set.Axis(axis)
		if err != nil {
			continue
		}
		for i := range e.arm.Runs {
			last = max(last, x.End(&e.arm.Runs[i]))
		}
	}
	return last
}

// carried counts the runs of each algorithm that end before a point of the course: what they had found is taken to hold
// on up to there. A run that a bound on the course itself ends was watched up to the bound.
func (r *row) carried(axis string, to float64) string {
	var all []string
	for _, e := range r.of {
		x, err := e.set.Axis(axis)
		if err != nil {
			continue
		}
		bound := map[string]float64{"seconds": e.set.Spec.Budget, trace.FullAxis: e.set.Spec.Full,
			"epochs": float64(e.set.Spec.TotalEpochs)}[axis]
		n := 0
		for i := range e.arm.Runs {
			if run := &e.arm.Runs[i]; run.Found() && max(bound, x.End(run)) < to {
				n++
			}
		}
		if n > 0 {
			all = append(all, fmt.Sprintf("%d of %d of %s", n, len(e.arm.Runs), e.label))
		}
	}
	return strings.Join(all, ", ")
}

// shorten leaves the options out of the names of the benchmarks, where no two are then called the same.
func shorten(rows []row) {
	short := make([]string, len(rows))
	for k, r := range rows {
		short[k], _, _ = strings.Cut(r.name, ",")
		if slices.Contains(short[:k], short[k]) {
			return
		}
	}
	for k := range rows {
		rows[k].name = short[k]
	}
}

// tellApart has the folder's name before the label of each algorithm whose label two folders have.
func (r *row) tellApart() {
	labels := map[string]int{}
	for _, e := range r.of {
		labels[e.label]++
	}
	for i, e := range r.of {
		if labels[e.label] > 1 {
			r.of[i].label = filepath.Base(e.set.Name) + "/" + e.label
		}
	}
}

// doubts say in words why a comparison may say less than it seems to.
func doubts(rows []row, q Question) (notes []string) {
	for _, r := range rows {
		for i, e := range r.of {
			first := r.of[0].set.Spec
			s := e.set.Spec
			if q.Of == End && math.IsNaN(q.At) && (s.Trials != first.Trials || s.Budget != first.Budget ||
				s.Full != first.Full || s.TotalEpochs != first.TotalEpochs) {
				notes = append(notes, fmt.Sprintf("the runs of %s and %s end at different bounds: "+
					"--at compares them at one budget", r.of[0].set.Name, e.set.Name))
			}
			if other := r.of[0].set; other.Spec.Benchmark != s.Benchmark {
				notes = append(notes, fmt.Sprintf("%s and %s report of networks that are trained alike; of how many "+
					"trainings a result is the mean may differ", other.Spec.Benchmark, s.Benchmark))
			}
			for _, o := range r.of[:i] {
				if o.arm.Algo == e.arm.Algo && o.set != e.set && o.set.Spec.Seed == s.Seed {
					notes = append(notes, fmt.Sprintf("%s and %s are the same algorithm with the same seed %d, "+
						"whose runs may have drawn the same numbers: tests take them to be independent", o.label,
						e.label, s.Seed))
				}
			}
			if broken := e.arm.BrokenRuns(); broken != "" {
				notes = append(notes, fmt.Sprintf("%s on %s: %s failed, as the searcher broke", e.label, r.name,
					broken))
			}
		}
	}
	slices.Sort(notes)
	return slices.Compact(notes)
}
