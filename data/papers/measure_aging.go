package papers

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

func init() {
	Measurements.Register(evolve.Entry[Measurement]{
		Name: "aging",
		Doc: "evolution that kills the oldest against evolution that kills the worst, over a grid of population " +
			"sizes P and sizes S of a tournament, S at most P",
		Paper: "Real, Aggarwal, Huang and Le, AAAI 2019, arXiv:1802.01548, supplement B, figure 8",
		Params: []evolve.Param{
			BenchmarkParam("nasnet-digits"),
			evolve.Text("populations", "16+32+64+128", "values of P, with + between them"),
			evolve.Text("samples", "2+4+8+16+32+64", "values of S, with + between them"),
			evolve.Nested("algo", "searcher", "regevo",
				"the evolution, whose population, sample and kill are the grid's"),
			evolve.Choice("metric", "what a run ends with and is judged by, of the trial that it saw as the best",
				"test", "val"),
			evolve.Int("trials", 1000, 1, 1_000_000_000, "of a run"),
		},
		New: func(o evolve.Options) (Measurement, error) {
			g := &aging{benchmark: o.Spec("benchmark"), algo: o.Spec("algo"), metric: o.Text("metric"),
				trials: o.Int("trials")}
			err := g.grid(o.Text("populations"), o.Text("samples"))
			return g, err
		},
	})
}

// AgingBetter is the sample with a value for each point of the grid: 1 where the mean of aging is better, 0 where it is
// worse. A point without a difference has none.
const AgingBetter = "points where aging is better"

// aging has beside AgingBetter a sample for each point, "P=16 S=4": by how much a run of aging ends better than one of
// non-aging. The streams of both kinds are independent, so that any runs can stand side by side.
type aging struct {
	benchmark, algo evolve.Spec
	metric          string
	trials          int
	points          [][2]int // P and S
}

func (g *aging) grid(populations, samples string) error {
	read := func(key, text string) (all []int, err error) {
		for part := range strings.SplitSeq(text, "+") {
			n, err := strconv.Atoi(part)
			if err != nil || n < 1 {
				return nil, fmt.Errorf("%s=%s: %q: want whole numbers above 0 with + between them: %w", key, text, part,
					evolve.ErrInvalid)
			}
			all = append(all, n)
		}
		return all, nil
	}
	ps, err := read("populations", populations)
	if err != nil {
		return err
	}
	ss, err := read("samples", samples)
	if err != nil {
		return err
	}
	for _, p := range ps {
		for _, s := range ss {
			if s <= p {
				g.points = append(g.points, [2]int{p, s})
			}
		}
	}
	if g.points == nil {
		return fmt.Errorf("populations=%s, samples=%s: no S is at most P: %w", populations, samples, evolve.ErrInvalid)
	}
	return nil
}

// spec is the evolution of a point.
func (g *aging) spec(point [2]int, kill string) string {
	s := g.algo
	s.Set = append(s.Set[:len(s.Set):len(s.Set)], evolve.Setting{Key: "population", Value: strconv.Itoa(point[0])},
		evolve.Setting{Key: "sample", Value: strconv.Itoa(point[1])}, evolve.Setting{Key: "kill", Value: kill})
	return s.String()
}

func (g *aging) Measure(ctx context.Context, a Asked) (*Measured, error) {
	spec := lab.Default()
	spec.Benchmark, spec.Trials, spec.Algos = g.benchmark.String(), g.trials, nil
	spec.Seeds, spec.Seed = a.Repeats, a.Seed
	for _, p := range g.points {
		spec.Algos = append(spec.Algos, g.spec(p, "oldest"), g.spec(p, "worst"))
	}
	e, err := lab.Open(spec)
	if err != nil {
		return nil, err
	}
	measure, err := (&trace.Set{About: e.About}).Measure(g.metric)
	if err != nil {
		return nil, err
	}
	points, err := a.Repeat(ctx, len(g.points), func(i int) ([]float64, error) {
		var ends [2][]float64
		for k, kill := range []string{"oldest", "worst"} {
			x, err := e.With(g.spec(g.points[i], kill))
			if err != nil {
				return nil, err
			}
			out, err := x.Run(ctx, lab.Options{Procs: max(1, a.Procs/len(g.points))})
			if err != nil {
				return nil, err
			}
			ends[k] = out.Set.Arms[0].Ends(measure)
		}
		return ahead(ends[0], ends[1], measure.Falls), nil
	})
	if err != nil {
		return nil, err
	}
	m := &Measured{Sources: []string{g.benchmark.String() + ": " + e.About.Source}}
	for i, p := range g.points {
		m.Samples = append(m.Samples, Sample{Label: fmt.Sprintf("P=%d S=%d", p[0], p[1]),
			Unit: "aging ahead, " + measure.Unit, Values: points[i]})
	}
	g.compare(m)
	return m, nil
}

// ahead is by how much each value of a is better than the one of b at its place.
func ahead(a, b []float64, falls bool) []float64 {
	all := make([]float64, len(a))
	for i := range a {
		if all[i] = a[i] - b[i]; falls {
			all[i] = b[i] - a[i]
		}
	}
	return all
}

// compare adds the sample AgingBetter, and a note on the points at which chance alone does not explain who is better.
func (g *aging) compare(m *Measured) {
	var better []float64
	above, below := 0, 0
	for _, s := range m.Samples {
		d := stats.Describe(s.Values)
		switch {
		case d.Mean > 0:
			better = append(better, 1)
		case d.Mean < 0:
			better = append(better, 0)
		}
		switch {
		case d.Mean > d.CI:
			above++
		case d.Mean < -d.CI:
			below++
		}
	}
	m.Samples = append(m.Samples, Sample{Label: AgingBetter, Unit: "share", Values: better})
	m.Notes = append(m.Notes, fmt.Sprintf("%s: of %d points of the grid, the 95 %% interval of the difference is "+
		"above 0 (aging better) at %d and below at %d", g.benchmark, len(g.points), above, below))
}
