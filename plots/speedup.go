package plots

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

func init() {
	Figures.Register(evolve.Entry[Figure]{
		Name: "speedup",
		Doc:  "how much sooner runs come to a target with more workers, of experiments that differ in --workers",
		Paper: "Kaplan and Meier, JASA 53, 1958, for the medians; Zou and Donner, Statistics in Medicine 27, 2008, " +
			"for the intervals of their ratios",
		Params: []evolve.Param{
			evolve.Float("within", 0, 0, farthest, "the target, a regret").OrNone(),
			evolve.Float("reach", 0, -farthest, farthest, "the target, a validation result in the unit of the metric; "+
				"without either: what three quarters of the runs with the fewest workers come to, of the "+
				"algorithm that ends worst").OrNone(),
		},
		New: newSpeedup,
	})
}

// speedup is a figure of times to a target over workers.
type speedup struct {
	target float64 // NaN for none
	regret bool
}

func newSpeedup(o evolve.Options) (Figure, error) {
	within, near := o.Given("within")
	reach, to := o.Given("reach")
	switch {
	case near && to:
		return nil, fmt.Errorf("figure speedup: within is for regrets and reach for results: want one of them: %w",
			evolve.ErrInvalid)
	case near:
		return speedup{within, true}, nil
	case to:
		return speedup{reach, false}, nil
	}
	return speedup{math.NaN(), false}, nil
}

func (speedup) Needs() Needs { return Needs{Trajectories: true, OneBenchmark: true} }

func (f speedup) Draw(sets []*trace.Set, o Options) (Drawing, error) {
	sets = slices.SortedStableFunc(slices.Values(sets),
		func(a, b *trace.Set) int { return cmp.Compare(a.Spec.Workers, b.Spec.Workers) })
	for i, s := range sets[1:] {
		if s.Spec.Workers == sets[i].Spec.Workers {
			return nil, fmt.Errorf("figure speedup: %s and %s both have %s: "+
				"want experiments that differ in --workers: %w", folder(sets[i]), folder(s), workersOf(s.Spec.Workers),
				evolve.ErrInvalid)
		}
	}
	if len(sets) < 2 {
		return nil, fmt.Errorf("figure speedup: %s alone has no other number of workers to compare with: "+
			"want two or more experiments that differ in --workers: %w", folder(sets[0]), evolve.ErrInvalid)
	}
	y, arms, err := f.aim(sets)
	if err != nil {
		return nil, err
	}
	to := fmt.Sprintf("%s %s %s", y.What, map[bool]string{true: "≤", false: "≥"}[y.Falls], y.Number(rounded(f.target)))
	panels, never := f.panels(sets, arms, y, to)
	if !slices.ContainsFunc(panels[0].Series, Series.drawn) {
		return nil, fmt.Errorf("figure speedup: with no number of workers do half of the runs come to %s: "+
			"want another target: %w", to, evolve.ErrInvalid)
	}
	least, most := runsOf(sets[0], (*trace.Run).Found)
	c := Chart{Title: cmp.Or(o.Title, heading(sets[:1], "how much sooner with more workers")), Panels: panels}
	c.Note = fmt.Sprintf("Medians of %s runs of each algorithm, those that never got there censored at their ends "+
		"(Kaplan-Meier), with 95 %% intervals where both ends are known; of the speedup "+
		"by MOVER, as if runs with other workers were independent. "+
		"Seed %d.%s Benchmark %s: %s.", between(least, most), sets[0].Spec.Seed, never, sets[0].Spec.Benchmark,
		sets[0].About.Source)
	return c, nil
}

// aim chooses the target where none is given, and the algorithms.
func (f *speedup) aim(sets []*trace.Set) (y trace.Measure, arms [][]*trace.Arm, err error) {
	metric := "val"
	if f.regret {
		metric = "regret"
	}
	if y, err = sets[0].Measure(metric); err != nil {
		return y, nil, err
	}
	if f.regret && math.IsNaN(y.Best) {
		return y, nil, fmt.Errorf("figure speedup: within=%g: nobody knows the best of %s: want reach: %w", f.target,
			sets[0].Spec.Benchmark, evolve.ErrInvalid)
	}
	if math.IsNaN(f.target) {
		f.target = usualEnd(sets[0], y)
	}
	arms = sharedArms(sets)
	switch {
	case len(arms) == 0:
		return y, nil, fmt.Errorf("figure speedup: no algorithm is in all experiments: %w", evolve.ErrInvalid)
	case len(arms) > MaxSeries:
		return y, nil, fmt.Errorf("figure speedup: %d algorithms are more than the %d that a reader can tell apart; "+
			"draw some with amoeba plot --algo: %w", len(arms), MaxSeries, evolve.ErrInvalid)
	}
	return y, arms, nil
}

