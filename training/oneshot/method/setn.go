package method

import (
	"cmp"
	"context"
	"math"
	"slices"
	"sync"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/training/net"
	"github.com/amoeba-nas/amoeba/training/oneshot"
)

// setn is Dong and Yang, "One-Shot Neural Architecture Search via Self-Evaluated Template Network", ICCV 2019,
// arXiv:1910.05733. The template, a supernet, is trained along uniformly random paths. The evaluator is chances of the
// candidates of each edge, which after each step of the template take one of Adam down the gradient of a validation
// batch's loss on the mixture of all candidates by these chances. Then the likeliest architectures are scored on the
// template, and the best of them is the answer.
//
// So does the authors' code for NAS-Bench-201 (AutoDL-Projects, exps/algos/SETN.py): the mode "dynamic" of a uniform
// architecture for the weights, "joint" for α, and return_topK, which scores the 100 likeliest of all architectures,
// each on one batch of 512. The paper's larger space cannot be listed: there candidates are sampled by their chances;
// darts has a sample's heaviest candidates ([genotype]) here.
//
// The preset published has these settings (configs/nas-benchmark/algos/SETN.config): 250 epochs of half of CIFAR-10 in
// batches of 64, SGD from 0.025 to 0.001 with Nesterov's momentum 0.9 and decay 5e-4, batch norms without scales, α as
// in DARTS; a batch of 512 is eight of 64. The preset small has fewer steps, raises the rate of α by as much, and
// scores on all images that score.
type setn struct {
	learned
	ranked sync.Once
	likely []evolve.Arch // of nb201: all, the likeliest first
}

func init() {
	published, small := autodlPublished, gdasSmall
	published.Clip, small.Clip = 0, 0
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{
		Name: "setn",
		Doc: "SETN: random paths train a supernet, and gradients the candidates' chances; then the likeliest " +
			"architectures are scored",
		Paper:  "Dong and Yang, ICCV 2019, arXiv:1910.05733",
		Losses: evolve.ByRank,
		Params: append(oneshot.PlanParams(small, published),
			alphaRateParam(gdasAlpha, publishedAlpha),
			evolve.Int("trials", 100, 1, maxTrials, "architectures that are scored"),
			preset(evolve.Int("batches", 0, 0, maxTrials, "of the images that score, for an architecture; 0 is all"),
				"0", "8"),
			refitParam("0", "0"),
		),
		Needs: needsShares,
		Suits: suitsMixtures,
		New: func(o evolve.Options) (evolve.Searcher, error) {
			inner, _, err := evolve.Searchers.OpenText("random") // whose places the phase fills
			if err != nil {
				return nil, err
			}
			batches := meantInt(o, "batches")
			return &scored{name: "setn", plan: oneshot.PlanOf(o), phase: &setn{learned: learned{rate: alphaRate(o)}},
				inner: inner, most: o.Int("trials"), scoring: oneshot.Scoring{Refit: meantInt(o, "refit")},
				part: func(t *evolve.Trial) (from, n int) { return (t.ID - 1) * batches, batches }}, nil
		},
	})
}

func (s *setn) begin(c *oneshot.Course) error {
	s.ranked, s.likely = sync.Once{}, nil
	return s.learned.begin(c)
}

func (s *setn) epoch(ctx context.Context) error {
	epoch, open := s.c.Done(), s.everything()
	err := s.train(ctx, func(i int, b oneshot.Batch, rate float64) (oneshot.Result, error) {
		r, err := s.c.UniformStep(s.c.Stream("path", epoch+1, i), b, rate)
		if err == nil {
			err = s.c.Mix(s.shares())
		}
		if err != nil {
			return r, err
		}
		grads, _, err := s.c.ShareGradients(open, s.c.Val())
		if err == nil {
			s.alpha.step(s.alpha.through(grads))
		}
		return r, err
	})
	if err == nil {
		s.c.Note(noteOf(s.c, s))
	}
	return err
}

// choose is the architecture of a trial: the trial's place among the likeliest, or a sample.
func (s *setn) choose(trial int) (evolve.Arch, error) {
	if s.c.Supernet.Space != "nb201" {
		draw := drawConcrete(s.alpha.logits, s.alpha.ops, 1, s.c.Stream("choose", trial))
		return genotype(s.c.Supernet, draw.p)
	}
	s.ranked.Do(func() { s.likely = likeliest(s.c.Supernet, s.alpha.shares()) })
	return s.likely[(trial-1)%len(s.likely)], nil
}

// likeliest are all architectures of nb201, whose genome has a digit for each edge, the likeliest first; of equals the
// earlier in the space.
func likeliest(s *net.Supernet, shares []float64) []evolve.Arch {
	type ranked struct {
		arch   evolve.Arch
		chance float64 // its logarithm
	}
	all := make([]ranked, space.NB201Size)
	for i := range all {
		all[i].arch = space.NB201{}.At(i)
		for e := range s.Edges {
			all[i].chance += math.Log(shares[s.Gate(e, int(all[i].arch[e]-'0'))])
		}
	}
	slices.SortStableFunc(all, func(a, b ranked) int { return cmp.Compare(b.chance, a.chance) })
	archs := make([]evolve.Arch, len(all))
	for i, r := range all {
		archs[i] = r.arch
	}
	return archs
}
