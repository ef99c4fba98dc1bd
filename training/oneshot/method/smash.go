package method

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/adam"
	"github.com/amoeba-nas/amoeba/training/net"
	"github.com/amoeba-nas/amoeba/training/oneshot"
)

// SMASH: Brock, Lim, Ritchie and Weston, "SMASH: One-Shot Model Architecture Search through HyperNetworks", ICLR 2018,
// arXiv:1708.05344. A hypernetwork writes the weights of any architecture: for each training batch those of a random
// one, and the gradient goes through them to the hypernetwork. Then random architectures are scored with the weights
// that it writes for them, and so are perturbations of the best of these, and a chain of perturbations that moves on
// to each one that is strictly better ([smashPhases]).
//
// preset=published are the defaults of the authors' code, ajbrock/SMASH (SMASH.py, train.py, evaluate.py, utils.py):
// 100 epochs of the 45,000 images of CIFAR-100 that are left to train on, in batches of 50, which are 90,000 steps;
// Adam of 0.001 with β₁ = 0.5 and ε = 1e-4 for the hypernetwork, without decay; rates that fall to 0 by a cosine; 500,
// 100 and 100 architectures, each element of which is drawn anew with the chance 0.05. What is learned freely takes the
// code's second solver, SGD of 0.1 with Nesterov's momentum 0.9 and decay 1e-4, where its first is Adam: shared weights
// are trained by SGD here. The code's hypernetwork is a DenseNet over an encoding of memory banks, and writes 1×1
// convolutions alone; here it is a [hypernetwork] over the choices of a cell, and writes all convolutions that are
// chosen. Stem, batch norms, reductions and the classifier are learned freely, as there. A batch norm is asked by the
// statistics of each batch, or refit: the code's running statistics are of all architectures together.
//
// preset=small has fewer steps, on an epoch of digits 16, and raises the rate of the hypernetwork for it.
func init() {
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{
		Name: "smash",
		Doc: "SMASH: a hypernetwork writes the weights of any architecture; random ones are scored, and changes of " +
			"the best",
		Paper:  "Brock, Lim, Ritchie and Weston, ICLR 2018, arXiv:1708.05344",
		Losses: evolve.ByRank,
		Params: append(oneshot.PlanParams(smashSmall, smashPublished),
			preset(evolve.Float("hyper_lr", 0, 1e-6, 1, "rate of learning of the hypernetwork, at first").
				Logarithmic(), "0.003", "0.001"),
			evolve.Int("rank", 4, 0, 32, "tables that a kernel is a sum of, beside one that no other choice changes; "+
				"0: weights are shared"),
			evolve.Float("holdout", 0, 0, .9, "share of the cells that no training batch sees, for measurements"),
			preset(evolve.Int("random", 0, 1, maxTrials, "architectures that are scored first"), "500", "500"),
			preset(evolve.Int("perturbed", 0, 0, maxTrials, "changes of the best of these"), "100", "100"),
			preset(evolve.Int("chained", 0, 0, maxTrials, "changes of the best so far, one after another"),
				"100", "100"),
			evolve.Float("chance", .05, .001, 1, "that a change draws a decision anew"),
			refitParam("0", "0"),
		),
		Needs: func(evolve.Options) evolve.Needs { return evolve.Shares | evolve.Decides },
		Suits: func(o evolve.Options, p evolve.Problem) error {
			sharing, err := oneshot.SharingOf(p)
			if err != nil {
				return err
			}
			s, err := sharing.Network(oneshot.PlanOf(o))
			if err != nil {
				return err
			}
			return checkSize(layHypernetwork(s, o.Int("rank")), s)
		},
		New: func(o evolve.Options) (evolve.Searcher, error) {
			plan := oneshot.PlanOf(o)
			return &scored{name: "smash", plan: plan,
				scoring: oneshot.Scoring{Refit: meantInt(o, "refit"), Own: true},
				phase: &smash{rank: o.Int("rank"), rate: meantFloat(o, "hyper_lr") / plan.LR,
					holdout: o.Float("holdout")},
				inner: &smashPhases{random: meantInt(o, "random"), perturbed: meantInt(o, "perturbed"),
					chained: meantInt(o, "chained"), chance: o.Float("chance")}}, nil
		},
	})
}