// panels are the times to the target and the speedups; never has a sentence for each algorithm with half of its runs
// not getting there.
func (f *speedup) panels(sets []*trace.Set, arms [][]*trace.Arm, y trace.Measure, to string) (
	panels []Panel, never string,
) {
	workers := make([]float64, len(sets))
	for i, s := range sets {
		workers[i] = float64(s.Spec.Workers)
	}
	clock := trace.Clock(sets[0].About, 1)
	times := Panel{Title: "Time to the target", XLabel: "workers", YLabel: "median " + clock + " to " + to, LogX: true,
		LogY: true, Places: workers}
	gains := Panel{Title: "Speedup", XLabel: "workers", YLabel: fmt.Sprintf("speedup over %s",
		workersOf(sets[0].Spec.Workers)), LogX: true, LogY: true, Places: workers}
	ideal := Series{Name: "ideal", Baseline: true, X: workers}
	for _, w := range workers {
		ideal.Mid = append(ideal.Mid, w/workers[0])
	}
	for _, of := range arms {
		at := Series{Name: of[0].Label, Baseline: of[0].Baseline, X: workers}
		gain := at
		var first span3
		for i, s := range sets {
			m := f.median(s, of[i], y)
			if i == 0 {
				first = m
			}
			ratio := first.over(m)
			if i == 0 && finite(m.mid) {
				ratio = span3{1, 1, 1} // it is itself, for certain
			}
			if math.IsInf(m.mid, 1) {
				never += fmt.Sprintf(" Half of %s's runs with %s never get there.", of[i].Label,
					workersOf(s.Spec.Workers))
			}
			m.add(&at)
			ratio.add(&gain)
		}
		times.Series, gains.Series = append(times.Series, at), append(gains.Series, gain)
	}
	gains.Series = append(gains.Series, ideal) // the last of the baselines, whose dashes go by their order
	return []Panel{times, gains}, never
}

// drawn says whether a series has a point.
func (s Series) drawn() bool { return slices.ContainsFunc(s.Mid, finite) }

// workersOf counts workers in words.
func workersOf(n int) string {
	if n == 1 {
		return "one worker"
	}
	return fmt.Sprintf("%d workers", n)
}

// rounded has six digits, so that a label can be read.
func rounded(x float64) float64 {
	if x == 0 {
		return 0
	}
	unit := math.Pow(10, 5-math.Floor(math.Log10(math.Abs(x))))
	return math.Round(x*unit) / unit
}

// usualEnd is what three quarters of the runs of each algorithm come to, so that medians and most of their intervals
// are known; NaN where none found anything.
func usualEnd(s *trace.Set, y trace.Measure) float64 {
	worst := math.NaN()
	for _, a := range s.Arms {
		ends := slices.DeleteFunc(a.Ends(y), math.IsNaN)
		if len(ends) == 0 {
			continue
		}
		slices.Sort(ends)
		quarter := .25
		if y.Falls {
			quarter = .75
		}
		if m := stats.Quantile(ends, quarter); math.IsNaN(worst) || y.Better(worst, m) {
			worst = m
		}
	}
	return worst
}

// sharedArms are the algorithms that all experiments have, each as it is in every one of them.
func sharedArms(sets []*trace.Set) (all [][]*trace.Arm) {
	for i := range sets[0].Arms {
		var of []*trace.Arm
		for _, s := range sets {
			k := slices.IndexFunc(s.Arms, func(a trace.Arm) bool { return a.Algo == sets[0].Arms[i].Algo })
			if k >= 0 {
				of = append(of, &s.Arms[k])
			}
		}
		if len(of) == len(sets) {
			all = append(all, of)
		}
	}
	return all
}

// median is the median time of an algorithm's runs to the target with its interval. A run whose searcher broke counts
// as one that did not get there.
func (f speedup) median(s *trace.Set, a *trace.Arm, y trace.Measure) span3 {
	x, _ := s.Axis("seconds") // which every experiment has
	var lives []stats.Lifetime
	for _, r := range begunRuns(s, a) {
		life := stats.Lifetime{At: y.Reached(&r, x, f.target)}
		if math.IsNaN(life.At) {
			life = stats.Lifetime{At: x.End(&r), Censored: true}
		}
		lives = append(lives, life)
	}
	var m span3
	m.mid, m.low, m.high = stats.KaplanMeier(lives).Median()
	return m
}

// span3 is an estimate above 0 with its interval.
type span3 struct{ low, mid, high float64 }

// over is the ratio of two estimates with its interval (Zou and Donner 2008, the method of variance estimates recovery,
// on logarithms). It takes the two as independent; runs that begin alike make it too wide.
func (a span3) over(b span3) span3 {
	r := span3{mid: a.mid / b.mid}
	log := func(x, y float64) float64 { return math.Log(x / y) }
	r.low = r.mid * math.Exp(-math.Hypot(log(a.mid, a.low), log(b.high, b.mid)))
	r.high = r.mid * math.Exp(math.Hypot(log(a.high, a.mid), log(b.mid, b.low)))
	return r
}

// add puts an estimate into a curve; one that is not known leaves a gap.
func (a span3) add(s *Series) {
	if !finite(a.mid) || a.mid <= 0 {
		a.mid = math.NaN()
	}
	if !finite(a.high) || a.low <= 0 || math.IsNaN(a.mid) { // half a band would look like a narrow one
		a.low, a.high = math.NaN(), math.NaN()
	}
	s.Mid, s.Lo, s.Hi = append(s.Mid, a.mid), append(s.Lo, a.low), append(s.Hi, a.high)
}
