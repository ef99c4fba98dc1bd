package oneshot

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/device/launch"
	"github.com/amoeba-nas/amoeba/training/graph"
	"github.com/amoeba-nas/amoeba/training/kernel"
	"github.com/amoeba-nas/amoeba/training/net"
)

// What becomes of a closed weight in a step.
const (
	// Still leaves it as it is, with its moments; adam counts the steps of each weight for itself.
	Still = "still"
	// Drift steps every weight that has ever been open, those that are closed now with a gradient of zero: decay and
	// momentum go on. So did PyTorch before version 2.0, whose optimizers set gradients to zero where later ones forget
	// them; published results of weight sharing are of that time.
	Drift = "drift"
)

// Closed are the treatments of closed weights.
var Closed = []string{Still, Drift}

// Options say how shared weights are trained.
type Options struct {
	// Recipe's solver, weight decay, clipping, smoothing and batch are those of the steps. Schedules are the caller's.
	Recipe training.Recipe
	Closed string // Still, the default, or Drift
	Seed   uint64 // of the first weights
}

// Result is what a pass over a batch gave.
type Result struct {
	Loss    float64 // mean cross entropy
	Correct int
	Norm    float64 // of the gradients before they are clipped; 0 of a pass without gradients
}

// Batch is pixels, [channel][image][row][column], and labels of Recipe.Batch images; the label -1 is no image.
type Batch struct {
	X []float32
	Y []int32
}

// Shared is a supernet whose weights are being trained. It is not safe for use by several goroutines.
type Shared[T kernel.Float] struct {
	*net.Supernet
	Model *graph.Model[T]

	options Options
	dev     device.Device[T]
	update  device.Update[T]
	spans   []launch.Span // of each weight
	moves   []bool        // whether the step at hand moves each weight
	steps   []int         // that have moved each weight
	rates   []T           // of the host, where the solver counts steps
	zeros   []T           // of the host
	train   pass[T]
	// Passes that answer: by their batch's statistics, which they leave in batch.running, and by those of Fit.
	batch, fitted pass[T]
}

// pass is a graph with the path that it was last asked for.
type pass[T kernel.Float] struct {
	*graph.Graph[T]
	running []T // its statistics, where they are not the model's
	open    []bool
	mixed   bool
	step    device.Step
	bare    device.Step // step without an update; nil of a graph that answers
}

// New draws a supernet's weights and takes memory for its training. The error wraps evolve.ErrInvalid,
// evolve.ErrUnknown or evolve.ErrUnsupported for options that no step can be taken by, and evolve.ErrFailed where the
// device has no room.
func New[T kernel.Float](s *net.Supernet, o Options, dev device.Device[T]) (*Shared[T], error) {
	if o.Closed == "" {
		o.Closed = Still
	}
	r := o.Recipe
	switch err := r.Check(); {
	case err != nil:
		return nil, err
	case r.Accumulate > 1 || r.Average > 0:
		return nil, fmt.Errorf("shared weights are neither averaged nor stepped once for several batches: %w",
			evolve.ErrUnsupported)
	case !slices.Contains(Closed, o.Closed):
		return nil, evolve.Unknown("treatment of closed weights", o.Closed, Closed)
	}
	n := &Shared[T]{Supernet: s, options: o, dev: dev}
	if err := n.start(evolve.Stream(o.Seed, "weights")); err != nil {
		n.Close()
		return nil, err
	}
	return n, nil
}

