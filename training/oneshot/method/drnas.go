package method

import (
	"context"
	"math"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/oneshot"
)

// drnas is Chen, Wang, Cheng, Tang and Hsieh, "DrNAS: Dirichlet Neural Architecture Search", ICLR 2021,
// arXiv:2006.10355. The shares of an edge's candidates are drawn from a Dirichlet distribution of concentrations β =
// elu(α) + 1, once for each batch: α takes a step of Adam on a validation batch, by the derivatives of the draw in β
// ([dirichlet]), then the weights take theirs on the mixture by another draw. Decay of 1e-3 pulls α to 0, where β is 1
// and the distribution uniform; so does the regularizer of the authors' code, reg_type l2 of that scale by default. The
// answer is the heaviest candidates by the means of the shares ([genotype]).
//
// The paper's progressive scheme, which prunes candidates while channels widen, is not here.
//
// The preset published is xiangning-chen/DrNAS, 201-space/train_search.py: 100 epochs of half of CIFAR-10 in batches of
// 64; SGD from 0.025 to 0.001 with momentum 0.9 and decay 3e-4, clipped at 5; batch norms without scales; α by Adam as
// in DARTS. The preset small has fewer steps, and raises the rate of α by as much.
type drnas struct{ learned }

// The presets of DrNAS. drnasSteps are 100 epochs of 25,000 images in batches of 64, the rest of an epoch included.
const (
	drnasSteps = 100 * 391
	drnasAlpha = publishedAlpha * drnasSteps / (smallEpochs * digitsBatches)
)

func init() {
	published := dartsPublished
	published.Steps = drnasSteps
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{
		Name:   "drnas",
		Doc:    "DrNAS: DARTS whose shares are drawn from Dirichlet distributions that learn; a trial is an epoch",
		Paper:  "Chen, Wang, Cheng, Tang and Hsieh, ICLR 2021, arXiv:2006.10355",
		Params: append(oneshot.PlanParams(dartsSmall, published), alphaRateParam(drnasAlpha, publishedAlpha)),
		Serial: true,
		Needs:  needsShares,
		Suits:  suitsMixtures,
		New: followed("drnas", oneshot.PlanOf, func(o evolve.Options) (learner, error) {
			return &drnas{learned{rate: alphaRate(o)}}, nil
		}),
	})
}

// concentrations are elu(α) + 1 (Clevert, Unterthiner and Hochreiter 2016, arXiv:1511.07289), and their derivatives in
// the logits.
func concentrations(logits []float64) (beta, slope []float64) {
	beta, slope = make([]float64, len(logits)), make([]float64, len(logits))
	for g, x := range logits {
		if x > 0 {
			beta[g], slope[g] = x+1, 1
		} else {
			beta[g] = math.Exp(x)
			slope[g] = beta[g]
		}
	}
	return beta, slope
}

// shares are the means of the distributions.
func (d *drnas) shares() []float64 {
	beta, _ := concentrations(d.alpha.logits)
	n := d.alpha.ops
	for at := 0; at < len(beta); at += n {
		sum := 0.0
		for _, b := range beta[at:][:n] {
			sum += b
		}
		for k := range n {
			beta[at+k] /= sum
		}
	}
	return beta
}

func (d *drnas) answer(context.Context) (evolve.Arch, error) {
	return genotype(d.c.Supernet, d.shares())
}

func (d *drnas) epoch(ctx context.Context) error {
	epoch, open, n := d.c.Done(), d.everything(), d.alpha.ops
	return d.train(ctx, func(i int, b oneshot.Batch, rate float64) (oneshot.Result, error) {
		r := d.c.Stream("dirichlet", epoch, i)
		beta, slope := concentrations(d.alpha.logits)
		draw := drawDirichlet(beta, n, r)
		if err := d.c.Mix(draw.shares); err != nil {
			return oneshot.Result{}, err
		}
		grads, _, err := d.c.ShareGradients(open, d.c.Val())
		if err != nil {
			return oneshot.Result{}, err
		}
		back := draw.through(grads)
		for g := range back {
			back[g] *= slope[g]
		}
		d.alpha.step(back)
		beta, _ = concentrations(d.alpha.logits)
		if err := d.c.Mix(drawDirichlet(beta, n, r).shares); err != nil {
			return oneshot.Result{}, err
		}
		return d.c.StepMixed(open, b, rate)
	})
}
