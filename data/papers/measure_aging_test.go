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
	m := &Measured{Samples: []Sample{
		{Values: []float64{5, 5.1, 4.9}}, {Values: []float64{1, 1.1, .9}},
		{Values: []float64{1, 2, 3}}, {Values: []float64{1, 2, 3.1}},
		{Values: []float64{7, 7, 7}}, {Values: []float64{7, 7, 7}},
	}}
	g.compare(m)
	got := m.Samples[6]
	if got.Label != AgingBetter || !slices.Equal(got.Values, []float64{1, 0}) {
		t.Errorf("%+v, want 1 and 0", got)
	}
	if !strings.Contains(m.Notes[0], "of 3 points") || !strings.HasSuffix(m.Notes[0], "at 1 and below at 0") {
		t.Errorf("note %q", m.Notes[0])
	}
	for i := range m.Samples[:6] {
		m.Samples[i].Falls = true
	}
	m.Samples = m.Samples[:6]
	g.compare(m)
	if got := m.Samples[6].Values; !slices.Equal(got, []float64{0, 1}) {
		t.Errorf("of a metric that falls: %v, want 0 and 1", got)
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
	for label, want := range map[string][2]float64{"P=100 S=10 aging": {72.8, 4.5}, "P=100 S=10 non-aging": {62.1, 3.9}} {
		d := stats.Describe(all[label].Values)
		if d.N != 20 || math.Abs(d.Mean-want[0]) > 3*want[1]/math.Sqrt(20) {
			t.Errorf("%s: mean %g of %d, want %g", label, d.Mean, d.N, want[0])
		}
	}
	if got := all[AgingBetter].Values; !slices.Equal(got, []float64{1}) {
		t.Errorf("%s: %v", AgingBetter, got)
	}
}
