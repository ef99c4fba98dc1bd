package plots

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// shares are the heights of a panel's curves just after places.
func shares(p Panel, xs ...float64) (all [][]float64) {
	for _, s := range p.Series {
		var got []float64
		for _, x := range xs {
			y := 0.0
			for i, at := range s.X {
				if at <= x {
					y = s.Mid[i]
				}
			}
			got = append(got, y)
		}
		all = append(all, got)
	}
	return all
}

// The regrets of rivals, whose best error is .1, are 40, 20, 40, 40 for fast, 0, 0, 30 for late, 60, 60, 10 for random.
// Where fast has one run on another benchmark, each benchmark still counts one half.
func TestProfile(t *testing.T) {
	for kind, want := range map[string][][]float64{
		"profile,log-x=no": {{0, 0, .25, .25, 1}, {2. / 3, 2. / 3, 2. / 3, 1, 1}, {0, 1. / 3, 1. / 3, 1. / 3, 1. / 3}},
	} {
		if d := cmp.Diff(want, shares(chart(t, kind, rivals()).Panels[0], 5, 15, 25, 35, 45), approx); d != "" {
			t.Errorf("%s: %s", kind, d)
		}
	}
	other := rivals()
	other.Name, other.Spec.Benchmark = "other", "other"
	other.Arms[0].Runs = other.Arms[0].Runs[1:2] // a regret of 20 alone
	f := chart(t, "profile,log-x=no", rivals(), other)
	if got, want := shares(f.Panels[0], 25)[0][0], (.25+1)/2; math.Abs(got-want) > 1e-9 {
		t.Errorf("%g, want %g", got, want)
	}
	if !strings.HasPrefix(f.Note, "Share of the runs whose regret is at most so large (score distributions), the mean over 2 benchmarks. ") {
		t.Error(f.Note)
	}
}

// To a regret of 45, an error of .55, fast needs 1 trial in all of three blocks; late 5, 5 and 1; random 5 in the third
// alone. The ratios are 1, 1, 1; 5, 5, 1; never, never, 5.
func TestProfileRatios(t *testing.T) {
	f := chart(t, "profile,within=45,log-x=no", rivals())
	want := [][]float64{{1, 1, 1}, {1. / 3, 1. / 3, 1}, {0, 0, 1. / 3}}
	if d := cmp.Diff(want, shares(f.Panels[0], 1, 4.9, 5), approx); d != "" {
		t.Error(d)
	}
	if f.Panels[0].XLabel != "times the trials of the fastest" || !strings.Contains(f.Note, "validation regret ≤ 45 % points is met") {
		t.Errorf("%q, %q", f.Panels[0].XLabel, f.Note)
	}
	unknown := rivals()
	unknown.About.BestVal = math.NaN()
	for _, c := range []struct {
		kind, want string
		set        *trace.Set
	}{
		{"profile", "regrets are not known, as the best of no benchmark is", unknown},
		{"profile,metric=regret", "the best of made-up is not known", unknown},
		{"profile,metric=val", "a profile is of regrets, and metric val is none", rivals()},
		{"profile,metric=regret+test-regret", "want one", rivals()},
		{"profile,x=seconds", "x=seconds has no effect here, it is of within", rivals()},
	} {
		if _, err := drawing(c.kind, Options{}, c.set); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.kind, err, c.want)
		}
	}
}
