package plots

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/grid"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

func init() {
	names := fmt.Sprintf("its name; %s: in the order of the sweep", auto)
	Figures.Register(evolve.Entry[Figure]{
		Name: "heat",
		Doc:  "a sweep: the mean result of each setting of a searcher by two of its parameters, the best marked",
		Params: []evolve.Param{
			evolve.Text("metric", "test", "at the ends of the runs: "+strings.Join(measureNames(), ", ")+
				", or an objective's name"),
			evolve.Text("x", auto, "the parameter to the right, "+names),
			evolve.Text("y", auto, "the parameter upwards, "+names),
		},
		New: func(o evolve.Options) (Figure, error) {
			return heat{o.Text("metric"), o.Text("x"), o.Text("y")}, nil
		},
	})
}

// heat is a figure of sweeps. Each experiment is a row of panels, one for each value of a third parameter.
type heat struct{ metric, x, y string }

func (heat) Needs() Needs { return Needs{Arms: 2} }

// mostHeat is the number of parameters that a figure of flat panels in a row shows.
const mostHeat = 3

func (f heat) Draw(sets []*trace.Set, o Options) (Drawing, error) {
	m := HeatMap{}
	var searchers []string
	var missing []string
	for _, s := range sets {
		g, err := s.Grid()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", folder(s), err)
		}
		y, x, other, err := f.axes(g)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", folder(s), err)
		}
		measure, err := s.Measure(f.metric)
		if err != nil {
			return nil, err
		}
		m.add(sets, s, g, g.Judge(measure), y, x, other)
		if text := by(measure, g, y, x, other); !slices.Contains(searchers, text) {
			searchers = append(searchers, text)
		}
		missing = append(missing, absent(g)...)
	}
	m.Title = cmp.Or(o.Title, heading(sets, strings.Join(searchers, "; ")))
	m.Note = caption(sets, func(s *trace.Set) string {
		least, most := runsOf(s, (*trace.Run).Result)
		text := fmt.Sprintf("Mean of %s runs with half its 95 %% interval", between(least, most))
		if most == 1 {
			text = "One run"
		}
		if s.Spec.Trials > 0 {
			text += fmt.Sprintf(", of %d trials", s.Spec.Trials)
		}
		return text
	})
	m.Note += " Framed: the best mean; ring: not to be told from it " +
		"(Mann-Whitney's U, p ≥ 0.05 by Holm over all pairs)."
	for _, r := range m.rows {
		if r.meanless() {
			m.Note += " No mean: more than one run in ten has no result."
			break
		}
	}
	if missing != nil {
		m.Note += " Hatched: not run; " + missing[0] + "."
		if n := len(missing) - 1; n > 0 {
			m.Note += fmt.Sprintf(" So %d more.", n)
		}
	}
	return m, nil
}

// axes are the numbers of the parameters upwards and to the right, and of a third one; -1 where there is none.
func (f heat) axes(g *trace.Grid) (y, x, other int, err error) {
	var names []string
	for _, a := range g.Axes {
		names = append(names, a.Name)
	}
	if len(names) > mostHeat {
		return 0, 0, 0, fmt.Errorf("%d parameters differ, %s, and the figure shows at most %d: "+
			"draw some algorithms with amoeba plot --algo: %w",
			len(names), strings.Join(names, ", "), mostHeat, evolve.ErrInvalid)
	}
	free := func(taken ...int) int { // the first parameter that is not taken
		for i := range names {
			if !slices.Contains(taken, i) {
				return i
			}
		}
		return -1
	}
	place := func(name string) (int, error) {
		at := slices.Index(names, name)
		if at < 0 && name != auto {
			return at, evolve.Unknown("parameter of the sweep", name, names)
		}
		return at, nil
	}
	if x, err = place(f.x); err != nil {
		return 0, 0, 0, err
	}
	if y, err = place(f.y); err != nil {
		return 0, 0, 0, err
	}
	if x >= 0 && x == y {
		return 0, 0, 0, fmt.Errorf("x and y are both %s: want two parameters: %w", f.x, evolve.ErrInvalid)
	}
	if y < 0 && len(names) > 1 {
		y = free(x)
	}
	if x < 0 {
		x = free(y)
	}
	if x < 0 { // the only parameter was asked for upwards
		return y, -1, -1, nil
	}
	return y, x, free(x, y), nil
}

// by names what a figure shows of a grid: "test accuracy of regevo by population and sample".
func by(m trace.Measure, g *trace.Grid, axes ...int) string {
	var names []string
	for _, a := range axes {
		if a >= 0 {
			names = append(names, g.Axes[a].Name)
		}
	}
	text := m.What + " of " + g.Searcher + " by " + names[0]
	if n := len(names); n > 1 {
		text = m.What + " of " + g.Searcher + " by " + strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return text
}

// absent says of combinations that were not run why the searcher has none of them, or only that they are not there.
func absent(g *trace.Grid) (why []string) {
	for _, c := range g.Cells {
		if c.Arm != nil {
			continue
		}
		text := c.Algo + " is not in the experiment"
		if spec, err := evolve.ParseSpec(c.Algo); err == nil {
			entry, opts, err := evolve.Searchers.Resolve(spec)
			if err == nil {
				err = entry.Unfit(opts)
			}
			if entry.Name != "" && err != nil {
				text = "of " + c.Algo + " " + strings.TrimSuffix(err.Error(), ": "+evolve.ErrInvalid.Error())
			}
		}
		why = append(why, text)
	}
	return why
}

// add adds the panels of an experiment.
func (m *HeatMap) add(sets []*trace.Set, s *trace.Set, g *trace.Grid, j *trace.Judgement, y, x, other int) {
	row := heatRow{label: j.Of.What, unit: j.Of.Unit, metric: j.Of.Name, falls: j.Of.Falls, low: math.Inf(1),
		high: math.Inf(-1)}
	if len(sets) > 1 {
		row.name = called(sets, s)
	}
	axis := func(a int) grid.Axis {
		if a < 0 {
			return grid.Axis{Values: []string{""}}
		}
		return g.Axes[a]
	}
	row.x, row.y = axis(x), axis(y)
	third := axis(other)
	for _, value := range third.Values {
		p := heatPanel{cells: make([][]heatCell, len(row.y.Values))}
		if third.Name != "" {
			p.title = third.Name + " = " + value
		}
		for i := range p.cells {
			p.cells[i] = make([]heatCell, len(row.x.Values))
		}
		row.panels = append(row.panels, p)
	}
	of := func(c *trace.Cell, a int) int {
		if a < 0 {
			return 0
		}
		return c.At[a]
	}
	for i := range g.Cells {
		c, end := &g.Cells[i], j.Ends[i]
		row.panels[of(c, other)].cells[of(c, y)][of(c, x)] = heatCell{algo: c.Algo, ran: c.Arm != nil, runs: end.N,
			mean: end.Mean, half: end.CI, p: j.P[i], best: i == j.Best, tied: j.Tied(i)}
		if c.Arm != nil && !math.IsNaN(end.Mean) {
			row.low, row.high = min(row.low, end.Mean), max(row.high, end.Mean)
		}
	}
	m.rows = append(m.rows, row)
}
