package method

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/notes"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/samebits"
	"github.com/amoeba-nas/amoeba/training/oneshot"
)

// darts is the gradient method of Liu, Simonyan and Yang, "DARTS: Differentiable Architecture Search", ICLR 2019,
// arXiv:1806.09055. Every edge is the mixture of all candidates by the softmax of its logits α (equation 2). For each
// training batch α takes a step of Adam down the gradient of the loss of a validation batch, of first order or, one
// step of the weights ahead at the current rate of learning, of second order ([secondOrder]); then the weights take
// their step. The answer is the heaviest candidates ([genotype]).
//
// The preset published is section A.1.1 as quark0/darts, cnn/train_search.py, has it: 50 epochs of half of CIFAR-10 in
// batches of 64; SGD from 0.025 to 0.001 with momentum 0.9 and decay 3e-4, clipped at 5; batch norms without scales; α
// by Adam of 3e-4. The preset small has fewer steps, and raises the rate of α by as much, so that it can go as far.
//
// A trial's loss is that of its answer alone, as a path through weights that were only ever trained as a mixture: it
// may be no better than chance, where the mixture itself answers well.
//
// It has three remedies: it stops early, at skip connections or where the loss has become curved ([curvature]), or the
// answer is chosen by what candidates are worth to the mixture ([selection]).
type darts struct {
	learned
	second   bool
	stop     string
	watch    bool // takes the eigenvalues though they stop nothing
	selects  bool // by perturbation
	interval int  // epochs between two rounds of the selection

	m         *mixture[float32]
	selection *selection // nil where the heaviest candidates are the answer
	curve     curvature
	past      [][]float64 // shares at the last eigenvalues, at most as many as a stop looks back and one more
	stopped   bool
}

// The presets of DARTS. publishedSteps are 50 epochs of 25,000 images in batches of 64, the rest of an epoch included.
const (
	publishedSteps = 50 * 391
	smallEpochs    = 50
	digitsBatches  = 16 // of an epoch of digits
	publishedAlpha = 3e-4
	smallAlpha     = publishedAlpha * publishedSteps / (smallEpochs * digitsBatches)
)

var (
	dartsPublished = oneshot.Plan{Steps: publishedSteps, LR: 0.025, LRMin: 0.001, Momentum: 0.9, WeightDecay: 3e-4,
		Clip: 5, Closed: oneshot.Drift, Split: oneshot.SplitHalf}
	dartsSmall = oneshot.Plan{Epochs: smallEpochs, LR: 0.025, LRMin: 0.001, Momentum: 0.9, WeightDecay: 3e-4, Clip: 5}
)

func init() {
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{
		Name: "darts",
		Doc:  "DARTS: gradients in the shares that candidates have in a supernet; a trial is an epoch",
		Paper: "Liu, Simonyan and Yang, ICLR 2019, arXiv:1806.09055; Liang et al., 2019, arXiv:1909.06035; " +
			"Zela et al., ICLR 2020, arXiv:1909.09656; Wang et al., ICLR 2021, arXiv:2108.04392",
		Params: append(oneshot.PlanParams(dartsSmall, dartsPublished),
			evolve.Choice("order", "of the gradient: 1 at the weights as they are, 2 one step ahead of them, at about "+
				"2.5 times the time", "1", "2"),
			alphaRateParam(smallAlpha, publishedAlpha),
			evolve.Choice("stop", "stops early: at two skip connections in a cell (DARTS+), or where the largest "+
				"eigenvalue of the validation loss in the architecture grows", stopNever, stopSkips, stopEigenvalue),
			evolve.Switch("eigenvalue", false, "notes that eigenvalue at every second epoch, for plot --kind alpha"),
			evolve.Choice("select", "the answer: the heaviest candidates, or those whose removal hurts most, one edge "+
				"after another (DARTS-PT)", "argmax", "perturbation"),
			evolve.Int("tune", 5, 1, 1000, "epochs between two choices").OnlyFor("select=perturbation"),
		),
		Serial: true,
		Needs:  needsShares,
		Suits:  suitsMixtures,
		New: followed("darts", oneshot.PlanOf, func(o evolve.Options) (learner, error) {
			d := &darts{learned: learned{rate: alphaRate(o)}, second: o.Text("order") == "2", stop: o.Text("stop"),
				selects: o.Text("select") == "perturbation"}
			d.watch = o.Yes("eigenvalue") || d.stop == stopEigenvalue
			if d.selects {
				d.interval = o.Int("tune")
			}
			if d.selects && d.stop != stopNever {
				return nil, fmt.Errorf("select=perturbation with stop=%s: want one remedy at a time: %w", d.stop,
					evolve.ErrUnsupported)
			}
			return d, nil
		}),
	})
}

func (d *darts) begin(c *oneshot.Course) error {
	if err := d.learned.begin(c); err != nil {
		return err
	}
	d.m = &mixture[float32]{Shared: c.Shared, alpha: d.alpha}
	if d.selects {
		d.selection = newSelection(c.Supernet)
		d.m.project = d.selection.project
	}
	return d.m.mix()
}

