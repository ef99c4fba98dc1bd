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
	// Stop, which may be nil, ends the making of the network, which takes seconds for a large one, with its error.
	Stop func() error
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

// Images is the number of those that have a label.
func (b Batch) Images() (n int) {
	for _, y := range b.Y {
		if y >= 0 {
			n++
		}
	}
	return n
}

// Shared is a supernet whose weights are being trained. It is not safe for use by several goroutines; those that only
// ask it have an [Answers] each.
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
	// Layers whose weights the caller sets ([Shared.Hold]), and those of them that the last step had gradients for.
	held, pulled []bool
	train        pass[T]
	*Answers[T]
}

// New draws a supernet's weights and takes memory for its training. The error wraps evolve.ErrInvalid,
// evolve.ErrUnknown or evolve.ErrUnsupported for options that no step can be taken by, and evolve.ErrFailed where the
// device has no room.
func New[T kernel.Float](s *net.Supernet, o Options, dev device.Device[T]) (*Shared[T], error) {
	if o.Closed == "" {
		o.Closed = Still
	}
	if err := trainable(s, o, dev); err != nil {
		return nil, err
	}
	n := &Shared[T]{Supernet: s, options: o, dev: dev}
	if err := n.start(evolve.Stream(o.Seed, "weights")); err != nil {
		n.Close()
		return nil, err
	}
	return n, nil
}

// trainable is the error of what New would refuse before it takes memory: nothing of the network is made for it.
func trainable[T kernel.Float](s *net.Supernet, o Options, dev device.Device[T]) error {
	r := o.Recipe
	switch err := r.Check(); {
	case err != nil:
		return err
	case r.Accumulate > 1 || r.Average > 0:
		return fmt.Errorf("shared weights are neither averaged nor stepped once for several batches: %w",
			evolve.ErrUnsupported)
	case !slices.Contains(Closed, o.Closed):
		return evolve.Unknown("treatment of closed weights", o.Closed, Closed)
	}
	if p := s.Params(); p > training.MaxParams {
		return fmt.Errorf("the supernet of %s has %d parameters, this engine takes at most %d: want fewer "+
			"channels or cells: %w", s.Space, p, training.MaxParams, evolve.ErrInvalid)
	}
	return graph.TakesPaths(dev)
}

func (n *Shared[T]) start(weights *rand.Rand) (err error) {
	r := n.options.Recipe
	if n.Model, err = graph.NewModel(n.Net, weights, n.dev); err != nil {
		return err
	}
	n.Answers, n.train.dev = n.Another(), n.dev
	n.train.Graph, err = graph.New(n.Model, n.dev, graph.Options{Batch: r.Batch, Training: true, Paths: true,
		Smoothing: r.Smoothing, AuxWeight: r.AuxWeight, Stop: n.options.Stop})
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
	errs := []error{n.train.close()}
	if n.Answers != nil {
		errs = append(errs, n.Answers.Close())
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

// Mix sets the shares that candidates have in mixtures, as many as [net.Supernet.Shares], by gate. The error wraps
// evolve.ErrUnsupported for a supernet without mixtures, and evolve.ErrInvalid for another number of shares.
func (n *Shared[T]) Mix(shares []float64) error {
	if err := mixes(n.Supernet); err != nil {
		return err
	}
	if want := n.Shares(); len(shares) != want {
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
func mixes(s *net.Supernet) error {
	if s.Loose > 0 {
		return fmt.Errorf("a supernet of %s has paths and no mixtures: %w", s.Space, evolve.ErrUnsupported)
	}
	return nil
}

// StepMixed is Step on the mixture of all candidates whose layers are open, with the shares that Mix has set.
func (n *Shared[T]) StepMixed(open []bool, b Batch, rate float64) (Result, error) {
	if err := mixes(n.Supernet); err != nil {
		return Result{}, err
	}
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
	if err := mixes(n.Supernet); err != nil {
		return nil, Result{}, err
	}
	if err := n.train.record(open, true, n.follow); err != nil {
		return nil, Result{}, err
	}
	r, err := n.train.run(n.train.bare, b)
	r.Norm = 0
	grads, late := n.takeShares()
	if err == nil {
		err = late
	}
	if err == nil && take != nil {
		err = take()
	}
	n.clear(n.Model.Grads)
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
	if err := n.train.record(open, mixed, n.follow); err != nil {
		return Result{}, err
	}
	return n.take(b, rate)
}

// take takes the step that was recorded last.
func (n *Shared[T]) take(b Batch, rate float64) (Result, error) {
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
	r, err := n.train.run(n.train.step, b)
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
		held := n.holds(layer)
		if held {
			n.pulled[layer] = open
		}
		for range n.Model.Layer(layer) {
			if n.moves[i] = !held && (open || n.options.Closed == Drift && n.steps[i] > 0); n.moves[i] {
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
