package method

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/adam"
	"github.com/amoeba-nas/amoeba/evolve/samebits"
	"github.com/amoeba-nas/amoeba/training/oneshot"
)

// pcdarts is Xu, Xie, Zhang, Chen, Qi, Tian and Xiong, "PC-DARTS: Partial Channel Connections for Memory-Efficient
// Architecture Search", ICLR 2020, arXiv:1907.05737. It is DARTS of first order on a supernet whose candidates see one
// of every K channels, while the others pass by ([net.Partial]). Edge normalization gives each edge a weight β, the
// softmax of logits over the edges that lead to a node: what a candidate has is β times its share of the edge. In the
// first epochs the weights alone are trained. The answer is the heaviest candidates by that product ([genotype]); on an
// edge of nb201 β changes nothing.
//
// The preset published is yuhuixu1993/PC-DARTS, train_search.py: K=4; 50 epochs of half of CIFAR-10 in batches of 256,
// here of as many steps in the benchmark's batches; α and β from epoch 16 of 50 on; SGD from 0.1 to 0.001 with momentum
// 0.9 and decay 3e-4, clipped at 5; batch norms without scales; α and β by Adam of 6e-4, otherwise as in DARTS. The
// preset small has fewer steps, and raises the rate of α and β by as much.
type pcdarts struct {
	learned
	part   float64   // of the epochs, in which the weights alone are trained
	frozen int       // these epochs
	beta   []float64 // logits by edge
	adam   *adam.Adam
}

// The presets of PC-DARTS. pcdartsSteps are 50 epochs of 25,000 images in batches of 256, the rest of an epoch
// included.
const (
	pcdartsSteps = 50 * 98
	pcdartsRate  = 6e-4
	pcdartsAlpha = pcdartsRate * pcdartsSteps / (smallEpochs * digitsBatches)
)

func init() {
	published, small := dartsPublished, dartsSmall
	published.Steps, published.LR, small.LR = pcdartsSteps, 0.1, 0.1
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{
		Name:  "pcdarts",
		Doc:   "PC-DARTS: DARTS whose candidates see a part of the channels, and edges weigh; a trial is an epoch",
		Paper: "Xu et al., ICLR 2020, arXiv:1907.05737",
		Params: append(oneshot.PlanParams(small, published),
			alphaRateParam(pcdartsAlpha, pcdartsRate),
			evolve.Int("K", 4, 2, 64, "candidates see 1/K of the channels, which K divides"),
			evolve.Float("frozen", 0.3, 0, 1, "part of the epochs, at first, in which the weights "+
				"alone are trained"),
		),
		Serial: true,
		Needs:  needsShares,
		Suits: func(o evolve.Options, p evolve.Problem) error {
			s, err := oneshot.SharingOf(p)
			if err == nil {
				err = s.Fits(partialPlan(o))
			}
			return err
		},
		New: followed("pcdarts", partialPlan, func(o evolve.Options) (learner, error) {
			return &pcdarts{learned: learned{rate: alphaRate(o)}, part: o.Float("frozen")}, nil
		}),
	})
}

// partialPlan is the plan of a supernet with partial connections.
func partialPlan(o evolve.Options) oneshot.Plan {
	p := oneshot.PlanOf(o)
	p.Part = o.Int("K")
	return p
}

func (p *pcdarts) begin(c *oneshot.Course) error {
	if err := p.learned.begin(c); err != nil {
		return err
	}
	p.frozen = int(math.Round(p.part * float64(c.Plan.Epochs)))
	p.beta = make([]float64, c.Edges)
	r := c.Stream("beta")
	for e := range p.beta {
		p.beta[e] = alphaStart * samebits.Normal(r)
	}
	o := alphaAdam
	o.Rate = p.rate
	p.adam = adam.New(len(p.beta), o)
	return nil
}

// edges are the softmax of β over the edges that lead to each node.
func (p *pcdarts) edges() []float64 {
	all := make([]float64, 0, len(p.beta))
	for first := 0; first < len(p.beta); first = len(all) {
		all = append(all, softmax(p.beta[first:p.last(first)], p.last(first)-first)...)
	}
	return all
}

// last is the end of the edges that lead to the node of their first one.
func (p *pcdarts) last(first int) int {
	end := first + 1
	for end < len(p.beta) && p.c.Node(end) == p.c.Node(first) {
		end++
	}
	return end
}

// weights are what the supernet's gates have: candidates their share times the edge's weight, and the channels that
// pass an edge by the edge's weight.
func (p *pcdarts) weights() []float64 {
	w, edges := p.shares(), p.edges()
	for g := range w {
		w[g] *= edges[g/p.alpha.ops]
	}
	return append(w, edges...)
}

func (p *pcdarts) epoch(ctx context.Context) error {
	open := p.everything()
	learns := p.c.Done() >= p.frozen
	if err := p.c.Mix(p.weights()); err != nil {
		return err
	}
	return p.train(ctx, func(_ int, b oneshot.Batch, rate float64) (oneshot.Result, error) {
		if learns {
			grads, _, err := p.c.ShareGradients(open, p.c.Val())
			if err == nil {
				p.learn(grads)
				err = p.c.Mix(p.weights())
			}
			if err != nil {
				return oneshot.Result{}, err
			}
		}
		return p.c.StepMixed(open, b, rate)
	})
}

// learn takes a step of α and β down the gradients in the supernet's weights.
func (p *pcdarts) learn(grads []float64) {
	ofAlpha, ofBeta := p.gradients(grads)
	p.alpha.step(ofAlpha)
	p.adam.Step(p.beta, ofBeta)
}

// gradients turns those in the supernet's weights into those in α and β.
func (p *pcdarts) gradients(grads []float64) (ofAlpha, ofBeta []float64) {
	shares, edges, n := p.shares(), p.edges(), p.alpha.ops
	ofShares, ofEdges := make([]float64, len(shares)), slices.Clone(grads[len(shares):])
	for g := range shares {
		ofShares[g] = edges[g/n] * grads[g]
		ofEdges[g/n] += float64(shares[g] * grads[g])
	}
	for first := 0; first < len(edges); first = len(ofBeta) {
		end := p.last(first)
		ofBeta = append(ofBeta, backSoftmax(edges[first:end], ofEdges[first:end], end-first)...)
	}
	return p.alpha.through(ofShares), ofBeta
}

func (p *pcdarts) answer(context.Context) (evolve.Arch, error) {
	return genotype(p.c.Supernet, p.weights()[:len(p.alpha.logits)])
}

func (p *pcdarts) save() oneshot.State {
	s := p.learned.save()
	s["beta"], s["beta_moments"] = slices.Clone(p.beta), p.adam.State()
	return s
}

func (p *pcdarts) load(s oneshot.State) error {
	if err := p.learned.load(s); err != nil {
		return err
	}
	if len(s["beta"]) != len(p.beta) {
		return fmt.Errorf("%d weights of edges, want %d: %w", len(s["beta"]), len(p.beta), evolve.ErrInvalid)
	}
	copy(p.beta, s["beta"])
	return p.adam.Restore(s["beta_moments"])
}
