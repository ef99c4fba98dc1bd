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
		Name:  "box",
		Doc:   "what each run found, a dot a run, with a box of the quartiles or the outline of a violin over the dots",
		Paper: "Tukey, Exploratory Data Analysis, 1977; Hintze and Nelson, The American Statistician 52, 1998",
		Params: []evolve.Param{metricParam, courseParam.OnlyFor("at"),
			evolve.Choice("shape", "what stands over the dots", "box", "violin"),
			evolve.Switch("log-y", false, "logarithmic axis of regrets"),
			atParam,
		},
		New: func(o evolve.Options) (Figure, error) {
			f := finals{metric: o.Text("metric"), violin: o.Text("shape") == "violin", log: o.Yes("log-y")}
			f.at, f.x = given(o, "at")
			return f, nil
		},
	})
}

// finals is a figure of what the runs found.
type finals struct {
	metric, x   string
	at          float64 // NaN for the ends
	violin, log bool
}

func (f finals) Needs() Needs { return Needs{Trajectories: f.x != "", Curves: true} }

func (f finals) Draw(sets []*trace.Set, o Options) (Drawing, error) {
	var x course
	if f.x != "" {
		var err error
		if x, err = newCourse(f.x, "no", sets); err != nil {
			return nil, err
		}
		if err := x.within("box", sets, f.at); err != nil {
			return nil, err
		}
	}
	names, err := metrics(f.metric, sets, []string{"regret"}, []string{"val"})
	if err != nil {
		return nil, err
	}
	m := newMultiples(sets)
	b := Boxes{Violins: f.violin}
	regrets := false
	for _, name := range names {
		for i, group := range m.groups {
			p, y, err := f.panel(group, x, name)
			if err != nil {
				return nil, err
			}
			if m.several() {
				p.Title = m.title(i)
			}
			b.Panels, regrets = append(b.Panels, p), regrets || y.Regret
		}
	}
	if f.log && !regrets && f.metric != auto {
		return nil, fmt.Errorf("figure box: log-y is for regrets, and metric %s names none: %w", f.metric,
			evolve.ErrInvalid)
	}
	what := "A dot is a run, where there is room for it; over the dots stand the quartiles, with whiskers to the " +
		"farthest run within 1.5 times their distance"
	if f.violin {
		what = "A dot is a run, where there is room for it; over the dots stand their density by a Gaussian kernel, " +
			"the median and the quartiles"
	}
	if slices.ContainsFunc(b.Panels, func(p BoxPanel) bool { return p.Best != 0 }) {
		what += "; the dotted line is the best of the benchmark"
	}
	b.Note = captionOf(sets, what)
	shows := "what the runs found"
	if f.x != "" {
		shows = fmt.Sprintf("what the runs had found after %g %s", f.at, x.label)
	}
	b.Title = cmp.Or(o.Title, heading(sets, shows))
	return b, nil
}

// panel has a row for every algorithm of experiments on one benchmark.
func (f finals) panel(sets []*trace.Set, c course, metric string) (p BoxPanel, y trace.Measure, err error) {
	for _, s := range sets {
		if y, err = s.Measure(metric); err != nil {
			return p, y, err
		}
		p.Label, p.Log = together(p.Label, y), f.log && y.Regret
		if !y.Regret && !math.IsNaN(y.Best) {
			p.Best = y.Best
		}
		for i := range s.Arms {
			a := &s.Arms[i]
			p.Rows = append(p.Rows, BoxRow{Name: shown(sets, s, a.Label), Baseline: a.Baseline,
				Values: c.results(s, a, y, f.at)})
		}
	}
	return p, y, nil
}
