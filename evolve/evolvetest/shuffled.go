package evolvetest

import (
	"context"
	"math/rand/v2"

	"github.com/amoeba-nas/amoeba/evolve"
)

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
