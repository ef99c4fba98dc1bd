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
		Name: "pareto",
		Doc:  "two objectives of what each algorithm found, the front of all its runs together, and the exact front",
		Params: []evolve.Param{
			evolve.Text("objectives", auto,
				"the two, upwards and to the right, with + between them; auto: the first two"),
			logXParam,
		},
		New: func(o evolve.Options) (Figure, error) {
			return fronts{o.Text("objectives"), o.Text("log-x")}, nil
		},
	})
}

// fronts is a figure of fronts, points of two objectives.
type fronts struct{ objectives, logX string }

func (fronts) Needs() Needs { return Needs{Trajectories: true, Objectives: true, Curves: true} }

func (f fronts) Draw(sets []*trace.Set, o Options) (Drawing, error) {
	all := sets[0].Objectives
	y, x, err := f.pick(all)
	if err != nil {
		return nil, err
	}
	p := Panel{XLabel: axisOf(all[x]), YLabel: axisOf(all[y])}
	beyond := false
	exacts := exactFronts(sets)
	for _, s := range sets {
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
			p.Series = append(p.Series, of)
		}
	}
	p.limit(f.logX)
	c := Chart{Panels: []Panel{p}, Note: caption(sets, func(s *trace.Set) string {
		least, most := runsOf(s, (*trace.Run).Found)
		text := fmt.Sprintf("Front of %s runs of each algorithm together", between(least, most))
		if most == 1 {
			text = "Front of one run of each algorithm"
		}
		if beyond {
			text += ", as far as it is better than the reference point"
		}
		if len(all) > 2 {
			text += fmt.Sprintf(", of %d objectives: a projection on two of them", len(all))
		}
		return text
	})}
	c.Title = cmp.Or(o.Title, heading(sets, "fronts"))
	return c, nil
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
func (f fronts) pick(all []evolve.Objective) (y, x int, err error) {
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

// axisOf names an objective with its unit.
func axisOf(o evolve.Objective) string {
	if unit := o.Measured(); unit != "" {
		return o.Name + " (" + unit + ")"
	}
	return o.Name
}

// front fills a series with points, from left to right. Of those that are no better than the reference point one would
// see little else: beyond says that some are left out. What is no cloud of points is a line of steps.
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