func (d *darts) epoch(ctx context.Context) error {
	tuned := d.c.Done() - d.c.Plan.Epochs // epochs of the selection before this one
	if tuned >= 0 {
		if err := d.choose(ctx, tuned); err != nil {
			return err
		}
	}
	err := d.train(ctx, func(_ int, b oneshot.Batch, rate float64) (oneshot.Result, error) {
		if tuned >= 0 {
			rate = d.tuneRate(tuned)
		}
		d.m.training, d.m.validation = b, d.c.Val()
		slope := firstOrder[float32]
		if d.second {
			slope = func(p bilevel[float32]) ([]float64, error) { return secondOrder(p, rate, smallStep) }
		}
		err := turn(d.m, slope, rate)
		return d.m.result, err
	})
	if err == nil && d.watch && d.curve.due(d.c.Done()) {
		err = d.bend()
	}
	if err == nil && d.stop == stopSkips {
		var a evolve.Arch
		a, err = genotype(d.c.Supernet, d.shares())
		d.stopped = err == nil && skips(d.c.Supernet.Space, a) >= mostSkips
	}
	return err
}

// bendStep is how far to either side of the logits gradients are compared for the Hessian. The loss has kinks wherever
// rectifiers begin to pass: over a distance of 0.1 they average out, and over shorter ones they are all that is seen.
// On digits the eigenvalue after 19 epochs is 0.4 over 0.1, 0.7 over 0.01 and 1.1 over 0.001.
const bendStep = 0.1

// bend takes the largest eigenvalue of the Hessian of a fixed validation batch's loss in the architecture weights, and
// stops where it has grown.
func (d *darts) bend() error {
	top, err := d.m.curvature(d.c.ScoringBatch(0), d.c.Stream("lanczos", d.c.Done()), bendStep)
	if err != nil {
		return err
	}
	d.curve = append(d.curve, top)
	d.past = append(d.past, d.m.shares())
	d.past = d.past[max(0, len(d.past)-stepsBack-1):]
	if d.stop == stopEigenvalue {
		d.stopped = d.curve.stops()
	}
	return nil
}

// answer is what the shares choose, or what they chose where the Hessian had not grown yet.
func (d *darts) answer(context.Context) (evolve.Arch, error) {
	if d.stopped && d.stop == stopEigenvalue {
		return genotype(d.c.Supernet, d.past[0])
	}
	return genotype(d.c.Supernet, d.shares())
}

func (d *darts) shares() []float64 { return d.m.shares() }

func (d *darts) note(n *notes.Epoch) {
	d.trained.note(n)
	if d.watch && d.curve.due(d.c.Done()) {
		n.Eigenvalue = number.Nullable(d.curve[len(d.curve)-1])
	}
}

func (d *darts) ended() bool { return d.stopped || d.c.Done() >= d.c.Plan.Epochs+d.tunes() }

// tunes are the epochs of the selection: an interval between two rounds, and one epoch after the last.
func (d *darts) tunes() int {
	if d.selection == nil {
		return 0
	}
	return d.interval*(d.selection.rounds()-1) + 1
}

// choose takes the round of the selection that is due after so many of its epochs. Before the first the weights get a
// new solver.
func (d *darts) choose(ctx context.Context, tuned int) error {
	if tuned%d.interval != 0 {
		return nil
	}
	if tuned == 0 {
		d.m.Rest()
	}
	err := d.selection.round(d.alpha.shares(), func(shares []float64) (int, float64, error) {
		return d.m.judge(ctx, d.c, shares)
	}, d.c.Stream("choose", tuned))
	if err != nil {
		return err
	}
	return d.m.mix()
}

// tuneRate falls by a cosine from a tenth of the first rate over the epochs of the selection (ruocwang/darts-pt,
// sota/cnn/projection.py; on nb201 that code keeps the tenth).
func (d *darts) tuneRate(tuned int) float64 {
	from, to := d.c.Plan.LR/10, d.c.Plan.LRMin
	return to + float64((from-to)*(1+samebits.Cos(math.Pi*float64(tuned)/float64(d.tunes())))/2)
}

func (d *darts) save() oneshot.State {
	s := d.learned.save()
	if d.watch {
		s["curve"], s["past"] = d.curve, slices.Concat(d.past...)
	}
	if d.selection != nil {
		s["chosen"] = d.selection.save()
	}
	if d.stopped {
		s["stopped"] = []float64{1}
	}
	return s
}

func (d *darts) load(s oneshot.State) error {
	if err := d.learned.load(s); err != nil {
		return err
	}
	d.stopped, d.curve = s["stopped"] != nil, s["curve"]
	d.past = nil
	for shares := range slices.Chunk(s["past"], len(d.alpha.logits)) {
		d.past = append(d.past, shares)
	}
	if d.selection != nil {
		if err := d.selection.load(s["chosen"]); err != nil {
			return err
		}
	}
	return d.m.mix()
}
