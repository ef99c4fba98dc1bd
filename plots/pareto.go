package plots

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/evolve/trace"
	"github.com/amoeba-nas/amoeba/evolve/words"
)

func init() {
	Figures.Register(evolve.Entry[Figure]{
		Name: "pareto",
		Doc: "two objectives: what half of each algorithm's runs attain, with quartiles, the front of all its runs " +
			"together and the exact front; beside it the hypervolume over the search",
		Paper: "Attainment: Grunert da Fonseca, Fonseca and Hall, EMO 2001",
		Params: []evolve.Param{
			evolve.Text("objectives", auto,
				"the two, upwards and to the right, with + between them; auto: the first two"),
			evolve.Switch("hypervolume", true, "a second panel: the hypervolume of all objectives over the search"),
			courseParam.OnlyFor("hypervolume=yes"), logXParam,
		},
		New: func(o evolve.Options) (Figure, error) {
			f := paretoFigure{objectives: o.Text("objectives"), logX: o.Text("log-x")}
			if o.Yes("hypervolume") {
				f.x = o.Text("x")
			}
			return f, nil
		},
	})
}

// paretoFigure is a figure of fronts, points of two objectives.
type paretoFigure struct{ objectives, logX, x string }

func (paretoFigure) Needs() Needs {
	return Needs{Trajectories: true, Objectives: true, OneBenchmark: true, Curves: true}
}

func (f paretoFigure) Draw(sets []*trace.Set, o Options) (Drawing, error) {
	all := sets[0].Objectives
	y, x, err := f.pick(all)
	if err != nil {
		return nil, err
	}
	p, drawn := f.fronts(sets, y, x)
	if len(all) > 2 {
		drawn.note += fmt.Sprintf(", of %d objectives: a projection on two of them", len(all))
	}
	c := Chart{Panels: []Panel{p}}
	if f.x != "" && everyHas(sets, trace.HypervolumeMeasure) {
		course, err := newCourse(f.x, auto, sets)
		if err != nil {
			return nil, err
		}
		volumes, _, err := trajectories{}.panel(sets, course, trace.HypervolumeMeasure)
		if err != nil {
			return nil, err
		}
		drawn.looks.give(&volumes)
		c.Panels, c.Columns = append(c.Panels, volumes), 2
		drawn.note += "; right: median and quartiles of the runs"
	}
	drawn.looks.give(&c.Panels[0])
	c.Note = captionOf(sets, drawn.note)
	c.Title = cmp.Or(o.Title, heading(sets, "fronts"))
	return c, nil
}

// drawnFronts is what a panel of fronts shows.
type drawnFronts struct {
	note  string
	looks looks // algorithms before exact fronts
}

// fronts draws the fronts of all experiments.
func (f paretoFigure) fronts(sets []*trace.Set, y, x int) (p Panel, drawn drawnFronts) {
	all := sets[0].Objectives
	p = Panel{XLabel: words.InUnit(all[x].Name, all[x].Measured()),
		YLabel: words.InUnit(all[y].Name, all[y].Measured())}
	beyond, surfaces := false, false
	exacts := exactFronts(sets)
	for _, s := range sets {
		for _, a := range s.Arms {
			drawn.looks.place(shown(sets, s, a.Label), a.Baseline)
		}
		if exact := exacts[s]; exact != nil {
			of := Series{Name: "exact front", Baseline: true, Points: len(all) > 2}
			if len(exacts) > 1 {
				of.Name = shown(sets, s, of.Name)
			}
			beyond = of.front(s, exact, y, x) || beyond
			p.Series = append(p.Series, of)
		}
		for i := range s.Arms {
			a := &s.Arms[i]
			var values [][]float64
			for _, point := range s.Pooled(a) {
				values = append(values, point.Values)
			}
			of := Series{Name: shown(sets, s, a.Label), Baseline: a.Baseline, Points: true}
			beyond = of.front(s, values, y, x) || beyond
			if surface, ok := attained(s, a, y, x, of); ok {
				surfaces, of.Twin, of.Name = true, true, ""
				p.Series = append(p.Series, surface)
			}
			p.Series = append(p.Series, of)
		}
	}
	p.limit(f.logX)
	least, most := runsTogether(sets)
	drawn.note = fmt.Sprintf("Small marks: the front of %s runs of each algorithm together", between(least, most))
	if most == 1 {
		drawn.note = "Marks: the front of one run of each algorithm"
	}
	if beyond {
		drawn.note += ", as far as it is better than the reference point"
	}
	if surfaces {
		drawn.note += "; line and band: what half of the runs attain, and from a quarter to three quarters of them"
	}
	return p, drawn
}

// runsTogether counts the runs that found something, of the algorithm with the fewest and of the one with the most.
func runsTogether(sets []*trace.Set) (least, most int) {
	for _, s := range sets {
		few, many := runsOf(s, (*trace.Run).Found)
		least, most = min(cmp.Or(least, few), few), max(most, many)
	}
	return least, most
}

