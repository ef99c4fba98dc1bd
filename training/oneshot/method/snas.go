package method

import (
	"context"
	"fmt"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/net"
	"github.com/amoeba-nas/amoeba/training/oneshot"
)

// snas is Xie, Zheng, Liu and Lin, "SNAS: Stochastic Neural Architecture Search", ICLR 2019, arXiv:1812.09926. Each
// batch runs the mixture of all candidates by a draw of the concrete distribution, softmax((log α + G)/λ) of each edge,
// and one pass gives the gradients of one loss for both, weights and log α, which step together: there is no second
// level, and both learn from the training images, as in the authors' code. λ falls in equal steps from epoch to epoch.
// The answer is the heaviest candidates ([genotype]).
//
// cost= adds a resource constraint as the paper has one: the expected cost of the cells, by the draw, times cost. The
// cost of a candidate is its parameters, of all cells, as a fraction of those of all candidates, so that cost=1 is 1
// nat for all of them; the paper's units are others.
//
// The preset published is SNAS-Series/SNAS-Series, SNAS/train_search.py: 150 epochs of CIFAR-10 in batches of 64; SGD
// from 0.025 to 0.001 with momentum 0.9 and decay 3e-4, clipped at 5; batch norms without scales; log α, at first of
// mean 1 and standard deviation 0.01, by Adam as in DARTS, which that code has where it runs distributed; λ from 1 to
// 0.03, which a flag of that code, on by default, keeps at 1: lambda_min=1. The preset small has fewer steps, and
// raises the rate of α by as much.
type snas struct {
	learned
	from, to float64   // λ
	cost     float64   // of all candidates, in nats
	costs    []float64 // by gate, a fraction of all
}

// The presets of SNAS. snasSteps are 150 epochs of 50,000 images in batches of 64, the rest of an epoch included.
const (
	snasSteps = 150 * 782
	snasAlpha = publishedAlpha * snasSteps / (smallEpochs * digitsBatches)
)

func init() {
	published, small := dartsPublished, dartsSmall
	published.Steps, published.Split, small.Split = snasSteps, oneshot.SplitWhole, oneshot.SplitWhole
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{
		Name:  "snas",
		Doc:   "SNAS: weights and the candidates' chances step together, through draws from these; a trial is an epoch",
		Paper: "Xie, Zheng, Liu and Lin, ICLR 2019, arXiv:1812.09926",
		Params: append(oneshot.PlanParams(small, published),
			alphaRateParam(snasAlpha, publishedAlpha),
			evolve.Float("lambda", 1, leastTau, mostTau, "temperature of the first epoch").Logarithmic(),
			evolve.Float("lambda_min", 0.03, leastTau, mostTau, "temperature of the last epoch").Logarithmic(),
			evolve.Float("cost", 0, 0, 1e3, "nats that the parameters of all candidates cost, each by its chance"),
		),
		Serial: true,
		Needs:  needsShares,
		Suits:  suitsMixtures,
		New: followed("snas", oneshot.PlanOf, func(o evolve.Options) (learner, error) {
			s := &snas{learned: learned{rate: alphaRate(o)}, from: o.Float("lambda"), to: o.Float("lambda_min"),
				cost: o.Float("cost")}
			if s.to > s.from {
				return nil, fmt.Errorf("lambda_min=%g above lambda=%g: want a temperature that falls: %w", s.to, s.from,
					evolve.ErrInvalid)
			}
			return s, nil
		}),
	})
}

func (s *snas) begin(c *oneshot.Course) error {
	if err := s.learned.begin(c); err != nil {
		return err
	}
	for g, v := range s.alpha.logits {
		s.alpha.logits[g] = 1 + float64(v*(0.01/alphaStart))
	}
	s.costs = candidateCosts(c.Supernet)
	return nil
}

func (s *snas) epoch(ctx context.Context) error {
	epoch, open := s.c.Done(), s.everything()
	lambda := annealed(s.from, s.to, epoch, s.c.Plan.Epochs)
	return s.train(ctx, func(i int, b oneshot.Batch, rate float64) (oneshot.Result, error) {
		draw := drawConcrete(s.alpha.logits, s.alpha.ops, lambda, s.c.Stream("concrete", epoch, i))
		if err := s.c.Mix(draw.p); err != nil {
			return oneshot.Result{}, err
		}
		grads, r, err := s.c.StepJoint(open, b, rate)
		if err != nil {
			return r, err
		}
		for g, v := range s.costs {
			grads[g] += float64(s.cost * v)
		}
		s.alpha.step(draw.through(grads))
		return r, nil
	})
}

// candidateCosts are the parameters of each candidate in all cells, by gate, as a fraction of those of all candidates.
func candidateCosts(s *net.Supernet) []float64 {
	costs, all := make([]float64, s.Edges*len(s.Ops)), 0.0
	for layer, g := range s.Gates {
		if g < 0 || g >= len(costs) {
			continue
		}
		for _, shape := range s.Weights(layer) {
			n := 1.0
			for _, side := range shape {
				n *= float64(side)
			}
			costs[g], all = costs[g]+n, all+n
		}
	}
	for g := range costs {
		costs[g] /= all
	}
	return costs
}