func (n *Shared[T]) start(weights *rand.Rand) (err error) {
	r := n.options.Recipe
	if n.Model, err = graph.NewModel(n.Net, weights, n.dev); err != nil {
		return err
	}
	n.train.Graph, err = graph.New(n.Model, n.dev, graph.Options{Batch: r.Batch, Training: true, Paths: true,
		Smoothing: r.Smoothing, AuxWeight: r.AuxWeight})
	if err != nil {
		return err
	}
	n.update = device.Update[T]{Kind: r.Solver, W: n.Model.Values, G: n.Model.Grads, Decay: r.WeightDecay,
		Momentum: r.Momentum, Nesterov: r.Nesterov, Clip: r.Clip, Scalars: n.train.Scalars, Results: n.train.Results}
	if n.update.M, err = n.Model.Like(); err != nil {
		return err
	}
	if r.Solver != "sgd" {
		if n.update.V, err = n.Model.Like(); err != nil {
			return err
		}
		n.rates = make([]T, 2*len(n.Model.Values)/launch.Unit)
		if n.update.Rates, err = n.dev.Take(len(n.rates)); err != nil {
			return err
		}
	}
	at := int32(0)
	for _, w := range n.Model.Weights {
		to := at + int32(kernel.Pad(w.Len())/launch.Unit)
		n.spans = append(n.spans, launch.Span{From: at, To: to})
		if w.Decay {
			n.update.Decays = append(n.update.Decays, n.spans[len(n.spans)-1])
		}
		at = to
	}
	n.moves, n.steps = make([]bool, len(n.spans)), make([]int, len(n.spans))
	return nil
}

// Close gives the memory back.
func (n *Shared[T]) Close() error {
	var errs []error
	for _, p := range []*pass[T]{&n.train, &n.batch, &n.fitted} {
		errs = append(errs, p.forget())
		if p.Graph != nil {
			errs = append(errs, p.Graph.Close())
		}
		if p.running != nil {
			n.dev.Give(p.running)
		}
		*p = pass[T]{}
	}
	for _, s := range []*[]T{&n.update.M, &n.update.V, &n.update.Rates} {
		if *s != nil {
			n.dev.Give(*s)
		}
		*s = nil
	}
	if n.Model != nil {
		n.Model.Close()
	}
	return errors.Join(errs...)
}

// Step takes a step along the path of open layers, as [net.Supernet.Path] gives them, at a rate of learning. The error
// wraps evolve.ErrFailed where the training has diverged. Where that shows in the norm of the gradients, no weight has
// moved, and the next step is taken as if this one had not been tried.
func (n *Shared[T]) Step(open []bool, b Batch, rate float64) (Result, error) {
	return n.move(open, false, b, rate)
}

// Mix sets the shares that candidates have in mixtures, by gate. The error wraps evolve.ErrUnsupported for a supernet
// without mixtures, and evolve.ErrInvalid for another number of shares.
func (n *Shared[T]) Mix(shares []float64) error {
	if err := n.mixes(); err != nil {
		return err
	}
	if want := n.Edges * len(n.Ops); len(shares) != want {
		return fmt.Errorf("%d shares of %d candidates: %w", len(shares), want, evolve.ErrInvalid)
	}
	host := make([]T, len(n.Model.Shares))
	for g, v := range shares {
		if at := g * launch.Unit; at < len(host) { // the last candidates may have no layers
			host[at] = T(v)
		}
	}
	n.dev.Upload(n.Model.Shares, host)
	return nil
}

// mixes is the error of a supernet that has no mixtures.
func (n *Shared[T]) mixes() error {
	if n.Loose > 0 {
		return fmt.Errorf("a supernet of %s has paths and no mixtures: %w", n.Space, evolve.ErrUnsupported)
	}
	return nil
}

// StepMixed is Step on the mixture of all candidates whose layers are open, with the shares that Mix has set.
func (n *Shared[T]) StepMixed(open []bool, b Batch, rate float64) (Result, error) {
	r, err := n.move(open, true, b, rate)
	n.clear(n.Model.ShareGrads)
	return r, err
}

// ShareGradients are those of a batch's loss in the shares of a mixture, by gate; those of closed candidates are 0. No
// weight moves.
func (n *Shared[T]) ShareGradients(open []bool, b Batch) ([]float64, Result, error) {
	return n.gradients(open, b, nil)
}

