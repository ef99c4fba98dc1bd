package evolvetest

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/amoeba-nas/amoeba/evolve"
)

// shuffled shows for an architecture the values of one that is sampled by its text, and for each of several schedules
// those of another one: what a short training tells of a long one is gone too. The values' distribution stays and with
// it what random search finds; what neighbours have in common is gone. Unlike a permutation this needs no list of the
// space.
type shuffled struct {
	evolve.Benchmark
	space evolve.Space
	last  int // epochs
	seed  uint64
}

// Shuffled is a benchmark without structure, for [Blind].
func Shuffled(b evolve.Benchmark) evolve.Benchmark {
	p := b.Problem()
	s := shuffled{Benchmark: b, space: p.Space, seed: suiteSeed}
	if n := len(p.Fidelities); n > 0 {
		s.last = p.Fidelities[n-1].Epochs
	}
	return s
}

func (b shuffled) show(t *evolve.Trial) *evolve.Trial {
	u, text := *t, string(t.Arch)
	if t.Epochs != 0 && t.Epochs != b.last {
		text = fmt.Sprintf("%s after %d", text, t.Epochs)
	}
	u.Arch = b.space.Sample(evolve.Stream(b.seed, text))
	return &u
}

func (b shuffled) Evaluate(ctx context.Context, t *evolve.Trial, r *evolve.Result) error {
	return b.Benchmark.Evaluate(ctx, b.show(t), r)
}

// Score is what the last schedule shows, however long the trial was.
func (b shuffled) Score(t *evolve.Trial) (evolve.Score, error) {
	u := *t
	u.Epochs = b.last
	return b.Benchmark.Score(b.show(&u))
}

// sampler is random search, so that the suite imports no searcher.
type sampler struct {
	once  bool // it proposes no network twice while it finds a new one
	space evolve.Space
	r     *rand.Rand
	seen  map[evolve.Arch]bool
}

func (s *sampler) Init(p evolve.Problem, r *rand.Rand) error {
	*s = sampler{once: s.once, space: p.Space, r: r, seen: map[evolve.Arch]bool{}}
	return nil
}

// Draws until a new network is found. A pool of 700 of which 200 are known gives one nearly always.
const samplerDraws = 100

func (s *sampler) Ask(p *evolve.Proposal) bool {
	for range samplerDraws {
		p.Arch = s.space.Sample(s.r)
		if !s.once {
			break
		}
		network, err := s.space.Canon(p.Arch)
		if err == nil && !s.seen[network] {
			s.seen[network] = true
			break
		}
	}
	return true
}

func (s *sampler) Tell(*evolve.Trial, *evolve.Result) error { return nil }
