package plots

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

func init() {
	Figures.Register(evolve.Entry[Figure]{
		Name: "profile",
		Doc: "performance profile over benchmarks: the share of the runs that end at most at a regret, each " +
			"benchmark counting the same; with within, the share of the blocks solved in at most so many times the " +
			"fastest time",
		Paper: "Score distributions: Agarwal et al., NeurIPS 2021; ratios: Dolan and Moré, Mathematical " +
			"Programming 91, 2002",
		Params: []evolve.Param{
			evolve.Text("metric", auto, "a regret: regret or test-regret, with several objectives hypervolume-gap or "+
				"igd; auto: regret, or the gap"),
			evolve.Float("within", 0, 0, farthest,
				"a regret that solves a block: draw ratios of times to it. Blocks are benchmarks, of which the median "+
					"of the runs counts, or of one benchmark runs by index").OrNone(),
			courseParam.OnlyFor("within"), logXParam,
		},
		New: func(o evolve.Options) (Figure, error) {
			f := profile{metric: o.Text("metric"), logX: o.Text("log-x")}
			f.target, f.x = given(o, "within")
			return f, nil
		},
	})
}

// profile is a figure of performance profiles.
type profile struct {
	metric, logX, x string // x is "" of a profile of regrets
	target          float64
}

func (f profile) Needs() Needs {
	return Needs{Trajectories: f.x != "", OneMetric: true, Curves: true, Arms: 2}
}

func (f profile) Draw(sets []*trace.Set, o Options) (Drawing, error) {
	names, err := metrics(f.metric, sets, []string{"regret"}, nil)
	switch {
	case err != nil:
		return nil, err
	case len(names) == 0:
		return nil, fmt.Errorf("figure profile: regrets are not known, as the best of no benchmark is: %w",
			evolve.ErrUnsupported)
	case len(names) > 1:
		return nil, fmt.Errorf("figure profile: metric=%s: want one: %w", f.metric, evolve.ErrInvalid)
	}
	for _, s := range sets {
		y, err := s.Measure(names[0])
		if err != nil {
			return nil, err
		}
		if !y.Regret {
			return nil, fmt.Errorf("figure profile: a profile is of regrets, and metric %s is none: %w", names[0],
				evolve.ErrInvalid)
		}
		if math.IsNaN(y.Best) {
			return nil, fmt.Errorf("figure profile: the best of %s is not known, so that regrets are not: %w",
				s.Spec.Benchmark, evolve.ErrUnsupported)
		}
	}
	b, err := trace.NewBlocks(sets)
	if err != nil {
		return nil, fmt.Errorf("figure profile: %w", err)
	}
	draw := f.regrets
	if f.x != "" {
		draw = f.ratios
	}
	p, what, err := draw(sets, b, names[0])
	if err != nil {
		return nil, err
	}
	return Chart{Panels: []Panel{p}, Note: captionOf(sets, what),
		Title: cmp.Or(o.Title, heading(sets, "performance profile"))}, nil
}

// weighted is a value that counts for a part of a whole.
type weighted struct{ value, weight float64 }

// regrets draws the share of the runs that end at most at a regret.
func (f profile) regrets(sets []*trace.Set, b *trace.Blocks, metric string) (p Panel, what string, err error) {
	y, _ := sets[0].Measure(metric) // Draw has found it
	benchmarks := len(newMultiples(sets).groups)
	p = Panel{XLabel: y.Label, YLabel: "share of the runs at or below", Limits: [2]float64{0, 1}}
	all := make([][]weighted, len(b.Methods))
	low, high := math.Inf(1), 0.0
	for _, s := range sets {
		y, _ := s.Measure(metric)
		for _, a := range s.Arms {
			m := slices.IndexFunc(b.Methods, func(of trace.Method) bool { return of.Label == a.Label })
			runs := begunRuns(s, &a)
			for _, x := range (trace.Arm{Runs: runs}).Ends(y) {
				all[m] = append(all[m], weighted{x, 1 / float64(len(runs)*benchmarks)})
				if x > 0 {
					low, high = min(low, x), max(high, x)
				}
			}
		}
	}
	p.LogX = f.logX == "yes" || f.logX == auto && crowded(low, high)
	if !p.LogX {
		low = 0
	}
	for m, of := range b.Methods {
		s := Series{Name: of.Label, Baseline: of.Baseline}
		s.cumulate(all[m], min(low, high), high)
		p.Series = append(p.Series, s)
	}
	what = "Share of the runs whose regret is at most so large (score distributions)"
	if benchmarks > 1 {
		what += fmt.Sprintf(", the mean over %d benchmarks", benchmarks)
	}
	return p, what, nil
}

// ratios draws the share of the blocks that a method solves in at most so many times what the fastest takes.
func (f profile) ratios(sets []*trace.Set, b *trace.Blocks, metric string) (p Panel, what string, err error) {
	c, err := newCourse(f.x, "no", sets)
	if err != nil {
		return p, "", err
	}
	y, _ := sets[0].Measure(metric) // Draw has found it
	p = Panel{XLabel: "times the " + c.label + " of the fastest", YLabel: "share of the blocks",
		Limits: [2]float64{0, 1}}
	times := b.Medians(func(s *trace.Set, r *trace.Run) float64 {
		y, _ := s.Measure(metric)
		if at := y.Reached(r, c.of(s), f.target); !math.IsNaN(at) {
			return at
		}
		return math.Inf(1)
	})
	all := make([][]weighted, len(b.Methods))
	high := 1.0
	for _, row := range times {
		fastest := slices.Min(row)
		for m, t := range row {
			ratio := math.NaN() // not solved
			switch {
			case t == fastest && !math.IsInf(t, 1):
				ratio = 1
			case !math.IsInf(t, 1):
				ratio = t / fastest
				high = max(high, ratio)
			}
			all[m] = append(all[m], weighted{ratio, 1 / float64(len(times))})
		}
	}
	p.LogX = f.logX == "yes" || f.logX == auto && high > 10
	for m, of := range b.Methods {
		s := Series{Name: of.Label, Baseline: of.Baseline}
		s.cumulate(all[m], 1, high)
		p.Series = append(p.Series, s)
	}
	what = fmt.Sprintf("Share of the blocks in which %s ≤ %s is met in at most so many times what the fastest "+
		"algorithm takes (Dolan and Moré); blocks: %s", y.What, y.Number(f.target), blocksText(b))
	return p, what, nil
}

// cumulate draws the sum of the weights of values at most at X, from low to high. NaN is nowhere.
func (s *Series) cumulate(values []weighted, low, high float64) {
	values = slices.DeleteFunc(slices.Clone(values), func(v weighted) bool { return math.IsNaN(v.value) })
	slices.SortFunc(values, func(a, b weighted) int { return cmp.Compare(a.value, b.value) })
	sum := 0.0
	at := func(x, y float64) { s.X, s.Mid = append(s.X, x), append(s.Mid, min(y, 1)) }
	i := 0
	take := func(x float64) {
		for ; i < len(values) && values[i].value <= x; i++ {
			sum += values[i].weight
		}
	}
	take(low)
	at(low, sum)
	for i < len(values) {
		x := values[i].value
		at(x, sum)
		take(x)
		at(x, sum)
	}
	at(high, sum)
}