var (
	smashPublished = oneshot.Plan{Steps: 90_000, LR: .1, Momentum: .9, Nesterov: true, WeightDecay: 1e-4, Affine: true,
		Closed: oneshot.Drift}
	smashSmall = oneshot.Plan{Epochs: 150, LR: .1, LRMin: .001, Momentum: .9, WeightDecay: 3e-4, Clip: 5, Affine: true}
)

// smashAdam are the settings of the hypernetwork's Adam in ajbrock/SMASH. Its rate is the schedule's.
var smashAdam = adam.Options{Beta1: .5, Epsilon: 1e-4}

// mostTimes is how many times the parameters of its supernet a hypernetwork may have.
const mostTimes = 10

// smash is the phase that trains a hypernetwork.
type smash struct {
	rank    int
	rate    float64 // of the hypernetwork, over that of the weights
	holdout float64

	course *oneshot.Course
	*hyperstep[float32]
}

// checkSize refuses a hypernetwork that would be too large beside its supernet.
func checkSize(h *hypernetwork, s *net.Supernet) error {
	if has, most := h.params(), mostTimes*s.Params(); has > most {
		return fmt.Errorf("a hypernetwork of %d parameters, more than %d times the %d of the supernet: want a "+
			"lower rank than %d, or more channels: %w", has, mostTimes, s.Params(), h.rank, evolve.ErrInvalid)
	}
	return nil
}

// begin draws the hypernetwork.
func (s *smash) begin(c *oneshot.Course) error {
	h := layHypernetwork(c.Supernet, s.rank)
	err := checkSize(h, c.Supernet)
	if err == nil {
		err = h.draw(smashAdam, c.Get, c.Stream("hypernetwork"))
	}
	if err != nil {
		return err
	}
	s.course = c
	c.Say(fmt.Sprintf("a hypernetwork of %d parameters, %.1f times the %d of its supernet", h.params(),
		float64(h.params())/float64(c.Params()), c.Params()))
	s.hyperstep, err = newHyperstep(c.Shared, h)
	return err
}

func (s *smash) save() oneshot.State {
	state := oneshot.State{}
	s.hyper.save(state)
	return state
}

func (s *smash) load(state oneshot.State) error { return s.hyper.load(state) }

// epoch trains each batch along the path of a random architecture, on the weights that the hypernetwork writes for it.
func (s *smash) epoch(ctx context.Context) error {
	c := s.course
	return c.NotedEpoch(ctx, func(i int, b oneshot.Batch, rate float64) (oneshot.Result, error) {
		open, err := c.Path(s.sample(c.Stream("path", c.Done()+1, i)))
		if err != nil {
			return oneshot.Result{}, err
		}
		return s.step(open, b, rate, s.rate*rate)
	})
}

// sample draws an architecture that is not kept out of training.
func (s *smash) sample(r *rand.Rand) evolve.Arch {
	const tries = 1000 // nine of ten may be kept out; a space of few cells may have no other
	space := s.course.Cells()
	a := space.Sample(r)
	for range tries {
		if !s.keptOut(a) {
			break
		}
		a = space.Sample(r)
	}
	return a
}

// keptOut says whether training never sees an architecture, by the seed of the weights and its own name alone.
func (s *smash) keptOut(a evolve.Arch) bool {
	if s.holdout == 0 {
		return false
	}
	if canon, err := s.course.Cells().Canon(a); err == nil {
		a = canon // all genomes of a network
	}
	return s.course.Stream("holdout/"+string(a)).Float64() < s.holdout
}

// write gives a scorer the weights that the hypernetwork writes for an architecture.
func (s *smash) write(on *oneshot.Scorer, a evolve.Arch) error {
	open, err := s.course.Path(a)
	if err == nil {
		_, err = s.hyper.fill(open, on.Set)
	}
	return err
}
