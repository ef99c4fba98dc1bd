package plots

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

func init() {
	Figures.Register(evolve.Entry[Figure]{
		Name: "ranks",
		Doc: "mean rank of each algorithm over the course of the search, with 95 % intervals; blocks are benchmarks " +
			"or, of one benchmark, runs by index",
		Paper:  "Ranks over blocks: Demšar, JMLR 7, 2006",
		Params: []evolve.Param{orderParam, courseParam, logXParam},
		New: func(o evolve.Options) (Figure, error) {
			return ranks{o.Text("metric"), o.Text("x"), o.Text("log-x")}, nil
		},
	})
}

// orderParam is a metric by whose order algorithms are compared.
var orderParam = evolve.Text("metric", auto, "of the incumbent, by whose order the algorithms rank, a panel each, "+
	"joined by +; auto: val or, of several objectives, the hypervolume")

// ranks is a figure of mean ranks.
type ranks struct{ metric, x, logX string }

func (ranks) Needs() Needs { return Needs{Trajectories: true, Curves: true, Arms: 2} }

func (f ranks) Draw(sets []*trace.Set, o Options) (Drawing, error) {
	b, err := newBlocks("ranks", sets)
	if err != nil {
		return nil, err
	}
	x, err := newCourse(f.x, f.logX, sets)
	if err != nil {
		return nil, err
	}
	ends, err := b.Ends(x.name)
	if err != nil {
		return nil, err
	}
	names, err := metrics(f.metric, sets, []string{"val"}, []string{"val"})
	if err != nil {
		return nil, err
	}
	var c Chart
	for _, name := range names {
		p, err := f.panel(sets, b, x, name, slices.Min(ends))
		if err != nil {
			return nil, err
		}
		if len(names) > 1 {
			y, _ := sets[0].Measure(name) // by which it was ranked
			p.Title = y.What
		}
		c.Panels = append(c.Panels, p)
	}
	what := fmt.Sprintf("Mean rank over %s with its 95 %% interval", blocksText(b))
	if cd := stats.NemenyiCD(len(b.Names), len(b.Methods)); !math.IsNaN(cd) {
		what += fmt.Sprintf("; mean ranks at one place that are more than %.2f apart differ (Nemenyi, level %g)", cd,
			stats.Alpha)
	}
	if slices.Max(ends) > slices.Min(ends) {
		what += ". It ends where the runs of the first algorithm do"
	}
	c.Note = captionOf(sets, what)
	c.Title = cmp.Or(o.Title, heading(sets, "mean ranks over the search"))
	return c, nil
}

// panel draws the ranks by one metric.
func (f ranks) panel(sets []*trace.Set, b *trace.Blocks, c course, metric string, end float64) (p Panel, err error) {
	k := len(b.Methods)
	p = Panel{XLabel: c.label, YLabel: "mean rank (1 is the best)", LogX: c.log}
	air := float64(k-1) / 20
	p.Limits = [2]float64{1 - air, float64(k) + air}
	from := math.Inf(1)
	for _, s := range sets {
		first, _ := s.Span(c.of(s))
		from = min(from, first)
	}
	grid := c.of(sets[0]).Spaced(from, max(from, end), curvePoints, c.log)
	bands := make([]trace.Band, k)
	of := make([][]float64, k) // by method and block
	for m := range of {
		of[m] = make([]float64, len(b.Names))
	}
	err = b.Course(metric, c.name, grid, func(point int, scores [][]float64) {
		for i, row := range scores {
			for m, rank := range rowRanks(row) {
				of[m][i] = rank
			}
		}
		for m := range bands {
			all := stats.Describe(of[m])
			bands[m].X = append(bands[m].X, grid[point])
			bands[m].Mean, bands[m].CI = append(bands[m].Mean, all.Mean), append(bands[m].CI, all.CI)
		}
	})
	for m, of := range b.Methods {
		p.Series = append(p.Series, steps(bands[m], true, Series{Name: of.Label, Baseline: of.Baseline}))
	}
	return p, err
}

// rowRanks are the ranks of scores: the highest has rank 1.
func rowRanks(scores []float64) []float64 {
	lower := make([]float64, len(scores))
	for i, x := range scores {
		lower[i] = -x
	}
	return stats.Ranks(lower)
}

// newBlocks arranges experiments in blocks. A figure needs at least two.
func newBlocks(kind string, sets []*trace.Set) (*trace.Blocks, error) {
	b, err := trace.NewBlocks(sets)
	switch {
	case err != nil:
		return nil, fmt.Errorf("figure %s: %w", kind, err)
	case len(b.Methods) < 2: // of two experiments with one algorithm, which Needs counts twice
		return nil, fmt.Errorf("figure %s: %s, and the figure compares at least 2: %w", kind,
			number.Count(len(b.Methods), "algorithm"), evolve.ErrInvalid)
	case len(b.Names) < 2:
		return nil, fmt.Errorf("figure %s: %s to rank over: want at least 2 runs of each algorithm, or 2 benchmarks: "+
			"%w", kind, number.Count(len(b.Names), "block"), evolve.ErrInvalid)
	}
	return b, nil
}

// blocksText says in a caption what the blocks are.
func blocksText(b *trace.Blocks) string {
	if !b.ByRun {
		return fmt.Sprintf("%d benchmarks, of each the median of the runs", len(b.Names))
	}
	text := fmt.Sprintf("%d runs by index (the random streams of two algorithms are independent, so which runs are "+
		"matched is arbitrary but valid)", len(b.Names))
	if b.Dropped > 0 {
		text += fmt.Sprintf(", without %s of an index that not all have", number.Count(b.Dropped, "run"))
	}
	return text
}