// gradients is ShareGradients. take, which may be nil, sees the gradients of the weights before they are cleared.
func (n *Shared[T]) gradients(open []bool, b Batch, take func() error) ([]float64, Result, error) {
	if err := n.record(&n.train, open, true, n.follow); err != nil {
		return nil, Result{}, err
	}
	r, err := n.run(&n.train, n.train.bare, b)
	r.Norm = 0
	host := make([]T, len(n.Model.ShareGrads))
	if late := n.dev.Download(host, n.Model.ShareGrads); err == nil {
		err = late
	}
	if err == nil && take != nil {
		err = take()
	}
	n.clear(n.Model.ShareGrads)
	n.clear(n.Model.Grads)
	grads := make([]float64, n.Edges*len(n.Ops))
	for g := range grads {
		if at := g * launch.Unit; at < len(host) {
			grads[g] = float64(host[at])
		}
	}
	return grads, r, err
}

// clear makes a slab zero.
func (n *Shared[T]) clear(slab []T) {
	if len(n.zeros) < len(slab) {
		n.zeros = make([]T, len(slab))
	}
	n.dev.Upload(slab, n.zeros[:len(slab)])
}

// move takes a step along a path, or of a mixture.
func (n *Shared[T]) move(open []bool, mixed bool, b Batch, rate float64) (Result, error) {
	if err := n.record(&n.train, open, mixed, n.follow); err != nil {
		return Result{}, err
	}
	n.train.Set(device.ScalarRate, rate)
	n.train.Set(device.ScalarApart, rate*n.options.Recipe.WeightDecay)
	if n.rates != nil {
		for i, s := range n.spans {
			if !n.moves[i] {
				continue
			}
			length, epsilon := training.AdamRates(rate, n.steps[i]+1)
			for u := s.From; u < s.To; u++ {
				n.rates[2*u], n.rates[2*u+1] = T(length), T(epsilon)
			}
		}
		n.dev.Upload(n.update.Rates, n.rates)
	}
	r, err := n.run(&n.train, n.train.step, b)
	if math.IsNaN(r.Norm) || math.IsInf(r.Norm, 0) {
		// The update has stopped before it made the gradients zero, and the next step would add to them.
		n.clear(n.Model.Grads)
		if err == nil {
			err = fmt.Errorf("the gradients' norm is %v: training has diverged: %w", r.Norm, evolve.ErrFailed)
		}
		return r, err
	}
	for i, moves := range n.moves {
		if moves {
			n.steps[i]++
		}
	}
	return r, err
}

// follow makes the call of the update that follows a pass which trains the layers trains.
func (n *Shared[T]) follow(trains []bool) (device.Call, error) {
	n.update.Open = []launch.Span{}
	i := 0
	for layer, open := range trains {
		for range n.Model.Layer(layer) {
			if n.moves[i] = open || n.options.Closed == Drift && n.steps[i] > 0; n.moves[i] {
				n.update.Open = append(n.update.Open, n.spans[i])
			}
			i++
		}
	}
	k, err := n.dev.Kernel(n.update)
	if err != nil {
		return nil, err
	}
	return k.Forward(nil), nil
}

// record makes a graph's steps along a path or of a mixture, and with the call that follows it, unless they were the
// last ones.
func (n *Shared[T]) record(p *pass[T], open []bool, mixed bool, follow func(trains []bool) (device.Call, error)) error {
	if p.step != nil && mixed == p.mixed && slices.Equal(open, p.open) {
		return nil
	}
	if err := p.forget(); err != nil {
		return err
	}
	find := p.Path
	if mixed {
		if err := n.mixes(); err != nil {
			return err
		}
		find = p.Mixture
	}
	calls, trains, err := find(open)
	if err != nil {
		return err
	}
	p.open, p.mixed = append(p.open[:0], open...), mixed
	if follow != nil {
		if p.bare, err = n.dev.Record(calls); err != nil {
			return err
		}
		call, err := follow(trains)
		if err != nil {
			return err
		}
		calls = append(calls, call)
	}
	p.step, err = n.dev.Record(calls)
	return err
}

