package evolvetest

import (
	"context"
	"math"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// Runs are paired with another searcher's by seed. With m runs on each side the chance A12 that the other searcher ends
// worse has a standard deviation of √((2m+1)/12)/m when nothing differs: 0.029 for 200 runs, 0.020 for 400. A claim
// must be further above one half than luck alone brings it one time in 10,000, which is 3.72 standard deviations: 0.608
// with 200 runs. Searchers that fit models are asked less often, and shown to be better by as much luck.
const (
	claimRuns      = 200
	claimRunsModel = 40
	claimSigmas    = 3.72
	claimMost      = 100 // trials of a run of a searcher that fits models: seconds of each

	blindTrials      = 200
	blindTrialsModel = 25 // ten to begin with and fifteen that a model proposes: who looks ahead is seen at once
	blindRuns        = 400
	blindRunsModel   = 40
	blindSigmas      = 2.4 // A12 at most 0.549 with 400 runs, 0.656 with 40
)

// Claims holds a searcher, with the given settings, to what its entry claims. A searcher that claims nothing must be a
// baseline.
func Claims(t *testing.T, e evolve.Entry[evolve.Searcher], set ...evolve.Setting) {
	if len(e.Claims) == 0 && !e.Baseline {
		t.Errorf("%s claims nothing and is no baseline", e.Name)
	}
	for _, claim := range e.Claims {
		t.Run("over "+claim.Over+" on "+claim.On, func(t *testing.T) {
			c := newSearcher(t, e, Open(t, evolve.Benchmarks, claim.On), set)
			if needs := c.fit(t); needs&evolve.Schedules != 0 && claim.By != evolve.BySeconds {
				t.Errorf("a searcher that chooses how long it trains claims to be better by %s, want by %s",
					claim.By, evolve.BySeconds)
			}
			if c.models && claim.By == evolve.ByTrials && claim.Budget > claimMost {
				t.Fatalf("a searcher that fits models claims to be better within %g trials, want within %d, "+
					"which the suite can afford", claim.Budget, claimMost)
			}
			if a12, least := c.chance(t, claim); a12 < least {
				t.Errorf("%s ends worse in %.3f of the pairs of runs, want at least %.3f", claim.Over, a12, least)
			}
		})
	}
}

// chance is the chance that within the budget of a claim the other searcher ends worse, and what it must at least be.
func (c *searcher) chance(t *testing.T, claim evolve.Claim) (a12, least float64) {
	t.Helper()
	runs := claimRuns
	if c.models {
		runs = claimRunsModel
	}
	b := bound{trials: int(claim.Budget)}
	switch claim.By {
	case evolve.ByTrials:
	case evolve.BySeconds:
		b = bound{seconds: claim.Budget}
	default:
		t.Fatalf("a budget of %q: want %s or %s", claim.By, evolve.ByTrials, evolve.BySeconds)
	}
	end := final
	if c.fit(t)&evolve.Objectives != 0 {
		end = unreached
	}
	searched, other := c.ends(t, c.bench, b, Open(t, evolve.Searchers, claim.Over), runs, end)
	return stats.MannWhitney(other, searched).A12, above(claimSigmas, runs)
}

// above is an A12 so many standard deviations above no difference.
func above(sigmas float64, runs int) float64 {
	return .5 + float64(sigmas*(math.Sqrt(float64(2*runs+1)/12)/float64(runs)))
}

// Blind checks that a searcher is no better than random search on a benchmark without
// structure, where nothing that it learns says anything about what it proposes next. One
// that is better has looked at values that it did not pay for.
//
// Who chooses how long to train may spend as many seconds as random search. Who proposes nothing twice sees more
// architectures than random search does, and is held against one that does not repeat itself either.
func Blind(t *testing.T, e evolve.Entry[evolve.Searcher], b evolve.Benchmark, set ...evolve.Setting) {
	c := newSearcher(t, e, b, set)
	runs, bound := blindRuns, bound{trials: blindTrials}
	switch {
	case c.models:
		runs, bound.trials = blindRunsModel, blindTrialsModel
	case testing.Short():
		runs /= 2
	}
	if c.fit(t)&evolve.Schedules != 0 {
		bound = bound.inSeconds(t, b)
	}
	s, r := c.ends(t, b, bound, &sampler{once: c.skips}, runs, final)
	if a12, most := stats.MannWhitney(r, s).A12, above(blindSigmas, runs); a12 > most {
		t.Errorf("without structure random search ends worse in %.3f of the pairs of runs, want at most %.3f",
			a12, most)
	}
}

// bound is how far a run goes; 0 is no bound.
type bound struct {
	trials  int
	seconds float64
}

// inSeconds is what random search takes for a bound of trials.
func (b bound) inSeconds(t *testing.T, on evolve.Benchmark) bound {
	t.Helper()
	study := evolve.Study{Problem: on.Problem(), Searcher: &sampler{}, Pool: evolve.Simulate(on, 1), Seed: suiteSeed,
		Trials: b.trials}
	sum, err := study.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return bound{seconds: sum.End}
}

// ending is a number of how a run ends, the lower the better.
type ending func(t *testing.T, s evolve.Searcher, b evolve.Benchmark, bound bound, seed uint64) float64

// ends are how runs of the searcher and of another end.
func (c *searcher) ends(t *testing.T, b evolve.Benchmark, bound bound, other evolve.Searcher, runs int, end ending) (
	searched, others []float64) {
	t.Helper()
	s := c.new(t)
	for seed := range uint64(runs) {
		searched = append(searched, end(t, s, b, bound, seed))
		others = append(others, end(t, other, b, bound, 1000+seed))
	}
	return searched, others
}

// final is the true validation error of what a run ends with: of the trials of the highest fidelity, the one of the
// lowest loss.
func final(t *testing.T, s evolve.Searcher, b evolve.Benchmark, bound bound, seed uint64) float64 {
	t.Helper()
	one := b.Problem()
	one.Objectives = one.Objectives[:1]
	best := best{archive: trace.NewArchive(one, trace.Highest)}
	bound.study(t, s, b, &best, seed)
	score, err := b.Score(&best.trial)
	if err != nil {
		t.Fatal(err)
	}
	return score.Val
}

// best keeps the trial that entered its archive last.
type best struct {
	trial   evolve.Trial
	archive *trace.Archive
}

func (b *best) Record(o *evolve.Outcome) error {
	if b.archive.Add(o) {
		b.trial = o.Trial
	}
	return nil
}

// unreached is minus the hypervolume of what a run was told, below the reference point.
func unreached(t *testing.T, s evolve.Searcher, b evolve.Benchmark, bound bound, seed uint64) float64 {
	t.Helper()
	var all tape
	bound.study(t, s, b, &all, seed)
	var reference []float64
	for _, o := range b.Problem().Objectives {
		reference = append(reference, o.Reference)
	}
	var points [][]float64
	for _, o := range all.outcomes {
		if o.Err == nil {
			points = append(points, append([]float64{o.Loss}, o.Others...))
		}
	}
	return -stats.Hypervolume(points, reference)
}

// study runs a searcher up to a bound.
func (b bound) study(t *testing.T, s evolve.Searcher, on evolve.Benchmark, r evolve.Recorder, seed uint64) {
	t.Helper()
	study := evolve.Study{Problem: on.Problem(), Searcher: s, Pool: evolve.Simulate(on, 1), Recorder: r, Seed: seed,
		Trials: b.trials, Budget: b.seconds}
	if _, err := study.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
}
