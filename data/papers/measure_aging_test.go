package papers

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/stats"
)

// By hand: aging is clearly better at one point, worse at the second by less than chance, and equal at the third.
func TestAgingCompare(t *testing.T) {
	g := &aging{points: [][2]int{{4, 2}, {8, 2}, {8, 4}}}
	m := &Measured{Samples: []Sample{{Values: []float64{4, 4.1, 3.9}}, {Values: []float64{-1, .5, .4}},
		{Values: []float64{0, 1, -1}}}}
	g.compare(m)
	if got := m.Samples[3]; got.Label != AgingBetter || !slices.Equal(got.Values, []float64{1, 0}) {
		t.Errorf("%+v, want 1 and 0", got)
	}
	if !strings.Contains(m.Notes[0], "of 3 points") || !strings.HasSuffix(m.Notes[0], "at 1 and below at 0") {
		t.Errorf("note %q", m.Notes[0])
	}
	a, b := []float64{3, 5}, []float64{1, 6}
	if got := ahead(a, b, false); !slices.Equal(got, []float64{2, -1}) {
		t.Errorf("of a metric that rises: %v", got)
	}
	if got := ahead(a, b, true); !slices.Equal(got, []float64{-2, 1}) {
		t.Errorf("of a metric that falls: %v", got)
	}
}

// S at most P, in the order of P.
func TestAgingGrid(t *testing.T) {
	g := &aging{}
	if err := g.grid("4+2+1", "2+4"); err != nil || !slices.Equal(g.points, [][2]int{{4, 2}, {4, 4}, {2, 2}}) {
		t.Errorf("%v, %v", g.points, err)
	}
	for _, texts := range [][2]string{{"2", "3"}, {"x", "1"}, {"2", "0"}, {"", "1"}, {"2", "1+"}} {
		if err := new(aging).grid(texts[0], texts[1]); !errors.Is(err, evolve.ErrInvalid) {
			t.Errorf("populations=%s, samples=%s: %v", texts[0], texts[1], err)
		}
	}
}

// On noisy bits the numbers are those of another program (real2019-toy.yaml): 72.8 of 100 ones with aging, with a
// standard deviation of 4.5, and 62.1, 3.9, without.
func TestAging(t *testing.T) {
	all := measured(t, "aging,benchmark=(bits,length=100,noise=0.1,clip=no),populations=100,samples=10,trials=3000,"+
		"metric=val", Asked{Repeats: 20, Seed: 1, Procs: 2})
	d, want, sd := stats.Describe(all["P=100 S=10"].Values), 72.8-62.1, math.Hypot(4.5, 3.9)
	if d.N != 20 || math.Abs(d.Mean-want) > 3*sd/math.Sqrt(20) || d.Std < sd/2 || d.Std > 2*sd {
		t.Errorf("aging is ahead by %g ± %g in %d runs, want %g ± %g", d.Mean, d.Std, d.N, want, sd)
	}
	if got := all[AgingBetter].Values; !slices.Equal(got, []float64{1}) {
		t.Errorf("%s: %v", AgingBetter, got)
	}
}