// forget closes a graph's steps.
func (p *pass[T]) forget() error {
	var errs []error
	for _, s := range []*device.Step{&p.bare, &p.step} {
		if *s != nil {
			errs = append(errs, (*s).Close())
		}
		*s = nil
	}
	return errors.Join(errs...)
}

// run takes a step of a graph over a batch and waits for it.
func (n *Shared[T]) run(p *pass[T], step device.Step, b Batch) (Result, error) {
	p.Load(b.X, b.Y)
	p.Upload()
	if err := step.Run(); err != nil {
		return Result{}, err
	}
	if err := n.dev.Wait(); err != nil {
		return Result{}, err
	}
	r := Result{p.Results[device.ResultLoss], int(p.Results[device.ResultCorrect]), p.Results[device.ResultNorm]}
	if math.IsNaN(r.Loss) || math.IsInf(r.Loss, 0) {
		return r, fmt.Errorf("the loss is %v: training has diverged: %w", r.Loss, evolve.ErrFailed)
	}
	return r, nil
}

// answers makes a graph that answers with statistics of its own, once.
func (n *Shared[T]) answers(p *pass[T], batchStats bool) (err error) {
	if p.Graph != nil {
		return nil
	}
	if p.running == nil {
		if p.running, err = n.Model.StatLike(); err != nil {
			return err
		}
	}
	p.Graph, err = graph.New(n.Model.With(p.running), n.dev, graph.Options{Batch: n.options.Recipe.Batch, Paths: true,
		BatchStats: batchStats})
	return err
}

// Answer asks the path of open layers about a batch. Batch norms use the batch's own statistics: the running ones mix
// those of all paths that were trained. Nothing that is trained changes.
func (n *Shared[T]) Answer(open []bool, b Batch) (Result, error) {
	if err := n.answers(&n.batch, true); err != nil {
		return Result{}, err
	}
	if err := n.record(&n.batch, open, false, nil); err != nil {
		return Result{}, err
	}
	return n.run(&n.batch, n.batch.step, b)
}

// Fit sets the statistics of [Shared.AnswerFitted] to those of a path: the means, over batches, of each batch's means
// and variances. Nothing that is trained changes.
func (n *Shared[T]) Fit(open []bool, batches []Batch) error {
	if len(batches) == 0 {
		return fmt.Errorf("no batches to fit a path's statistics to: %w", evolve.ErrInvalid)
	}
	for _, p := range []*pass[T]{&n.batch, &n.fitted} {
		if err := n.answers(p, p == &n.batch); err != nil {
			return err
		}
	}
	sums := make([]float64, len(n.batch.running))
	seen := make([]T, len(sums))
	for _, b := range batches {
		clear(seen)
		n.dev.Upload(n.batch.running, seen)
		if _, err := n.Answer(open, b); err != nil {
			return err
		}
		if err := n.dev.Download(seen, n.batch.running); err != nil {
			return err
		}
		for i, v := range seen {
			sums[i] += float64(v)
		}
	}
	for i, v := range sums {
		seen[i] = T(v / float64(len(batches)))
	}
	n.dev.Upload(n.fitted.running, seen)
	return nil
}

// AnswerFitted asks the path of open layers, which Fit was last called with, about a batch.
func (n *Shared[T]) AnswerFitted(open []bool, b Batch) (Result, error) {
	if n.fitted.Graph == nil {
		return Result{}, fmt.Errorf("no path's statistics were fitted: %w", evolve.ErrInvalid)
	}
	if err := n.record(&n.fitted, open, false, nil); err != nil {
		return Result{}, err
	}
	return n.run(&n.fitted, n.fitted.step, b)
}
