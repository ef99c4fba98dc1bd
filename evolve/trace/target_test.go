package trace

import (
	"math"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
)

// A run that finds 10 % at trial 2, 20 % at trial 5 and 40 % at trial 9, and ends at 12.
func TestTargets(t *testing.T) {
	s := &Set{About: evolve.About{BestVal: .5, BestTest: math.NaN()}}
	steps := []journal.Entry{{Trial: 2, ValError: .9}, {Trial: 5, ValError: .8}, {Trial: 9, ValError: .6}}
	r := &Run{Final: journal.Entry{Trial: 12, ValError: .6}, Steps: steps, Entries: steps}
	nan := math.NaN()
	val, x := s.Validation(), s.Trials()
	regret, err := s.Measure("regret")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what      string
		got, want float64
	}{
		{"before 1", val.Before(r, x, 1), nan}, {"before 2", val.Before(r, x, 2), 10}, {"before 8.9", val.Before(r, x, 8.9), 20},
		{"before 100", val.Before(r, x, 100), 40},
		{"reach 15", val.Reached(r, x, 15), 5}, {"reach 40.1", val.Reached(r, x, 40.1), nan},
		{"within 30", regret.Reached(r, x, 30.0001), 5}, {"within 5", regret.Reached(r, x, 5), nan},
		{"average of 2 to 12", val.Average(r, x, 2, 12), (3*10 + 4*20 + 3*40) / 10.},
		{"average of 3 to 6", val.Average(r, x, 3, 6), (2*10 + 20) / 3.},
		{"average of 10 to 20", val.Average(r, x, 10, 20), 40},
		{"average of 5 to 9", val.Average(r, x, 5, 9), 20},
		{"average of 1 to 12", val.Average(r, x, 1, 12), nan},
		{"average regret of 2 to 12", regret.Average(r, x, 2, 12), 50 - 23},
	} {
		if !(math.Abs(c.got-c.want) < 1e-9 || math.IsNaN(c.got) && math.IsNaN(c.want)) {
			t.Errorf("%s: %g, want %g", c.what, c.got, c.want)
		}
	}
}