// attained is the median attainment surface of an algorithm's runs, with quartiles; not ok of fewer than two runs. It
// reaches as far to the worse side as the pooled front does.
func attained(s *trace.Set, a *trace.Arm, y, x int, pooled Series) (of Series, ok bool) {
	reference := s.Reference()
	worst := math.Inf(-1) // of y, where some runs attain nothing
	var runs [][][2]float64
	far := math.Inf(-1)
	for i := range a.Runs {
		if !a.Runs[i].Found() {
			continue
		}
		var points [][2]float64
		for _, p := range s.Front(&a.Runs[i], i) {
			at := [2]float64{p.Values[x], p.Values[y]}
			if !(at[0] > reference[x]) && !(at[1] > reference[y]) { // of NaN none is
				points = append(points, at)
				worst, far = max(worst, at[1]), max(far, at[0])
			}
		}
		runs = append(runs, points)
	}
	if len(runs) < 2 {
		return of, false
	}
	if !math.IsNaN(reference[y]) {
		worst = reference[y]
	}
	xs, ys := stats.Attainment(runs, []float64{.25, .5, .75})
	of = Series{Name: pooled.Name, Baseline: pooled.Baseline}
	add := func(at float64, i int) {
		if math.IsInf(ys[1][i], 1) {
			return
		}
		to := func(loss float64) float64 { return s.Objectives[y].Value(min(loss, worst)) }
		of.X, of.Mid = append(of.X, s.Objectives[x].Value(at)), append(of.Mid, to(ys[1][i]))
		of.Lo, of.Hi = append(of.Lo, to(ys[0][i])), append(of.Hi, to(ys[2][i]))
	}
	for i, at := range xs {
		if i > 0 {
			add(at, i-1)
		}
		add(at, i)
	}
	if n := len(xs); n > 0 && far > xs[n-1] {
		add(far, n-1)
	}
	if s.Objectives[x].Maximised {
		for _, values := range [][]float64{of.X, of.Mid, of.Lo, of.Hi} {
			slices.Reverse(values)
		}
	}
	return of, len(of.X) > 0
}

// exactFronts are those of experiments that have one, each front once: of the first experiment that has it.
func exactFronts(sets []*trace.Set) map[*trace.Set][][]float64 {
	all := map[*trace.Set][][]float64{}
	for i, s := range sets {
		exact := s.ExactFront()
		known := slices.ContainsFunc(sets[:i], func(o *trace.Set) bool {
			return slices.EqualFunc(all[o], exact, slices.Equal[[]float64])
		})
		if exact != nil && !known {
			all[s] = exact
		}
	}
	return all
}

// pick finds the two objectives.
func (f paretoFigure) pick(all []evolve.Objective) (y, x int, err error) {
	if f.objectives == auto {
		return 0, 1, nil
	}
	names := evolve.ObjectiveNames(all)
	for i := range names {
		for k := range names {
			if i != k && f.objectives == names[i]+"+"+names[k] {
				return i, k, nil
			}
		}
	}
	return 0, 0, fmt.Errorf("figure pareto: objectives=%s: want two of %v with + between them: %w",
		f.objectives, names, evolve.ErrInvalid)
}

// front fills a series with points, from left to right: a line of steps unless the series is a cloud of points. Points
// that are worse than the reference point are left out, as they would fill the axes; beyond says that there are some.
func (s *Series) front(of *trace.Set, points [][]float64, y, x int) (beyond bool) {
	reference := of.Reference()
	worse := func(p []float64, i int) bool { return p[i] > reference[i] } // of NaN none is
	points = slices.DeleteFunc(slices.Clone(points), func(p []float64) bool {
		out := worse(p, y) || worse(p, x)
		beyond = beyond || out
		return out
	})
	slices.SortFunc(points, func(p, q []float64) int { return cmp.Compare(p[x], q[x]) })
	add := func(a, b float64) {
		s.X, s.Mid = append(s.X, of.Objectives[x].Value(a)), append(s.Mid, of.Objectives[y].Value(b))
	}
	for i, p := range points {
		if i > 0 && !s.Points {
			add(p[x], points[i-1][y])
		}
		add(p[x], p[y])
	}
	if of.Objectives[x].Maximised {
		slices.Reverse(s.X)
		slices.Reverse(s.Mid)
	}
	return beyond
}

// limit gives a panel of points its axes: all of them are in view.
func (p *Panel) limit(logX string) {
	low, high, least, most := math.Inf(1), math.Inf(-1), math.Inf(1), 0.0
	for _, s := range p.Series {
		for i := range s.X {
			low, high = min(low, s.Mid[i]), max(high, s.Mid[i])
			least, most = min(least, s.X[i]), max(most, s.X[i])
		}
	}
	p.LogX = logX == "yes" || logX == auto && crowded(least, most)
	if low > high {
		return
	}
	air := max((high-low)/15, 1e-9*math.Abs(high)) // half of the largest mark, and a little more
	p.Limits = [2]float64{low - air, high + air}
}
