package evolvetest_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/evolvetest"
	"github.com/amoeba-nas/amoeba/evolve/pareto"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/internal/shared"
)

// exactFront is a benchmark of two objectives all of whose answers are known, with its front.
type exactFront struct {
	evolve.Benchmark
	reference []float64
	points    map[string]bool // of the front
	volume    float64
}

// openFront opens nb201:cifar10, error and another objective, and skips the test where its table is not here.
func openFront(t *testing.T, objective string, reference ...float64) *exactFront {
	b, _, err := evolve.Benchmarks.Open(evolve.Spec{Name: "nb201", Variant: "cifar10", Set: []evolve.Setting{
		{Key: "source", Value: "table"}, {Key: "objectives", Value: "error+" + objective}}})
	if errors.Is(err, fs.ErrNotExist) {
		shared.Need(t, published)
	}
	if err != nil {
		t.Fatal(err)
	}
	var all outcomes
	space := b.Problem().Space.(evolve.Enumerable)
	for i := range space.Size() {
		o := evolve.Outcome{Trial: evolve.Trial{Proposal: evolve.Proposal{Arch: space.At(i)}}}
		if err := b.Evaluate(context.Background(), &o.Trial, &o.Result); err != nil {
			t.Fatal(err)
		}
		all.Record(&o)
	}
	f := &exactFront{Benchmark: b, reference: reference, points: map[string]bool{}}
	var front [][]float64
	for _, i := range pareto.First(all) {
		front = append(front, all[i])
		f.points[fmt.Sprint(all[i])] = true
	}
	f.volume = stats.Hypervolume(front, reference)
	return f
}

// outcomes are the values of trials of a full training.
type outcomes [][]float64

func (r *outcomes) Record(o *evolve.Outcome) error {
	if o.Epochs != 0 && o.Epochs != 200 { // those of nb201
		return nil
	}
	*r = append(*r, append([]float64{o.Loss}, o.Others...))
	return nil
}

// search runs a searcher for so many trials, or where these are 0 so many seconds. It returns the share of the front's
// hypervolume that it found, and of how many points of the front it found an architecture.
func (f *exactFront) search(t *testing.T, searcher string, trials int, seconds float64, seed uint64) (
	share float64, found int) {
	t.Helper()
	var r outcomes
	study := evolve.Study{Problem: f.Problem(), Searcher: evolvetest.Open(t, evolve.Searchers, searcher),
		Pool: evolve.Simulate(f, 1), Recorder: &r, Trials: trials, Budget: seconds, Seed: seed}
	if _, err := study.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, p := range r {
		if key := fmt.Sprint(p); f.points[key] {
			seen[key] = true
		}
	}
	return stats.Hypervolume(r, f.reference) / f.volume, len(seen)
}

// Searchers of several objectives find nearly all of the front of nb201:cifar10, of error and latency (reference: an
// error of 0.2 and 40 ms) and of error and parameters. Ten runs hold what comments of theirs say of more.
func TestExactFronts(t *testing.T) {
	t.Run("nsga2", func(t *testing.T) {
		f := openFront(t, "latency:raspi4", .2, 40)
		if math.Abs(f.volume-3.59258) > 5e-6 {
			t.Errorf("the exact front's hypervolume is %.6g, want 3.59258", f.volume)
		}
		var shares []float64
		for seed := range uint64(10) {
			share, _ := f.search(t, "nsga2", 5000, 0, seed)
			shares = append(shares, share)
		}
		if mean := sum(shares) / 10; mean < .999 {
			t.Errorf("nsga2 finds %.4f of the front's hypervolume, want 0.999", mean)
		}
		f = openFront(t, "params", .2, 2e6)
		var found []int
		for seed := range uint64(10) {
			_, n := f.search(t, "nsga2", 5000, 0, seed)
			found = append(found, n)
		}
		if slices.Sort(found); len(f.points) != 10 || found[1] < 9 {
			t.Errorf("nsga2 finds %v of %d points of the front, want 9 of 10 in all runs but one", found, len(f.points))
		}
	})
	t.Run("asha", func(t *testing.T) {
		f := openFront(t, "latency:raspi4", .2, 40)
		var byFront, byLoss []float64
		for seed := range uint64(20) {
			share, _ := f.search(t, "asha,by=front", 0, 200_000, seed)
			byFront = append(byFront, share)
			share, _ = f.search(t, "asha", 0, 200_000, seed)
			byLoss = append(byLoss, share)
		}
		if test := stats.MannWhitney(byFront, byLoss); test.P > .001 || test.A12 < .5 {
			t.Errorf("asha,by=front finds %.4f of the front's hypervolume, asha %.4f: p %.2g", sum(byFront)/20,
				sum(byLoss)/20, test.P)
		}
	})
	t.Run("lemonade", func(t *testing.T) {
		for _, f := range []*exactFront{openFront(t, "latency:raspi4", .2, 40), openFront(t, "params", .2, 2e6)} {
			var missed, drawn []float64
			for seed := range uint64(10) {
				share, _ := f.search(t, "lemonade", 5000, 0, seed)
				missed = append(missed, 1-share)
				share, _ = f.search(t, "random", 5000, 0, seed)
				drawn = append(drawn, 1-share)
			}
			if test := stats.MannWhitney(drawn, missed); test.P > .001 || test.A12 < .5 {
				t.Errorf("%v: lemonade misses %.2g of the front's hypervolume, random search %.2g: p %.2g",
					evolve.ObjectiveNames(f.Problem().Objectives), sum(missed)/10, sum(drawn)/10, test.P)
			}
		}
	})
}

// Searchers of a point of the front, and of few trials, find more of it than random search: evolution on one loss of
// both objectives where it proposes nothing twice, and a model within 150 trials, there also more than nsga2.
func TestFrontsOver(t *testing.T) {
	for _, c := range []struct {
		searcher     string
		trials, runs int
		over         []string
	}{
		{"regevo,scalar=weighted:0.7+0.3,repeat=skip", 5000, 10, []string{"random"}},
		{"regevo,scalar=chebyshev:0.7+0.3,repeat=skip", 5000, 10, []string{"random"}},
		{"ehvi", 150, 8, []string{"random", "nsga2"}},
	} {
		t.Run(c.searcher, func(t *testing.T) {
			f := openFront(t, "latency:raspi4", .2, 40)
			shares := func(searcher string) (all []float64) {
				for seed := range uint64(c.runs) {
					share, _ := f.search(t, searcher, c.trials, 0, seed)
					all = append(all, share)
				}
				return all
			}
			own := shares(c.searcher)
			for _, over := range c.over {
				other := shares(over)
				if test := stats.MannWhitney(own, other); test.P > .001 || test.A12 < .5 {
					t.Errorf("%s finds %.4f of the front's hypervolume, %s %.4f: p %.2g", c.searcher,
						sum(own)/float64(c.runs), over, sum(other)/float64(c.runs), test.P)
				}
			}
		})
	}
}

func sum(xs []float64) (sum float64) {
	for _, x := range xs {
		sum += x
	}
	return sum
}
