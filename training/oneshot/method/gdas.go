package method

import (
	"context"
	"fmt"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/kernel"
	"github.com/amoeba-nas/amoeba/training/oneshot"
)

// gdas is Dong and Yang, "Searching for a Robust Neural Architecture in Four GPU Hours", CVPR 2019, arXiv:1910.04465.
// Each batch runs one path alone: every edge has the candidate with the largest of α plus Gumbel noise.
// The weights take their step on a training batch along a path; then α takes a step of Adam on a validation batch along
// another path, with new noise. The answer is the heaviest candidates ([genotype]).
//
// The preset published is that of NAS-Bench-201 (arXiv:2001.00326): 250 epochs of half of CIFAR-10 in batches of 64;
// SGD from 0.025 to 0.001 with Nesterov's momentum 0.9 and decay 5e-4, clipped at 5; batch norms without scales; α by
// Adam of 3e-4; τ from 10 to 0.1 in equal steps from epoch to epoch (AutoDL-Projects, exps/algos/GDAS.py and
// configs/nas-benchmark/algos/GDAS.config, whose 240 epochs were 250 in the published runs). The preset small has fewer
// steps, and raises the rate of α by as much.
type gdas struct {
	learned
	from, to float64 // temperatures
}

// What the gradient in an edge's weights is of candidates that were not chosen, see [hardGradient].
const (
	gradientAll    = "all"
	gradientChosen = "chosen"
)

// The presets of GDAS. autodlSteps are 250 epochs of 25,000 images in batches of 64, the rest of an epoch included.
const (
	autodlSteps = 250 * 391
	gdasEpochs  = 100
	gdasAlpha   = publishedAlpha * autodlSteps / (gdasEpochs * digitsBatches)
)

var (
	autodlPublished = oneshot.Plan{Steps: autodlSteps, LR: 0.025, LRMin: 0.001, Momentum: 0.9, WeightDecay: 5e-4,
		Clip: 5, Nesterov: true, Closed: oneshot.Drift, Split: oneshot.SplitHalf}
	gdasSmall = oneshot.Plan{Epochs: gdasEpochs, LR: 0.025, LRMin: 0.001, Momentum: 0.9, WeightDecay: 5e-4, Clip: 5,
		Nesterov: true}
)

func init() {
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{
		Name:  "gdas",
		Doc:   "GDAS: gradients in the chances of candidates along one sampled path of a supernet; a trial is an epoch",
		Paper: "Dong and Yang, CVPR 2019, arXiv:1910.04465",
		Params: append(oneshot.PlanParams(gdasSmall, autodlPublished),
			alphaRateParam(gdasAlpha, publishedAlpha),
			evolve.Choice("gradient", "in the weights of an edge's candidates: all has an entry of those that were "+
				"not chosen too, the sum of the gradient of the edge's output, as the authors' code; chosen has none "+
				"of these", gradientAll, gradientChosen),
			evolve.Float("tau", 10, leastTau, mostTau, "temperature of the first epoch").Logarithmic(),
			evolve.Float("tau_min", 0.1, leastTau, mostTau, "temperature of the last epoch").Logarithmic(),
		),
		Serial: true,
		Needs:  needsShares,
		Suits:  suitsMixtures,
		New: followed("gdas", func(o evolve.Options) oneshot.Plan {
			p := oneshot.PlanOf(o)
			p.Probed = o.Text("gradient") == gradientAll
			return p
		}, func(o evolve.Options) (learner, error) {
			g := &gdas{learned{rate: alphaRate(o)}, o.Float("tau"), o.Float("tau_min")}
			if g.to > g.from {
				return nil, fmt.Errorf("tau_min=%g above tau=%g: want a temperature that falls: %w", g.to, g.from,
					evolve.ErrInvalid)
			}
			return g, nil
		}),
	})
}

// Temperatures beyond these round every draw to the same numbers.
const leastTau, mostTau = 1e-3, 1e3

func (g *gdas) epoch(ctx context.Context) error {
	epoch := g.c.Done()
	tau := annealed(g.from, g.to, epoch, g.c.Plan.Epochs)
	return g.train(ctx, func(i int, b oneshot.Batch, rate float64) (oneshot.Result, error) {
		noise := g.c.Stream("gumbel", epoch, i)
		path := drawConcrete(g.alpha.logits, g.alpha.ops, tau, noise)
		r, err := g.c.Step(g.c.Open(path.gates()), b, rate)
		if err != nil {
			return r, err
		}
		grad, err := hardGradient(g.c.Shared, drawConcrete(g.alpha.logits, g.alpha.ops, tau, noise), g.c.Val())
		if err == nil {
			g.alpha.step(grad)
		}
		return r, err
	})
}

// hardGradient is the gradient of a batch's loss in the logits of a draw, along the draw's path.
//
// An edge's weights are h - stop(p) + p, with h one-hot and p the draw: in value exactly h, in gradient p. The edge's
// output is that of the chosen candidate times its weight, so that ∂L/∂p has the chosen candidate's entry alone: the
// inner product of its output with the gradient of the edge's output. The authors' code for NAS-Bench-201 adds the
// weights of the others, each 0, to the edge's output as numbers (AutoDL-Projects, lib/models/cell_searchs/
// search_cells.py, forward_gdas; its issue 36 asks why): each of their entries is then the sum of the gradient of the
// edge's output, which a supernet with probes tells.
//
// Either way the entries go through all of ∂p/∂α = (diag(p) - ppᵀ)/τ, so that every logit of the edge moves.
func hardGradient[T kernel.Float](s *oneshot.Shared[T], draw concrete, b oneshot.Batch) ([]float64, error) {
	gates := make([]bool, s.Shares())
	shares := make([]float64, s.Shares())
	copy(gates, draw.gates())
	for g, open := range gates {
		if open {
			shares[g] = 1
		}
	}
	for g := len(draw.p); g < len(gates); g++ {
		gates[g] = true // a probe, whose share stays 0
	}
	if err := s.Mix(shares); err != nil {
		return nil, err
	}
	grads, _, err := s.ShareGradients(s.Open(gates), b)
	if err != nil {
		return nil, err
	}
	if s.Probed {
		for g := range draw.p {
			if !gates[g] {
				grads[g] = grads[s.Probe(g/draw.n)]
			}
		}
	}
	return draw.through(grads[:len(draw.p)]), nil
}
