package plots

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// The exact front is a line of steps, and the front of an algorithm's runs together are points, from left to right.
func TestFrontOfRuns(t *testing.T) {
	type line struct {
		name   string
		points bool
		x, y   []float64
	}
	lines := func(kind string, s *trace.Set) (all []line) {
		for _, x := range chart(t, kind, s).Panels[0].Series {
			all = append(all, line{x.Name, x.Points, x.X, x.Mid})
		}
		return all
	}
	opts := cmp.AllowUnexported(line{})
	want := []line{{"exact front", false, []float64{90, 99, 99, 110, 110}, []float64{.4, .4, .2, .2, .1}},
		{"evolution", false, []float64{100}, []float64{.3}}, {"", true, []float64{99}, []float64{.2}},
		{"random", true, []float64{100}, []float64{.6}}}
	if d := cmp.Diff(want, lines("pareto", twoObjectives()), opts); d != "" {
		t.Error(d)
	}
	// Turned, with an objective of which more is better, and with a reference that one of the points is not better than.
	s := twoObjectives()
	s.Objectives[0].Maximised, s.Objectives[0].Reference = true, .3
	want = []line{{"exact front", false, []float64{-.2, -.2, -.1}, []float64{99, 110, 110}},
		{"evolution", false, []float64{-.3}, []float64{100}}, {"", true, []float64{-.2}, []float64{99}}, {"random", true, nil, nil}}
	if d := cmp.Diff(want, lines("pareto,objectives=params+error", s), opts); d != "" {
		t.Error(d)
	}
	if note := chart(t, "pareto", s).Note; !strings.HasPrefix(note, "Small marks: the front of 1 to 3 runs of each algorithm together, as far as it "+
		"is better than the reference point") {
		t.Error(note)
	}
	c := chart(t, "pareto,log-x=yes", twoObjectives()).Panels[0]
	if c.XLabel != "params" || c.YLabel != "error (fraction)" || !c.LogX {
		t.Errorf("%q, %q, %t", c.XLabel, c.YLabel, c.LogX)
	}
	// Of three objectives an exact front is no line.
	s = twoObjectives()
	s.Objectives = append(s.Objectives, evolve.NewObjective(evolve.FLOPsObjective))
	s.Exact = func() ([][]float64, bool) { return [][]float64{{.1, 110, 1}, {.2, 111, 0}}, true }
	for i := range s.Arms {
		for k := range s.Arms[i].Runs {
			for j := range s.Arms[i].Runs[k].Entries {
				e := &s.Arms[i].Runs[k].Entries[j]
				e.Others = append(e.Others, 2)
			}
		}
	}
	if note := chart(t, "pareto,objectives=error+flops", s).Note; !strings.Contains(note, "of 3 objectives: a projection on two of them") {
		t.Error(note)
	}
	if got := lines("pareto,objectives=error+flops", s)[0]; !got.points || cmp.Diff([]float64{0, 1}, got.x) != "" {
		t.Errorf("%+v", got)
	}
}

// The exact front of experiments on the same benchmark is drawn once, and is no ninth curve.
func TestFrontsOfMany(t *testing.T) {
	one, other := twoObjectives(), twoObjectives()
	other.Name = "b"
	for len(other.Arms) < MaxSeries-len(one.Arms) {
		other.Arms = append(other.Arms, other.Arms[0])
	}
	d, err := drawing("pareto", Options{}, one, other)
	if err != nil {
		t.Fatal(err)
	}
	written(t, d, "svg")
	exact := 0
	for _, s := range d.(Chart).Panels[0].Series {
		if strings.Contains(s.Name, "exact front") {
			exact++
		}
	}
	if exact != 1 {
		t.Errorf("the exact front is drawn %d times, want once", exact)
	}
}

func TestFrontRefuses(t *testing.T) {
	other := twoObjectives()
	other.Name, other.Objectives = "b", []evolve.Objective{other.Objectives[1], other.Objectives[0]}
	for _, c := range []struct {
		kind string
		sets []*trace.Set
		want string
	}{
		{"pareto", []*trace.Set{twoArms()}, "the experiment has one objective, and a front is of several"},
		{"pareto", []*trace.Set{twoObjectives(), other}, "b and the experiment have other objectives"},
		{"pareto,objectives=error", []*trace.Set{twoObjectives()}, "objectives=error: want two of [error params]"},
		{"pareto,objectives=error+error", []*trace.Set{twoObjectives()}, "want two of"},
		{"ecdf,reach=2", []*trace.Set{twoObjectives()}, "reach=2: hypervolumes are shares of the exact front's: want 0 to 1"},
	} {
		_, err := drawing(c.kind, Options{}, c.sets...)
		if !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.kind, err, c.want)
		}
	}
}

// Where fronts are measured, figures are of their hypervolumes unless another metric is named.
func TestMetricsOfFronts(t *testing.T) {
	unknown, nowhere := twoObjectives(), twoObjectives()
	unknown.Exact, nowhere.Objectives[1].Reference = nil, math.NaN()
	for _, c := range []struct {
		kind string
		set  *trace.Set
		want []string
	}{
		{"trajectories", twoObjectives(), []string{"missing share of the exact front's hypervolume"}},
		{"trajectories", unknown, []string{"hypervolume (fraction × params)"}},
		{"trajectories", nowhere, []string{"validation regret (% points)", "test accuracy of the incumbent (%)"}},
		{"trajectories,metric=val", twoObjectives(), []string{"validation accuracy of the incumbent (%)"}},
		{"ecdf,reach=0.5", twoObjectives(), []string{"share with hypervolume ≥ 0.5 share"}},
		{"ecdf,within=0.5", twoObjectives(), []string{"share with hypervolume gap ≤ 0.5 share"}},
	} {
		var got []string
		for _, p := range chart(t, c.kind, c.set).Panels {
			got = append(got, p.YLabel)
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: %s", c.kind, d)
		}
	}
}

// What half of three runs attain, and one and three of them, counted: of points (params, error) the first run has
// (90, .5) and (99, .2), the second (92, .4), the third (95, .3). Where less than three attain anything, what three attain is the
// reference's error.
func TestAttained(t *testing.T) {
	s := twoObjectives()
	points := [][][2]float64{{{90, .5}, {99, .2}}, {{92, .4}}, {{95, .3}}}
	for i, of := range points {
		r := &s.Arms[0].Runs[i]
		r.Steps, r.Entries = nil, nil
		for k, at := range of {
			e := step(int64(k+1), at[1], at[1])
			e.Loss, e.Others = at[1], []float64{at[0]}
			r.Entries = append(r.Entries, e)
		}
		r.Steps = r.Entries
	}
	f := chart(t, "pareto", s)
	got := f.Panels[0].Series[1]
	want := Series{Name: "evolution", Hue: 1, X: []float64{92, 95, 95, 99, 99}, Mid: []float64{.5, .5, .4, .4, .3},
		Lo: []float64{.4, .4, .3, .3, .2}, Hi: []float64{.7, .7, .5, .5, .4}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	volumes := f.Panels[1]
	if volumes.YLabel != "hypervolume (share of the exact front's)" || volumes.Series[0].Hue != 1 || volumes.Series[1].Hue != 1 || f.Columns != 2 {
		t.Errorf("%q, %+v", volumes.YLabel, volumes.Series)
	}
	if n := len(chart(t, "pareto,hypervolume=no", s).Panels); n != 1 {
		t.Errorf("%d panels", n)
	}
}
