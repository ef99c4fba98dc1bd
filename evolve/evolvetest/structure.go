package evolvetest

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// Runs are paired with random search by seed. With m runs on each side the chance A12 that
// random search ends worse has a standard deviation of √((2m+1)/12)/m when nothing differs:
// 0.029 for 200 runs, 0.020 for 400.
const (
	structureTrials = 400
	structureRuns   = 60
	structureA12    = .7 // a searcher that learns is far above
	blindTrials     = 200
	blindRuns       = 400
	blindA12        = .55 // 2.4 standard deviations above no difference
)

// findsStructure: where neighbours are alike, searching beats sampling.
func (c *searcher) findsStructure(t *testing.T) {
	s, r := c.errors(t, c.bench, structureTrials, structureRuns)
	if a12 := stats.MannWhitney(r, s).A12; a12 < structureA12 {
		t.Errorf("random search ends worse in %.3f of the pairs of runs, want at least %g", a12, structureA12)
	}
}

// Blind checks that a searcher is no better than random search on a benchmark without
// structure, where nothing that it learns says anything about what it proposes next. One
// that is better has looked at values that it did not pay for.
func Blind(t *testing.T, e evolve.Entry[evolve.Searcher], b evolve.Benchmark, set ...evolve.Setting) {
	runs := blindRuns
	if testing.Short() {
		runs /= 2
	}
	c := &searcher{entry: e, set: set, bench: b}
	s, r := c.errors(t, b, blindTrials, runs)
	if a12 := stats.MannWhitney(r, s).A12; a12 > blindA12 {
		t.Errorf("without structure random search ends worse in %.3f of the pairs of runs, want at most %g", a12, blindA12)
	}
}

// errors are the true validation errors of what the searcher and random search end with.
func (c *searcher) errors(t *testing.T, b evolve.Benchmark, trials, runs int) (searched, random []float64) {
	t.Helper()
	s := c.new(t)
	for seed := range uint64(runs) {
		searched = append(searched, final(t, s, b, trials, seed))
		random = append(random, final(t, &sampler{}, b, trials, 1000+seed))
	}
	return searched, random
}

// final is the true validation error of the lowest loss seen.
func final(t *testing.T, s evolve.Searcher, b evolve.Benchmark, trials int, seed uint64) float64 {
	t.Helper()
	one := b.Problem()
	one.Objectives = one.Objectives[:1]
	best := best{archive: trace.NewArchive(one, trace.Any)}
	study := evolve.Study{Problem: b.Problem(), Searcher: s, Pool: evolve.Simulate(b, 1), Recorder: &best, Seed: seed, Trials: trials}
	if _, err := study.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	score, err := b.Score(&best.trial)
	if err != nil {
		t.Fatal(err)
	}
	return score.Val
}

// best keeps the trial of the lowest loss, of equals the first.
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

// shuffled shows for an architecture the values of one that is sampled by its text. The
// values' distribution stays and with it what random search finds; what neighbours have in
// common is gone. Unlike a permutation this needs no list of the space.
type shuffled struct {
	evolve.Benchmark
	space evolve.Space
	seed  uint64
}

func (b shuffled) show(t *evolve.Trial) *evolve.Trial {
	u := *t
	u.Arch = b.space.Sample(evolve.Stream(b.seed, string(t.Arch)))
	return &u
}

func (b shuffled) Evaluate(ctx context.Context, t *evolve.Trial, r *evolve.Result) error {
	return b.Benchmark.Evaluate(ctx, b.show(t), r)
}

func (b shuffled) Score(t *evolve.Trial) (evolve.Score, error) { return b.Benchmark.Score(b.show(t)) }

// sampler is random search, so that the suite imports no searcher.
type sampler struct {
	space evolve.Space
	r     *rand.Rand
}

func (s *sampler) Init(p evolve.Problem, r *rand.Rand) error { s.space, s.r = p.Space, r; return nil }

func (s *sampler) Ask(p *evolve.Proposal) bool { p.Arch = s.space.Sample(s.r); return true }

func (s *sampler) Tell(*evolve.Trial, *evolve.Result) error { return nil }
