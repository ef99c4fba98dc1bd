package search_test

import (
	"context"
	"math"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/search"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/surrogate"
	"gonum.org/v1/gonum/stat"
)

// toy runs the simulated search of Real et al.'s appendix and returns, for each seed, the
// best observed accuracy and the ones of that individual.
func toy(t *testing.T, s evolve.Searcher, noise float64, clip bool, trials, runs int) (observed, ones []float64) {
	t.Helper()
	b := &surrogate.Bits{Length: space.BitsLength, Noise: noise, Clip: clip, Cost: 1}
	for seed := range uint64(runs) {
		best := best{loss: math.Inf(1)}
		_, err := (&evolve.Study{Problem: b.Problem(), Searcher: s, Pool: evolve.Simulate(b, 1), Recorder: &best, Trials: trials, Seed: seed}).Run(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		observed = append(observed, 1-best.loss)
		ones = append(ones, float64(space.Ones(best.arch)))
	}
	return observed, ones
}

// best keeps the lowest loss and its architecture.
type best struct {
	loss float64
	arch evolve.Arch
}

func (b *best) Record(o *evolve.Outcome) error {
	if o.Loss < b.loss {
		b.loss, b.arch = o.Loss, o.Arch
	}
	return nil
}

// The published toy, 1000 evaluations, against an independent simulation with 200 seeds
// (mean and standard deviation). A mean may be off by four standard errors of both.
func TestToy(t *testing.T) {
	runs := 80
	if testing.Short() {
		runs = 20
	}
	aging := search.RegEvo{Population: 100, Sample: 10}
	distinct, worst, small := aging, aging, aging
	distinct.Distinct, worst.Kill, small.Population = true, "worst", 20
	for _, c := range []struct {
		name               string
		s                  evolve.Searcher
		noise              float64
		observed, deviates float64
		ones, onesDeviate  float64
	}{
		{"random", &search.Random{}, .01, .6625, .0166, 65.5, 1.9},
		{"aging, with replacement", &aging, .01, .9075, .0210, 89.1, 2.1},
		{"aging, without replacement", &distinct, .01, .9128, .0221, 89.6, 2.3},
		{"remove worst", &worst, .01, .9060, .0227, 88.9, 2.4},
		{"aging, P=20", &small, .01, .9576, .0167, 93.8, 1.8},
		{"aging, no noise", &aging, 0, .9304, .0164, 93.0, 1.6},
		{"remove worst, no noise", &worst, 0, .9313, .0171, 93.1, 1.7},
	} {
		t.Run(c.name, func(t *testing.T) {
			observed, ones := toy(t, c.s, c.noise, true, 1000, runs)
			errs := 4 * math.Sqrt(1/float64(runs)+1./200)
			if m := stat.Mean(observed, nil); math.Abs(m-c.observed) > errs*c.deviates {
				t.Errorf("best observed accuracy %.4f, want %.4f ± %.4f", m, c.observed, errs*c.deviates)
			}
			if m := stat.Mean(ones, nil); math.Abs(m-c.ones) > errs*c.onesDeviate {
				t.Errorf("%.2f ones, want %.1f ± %.2f", m, c.ones, errs*c.onesDeviate)
			}
		})
	}
}

// With much noise what regularizes shows: remove-worst keeps what was lucky once (the same
// toy, noise 0.1, no clipping, 3000 evaluations, 60 seeds: 72.8 ± 4.5 and 62.1 ± 3.9 ones).
func TestAgingBeatsNonAging(t *testing.T) {
	const runs = 120
	means := map[string]float64{}
	for kill, want := range map[string]float64{"oldest": 72.8, "worst": 62.1} {
		_, ones := toy(t, &search.RegEvo{Population: 100, Sample: 10, Kill: kill}, .1, false, 3000, runs)
		means[kill] = stat.Mean(ones, nil)
		if math.Abs(means[kill]-want) > 1.5 {
			t.Errorf("kill=%s: %.2f ones, want %.1f ± 1.5", kill, means[kill], want)
		}
	}
	if d := means["oldest"] - means["worst"]; d < 8 {
		t.Errorf("aging is %.2f ones ahead, want 10.7 or so", d)
	}
}
