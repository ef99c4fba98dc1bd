package training

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	G "gorgonia.org/gorgonia"

	"github.com/amoeba-nas/amoeba/data/images"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/graph"
	"github.com/amoeba-nas/amoeba/training/net"
)

// Data is a data set made ready: its parts and the normalisation of its training part.
type Data struct {
	Set   *images.Set
	Split images.Split
	Norm  images.Norm
}

// OpenData opens a data set by name.
func OpenData(name string) (*Data, error) {
	set, split, err := images.Open(name)
	if err != nil {
		return nil, err
	}
	return &Data{set, split, set.Norm(split.Train)}, nil
}

// Shape is that of its images.
func (d *Data) Shape() net.Shape { return net.Shape{C: d.Set.C, H: d.Set.H, W: d.Set.W} }

// Epoch is what one epoch of training gave.
type Epoch struct {
	Epoch     int     `json:"epoch"` // from 1
	Rate      float64 `json:"rate"`  // of learning, at its end
	TrainLoss float64 `json:"train_loss"`
	TrainAcc  float64 `json:"train_acc"` // fraction, of the batches as they were trained on
	ValLoss   float64 `json:"val_loss"`
	ValAcc    float64 `json:"val_acc"` // fraction
	// The right answers behind the two fractions.
	TrainCorrect int     `json:"train_correct"`
	ValCorrect   int     `json:"val_correct"`
	Seconds      float64 `json:"seconds"` // training
	ValTime      float64 `json:"val_seconds"`
}

// Job names a network, its data and its recipe: all that a run's numbers depend on, the machine apart.
type Job struct {
	Space  string      `json:"space"`
	Arch   evolve.Arch `json:"arch"`
	Net    net.Config  `json:"net"` // Input and Classes are the data set's
	Data   string      `json:"data"`
	Recipe Recipe      `json:"recipe"`
	Seed   uint64      `json:"seed,string"`
	// Memory is the most bytes that a run may take, 0 for any. No number depends on it.
	Memory int `json:"-"`
}

// Run is one network in training.
type Run struct {
	Job
	Network  *net.Net
	History  []Epoch
	Observer evolve.Observer // is called with a [Step] after each; may be nil

	data    *Data
	dev     device.Device[float32]
	model   *graph.Model[float32]
	train   *graph.Graph[float32]
	eval    *graph.Graph[float32]
	solver  *Solver
	values  []G.ValueGrad
	average [][]float32 // of the weights; nil without
	loader  *images.Loader
	step    uint64 // of dropout's streams
	rate    float64
}

// maxParams keeps a slip of the keyboard from taking all memory. NASNet-A, the largest published
// network of the spaces here, has 89 million (Zoph et al. 2018, table 2).
const maxParams = 1 << 28

// Start builds a job's network, draws its weights from the seed and makes it ready for its
// first epoch. The error wraps evolve.ErrInvalid for what cannot be trained so, and
// evolve.ErrFailed for what takes more memory than the job may.
func Start(j Job, data *Data, dev device.Device[float32]) (*Run, error) {
	if err := j.Recipe.Check(); err != nil {
		return nil, err
	}
	j.Data, j.Net.Input, j.Net.Classes = data.Set.Name, data.Shape(), data.Set.Classes
	n, err := net.Build(j.Space, j.Arch, j.Net)
	if err != nil {
		return nil, fmt.Errorf("%s %s on %s: %w", j.Space, j.Arch, j.Data, err)
	}
	if p := n.Params(); p > maxParams {
		return nil, fmt.Errorf("%s %s has %d parameters, this engine takes at most %d: want fewer channels "+
			"or cells: %w", j.Space, j.Arch, p, maxParams, evolve.ErrInvalid)
	}
	if err := j.affords(j.learned(n)); err != nil { // before any of it is taken
		return nil, err
	}
	r := j.Recipe
	run := &Run{Job: j, Network: n, data: data, dev: dev,
		model: graph.NewModel[float32](n, evolve.Stream(j.Seed, "weights"))}
	train := data.Split.Train
	if r.Images > len(train) {
		return nil, fmt.Errorf("images %d: the training part of %s has %d: %w",
			r.Images, data.Set.Name, len(train), evolve.ErrInvalid)
	} else if r.Images > 0 {
		train = data.Set.Subset(train, r.Images)
	}
	var labels []uint8
	if r.Shuffled {
		labels = shuffled(data, evolve.Stream(j.Seed, "labels"))
	}
	if run.loader, err = images.NewLoader(data.Set, train, data.Norm, r.Augment, r.Batch, labels); err != nil {
		return nil, err
	}
	if r.PerEpoch(len(train)) == 0 {
		return nil, fmt.Errorf("%d batches an epoch, %d to accumulate: %w",
			run.loader.Batches(), r.Accumulate, evolve.ErrInvalid)
	}
	var lengths []int
	var decay []bool
	for _, w := range run.model.Weights {
		run.values = append(run.values, w)
		lengths, decay = append(lengths, len(w.Data)), append(decay, w.Decay)
		if r.Average > 0 {
			run.average = append(run.average, append([]float32(nil), w.Data...))
		}
	}
	run.solver = newSolver(r, lengths, decay)
	for i := range n.Layers {
		if d, ok := n.Layers[i].Op.(net.DropPath); ok {
			run.rate = max(run.rate, d.Rate)
		}
	}
	run.train, err = graph.New(run.model, dev, graph.Options{Batch: r.Batch, Training: true, Smoothing: r.Smoothing,
		AuxWeight: r.AuxWeight, Stream: run.stream})
	if err != nil {
		return nil, err
	}
	if run.eval, err = graph.New(run.model, dev, graph.Options{Batch: r.Batch}); err != nil {
		return nil, err
	}
	return run, j.affords(run.Memory())
}

// learned is the number of bytes of all that belongs to a weight: itself, its gradient and
// moments, its average, and the two orders in which kernels read it.
func (j *Job) learned(n *net.Net) int {
	copies := 5
	if j.Recipe.Solver != "sgd" {
		copies++
	}
	if j.Recipe.Average > 0 {
		copies++
	}
	total := 0
	for i := range n.Layers {
		total += n.Sizes(i)
	}
	return 4 * copies * total
}

// affords compares with the job's limit.
func (j *Job) affords(bytes int) error {
	if j.Memory > 0 && bytes > j.Memory {
		return fmt.Errorf("training takes at least %.1f MiB of memory and may take %.1f: want a smaller batch or "+
			"network, or a higher limit: %w",
			float64(bytes)/(1<<20), float64(j.Memory)/(1<<20), evolve.ErrFailed)
	}
	return nil
}

// stream is the generator of a dropout layer's mask at this step.
func (r *Run) stream(layer int) *rand.Rand {
	return rand.New(rand.NewPCG(evolve.Mix(r.Seed, r.step), uint64(layer)))
}

// shuffled gives the training images each other's labels.
func shuffled(d *Data, r *rand.Rand) []uint8 {
	labels := make([]uint8, d.Set.Len())
	for i := range labels {
		labels[i] = uint8(d.Set.Label(i))
	}
	train := d.Split.Train
	r.Shuffle(len(train), func(i, j int) {
		labels[train[i]], labels[train[j]] = labels[train[j]], labels[train[i]]
	})
	return labels
}

// Close gives the memory back.
func (r *Run) Close() error { return errors.Join(r.train.Close(), r.eval.Close()) }

// Params is the number of learned parameters, without the auxiliary head's.
func (r *Run) Params() int { return r.Network.Params() }

// Memory is the number of bytes that weights, with all that belongs to them, and activations
// take in training and evaluation.
func (r *Run) Memory() int {
	return r.learned(r.Network) + r.train.Memory() + r.eval.Memory()
}

// Done says how many epochs are trained.
func (r *Run) Done() int { return len(r.History) }

// Next trains one epoch and measures the validation accuracy. A run that diverges returns an
// error that wraps evolve.ErrFailed; one whose context ends returns the context's and is good
// for nothing but Close: its state is that of no epoch's end.
func (r *Run) Next(ctx context.Context) (e Epoch, err error) {
	begin, done := time.Now(), len(r.History)
	e = Epoch{Epoch: done + 1}
	defer func() {
		if err != nil {
			e.Seconds = time.Since(begin).Seconds() // were spent all the same
		}
	}()
	r.train.DropPath = r.rate * float64(done) / float64(r.Recipe.Epochs)
	steps := r.loader.Batches() / r.Recipe.Accumulate
	i, seen := 0, 0
	for b := range r.loader.Epoch(ctx, evolve.Stream(r.Seed, fmt.Sprintf("epoch/%d", e.Epoch))) {
		if i%r.Recipe.Accumulate == 0 {
			if i/r.Recipe.Accumulate == steps {
				break
			}
			r.model.ZeroGrad()
		}
		i++
		r.step = uint64(done)<<32 | uint64(i)
		r.train.Load(b.X, b.Y)
		if err := r.train.Run(); err != nil {
			return e, fmt.Errorf("epoch %d, batch %d: %w", e.Epoch, i, err)
		}
		if math.IsNaN(r.train.Loss) || math.IsInf(r.train.Loss, 0) {
			return e, fmt.Errorf("epoch %d, batch %d: the loss is %v: training has diverged: %w",
				e.Epoch, i, r.train.Loss, evolve.ErrFailed)
		}
		e.TrainLoss += r.train.Loss
		e.TrainCorrect += r.train.Correct
		seen += b.N
		if i%r.Recipe.Accumulate > 0 {
			continue
		}
		at := i / r.Recipe.Accumulate
		e.Rate = r.Recipe.Rate(float64(done) + float64(at-1)/float64(steps))
		if err := r.update(e.Rate); err != nil {
			return e, fmt.Errorf("epoch %d, batch %d: %w", e.Epoch, i, err)
		}
		if r.Observer != nil {
			r.Observer(Step{at, steps})
		}
	}
	if err := ctx.Err(); err != nil {
		return e, err
	}
	e.TrainLoss /= float64(i)
	e.TrainAcc = float64(e.TrainCorrect) / float64(seen)
	e.Seconds = time.Since(begin).Seconds()
	val, err := r.Evaluate(ctx, r.data.Split.Val)
	if errors.Is(err, evolve.ErrFailed) {
		return e, fmt.Errorf("epoch %d, validation: %w", e.Epoch, err)
	}
	if err != nil {
		return e, err
	}
	e.ValLoss, e.ValAcc, e.ValCorrect, e.ValTime = val.Loss, val.Accuracy(), val.Correct,
		time.Since(begin).Seconds()-e.Seconds
	r.History = append(r.History, e)
	return e, nil
}

// update takes one step of the solver.
func (r *Run) update(rate float64) error {
	if k := float32(r.Recipe.Accumulate); k > 1 {
		for _, w := range r.model.Weights {
			for j := range w.Grad_ {
				w.Grad_[j] /= k
			}
		}
	}
	r.solver.LR = rate
	if err := r.solver.Step(r.values); err != nil {
		return err
	}
	keep := float32(r.Recipe.Average)
	for i, a := range r.average {
		for j, v := range r.model.Weights[i].Data {
			a[j] = float32(keep*a[j]) + float32((1-keep)*v)
		}
	}
	return nil
}

// Evaluation is what a network makes of images it was not trained on.
type Evaluation struct {
	Loss    float64 // mean cross entropy
	Images  int
	Correct int
	// Confusion counts images by their class and the class they were given.
	Confusion [][]int
}

// Accuracy is the fraction of right answers.
func (e Evaluation) Accuracy() float64 { return float64(e.Correct) / float64(e.Images) }

// Evaluate asks the network, or the moving average of its weights, about images of its data
// set. The error wraps evolve.ErrFailed where its answers are no numbers, and is the context's
// when that ends.
func (r *Run) Evaluate(ctx context.Context, idx []int) (Evaluation, error) {
	classes := r.data.Set.Classes
	out := Evaluation{Confusion: make([][]int, classes)}
	for c := range out.Confusion {
		out.Confusion[c] = make([]int, classes)
	}
	if r.average != nil {
		r.swap()
		defer r.swap()
	}
	loader, err := images.NewEvaluation(r.data.Set, idx, r.data.Norm, r.Recipe.Batch)
	if err != nil {
		return out, err
	}
	for b := range loader.Sequential(ctx) {
		r.eval.Load(b.X, b.Y)
		if err := r.eval.Run(); err != nil {
			return out, err
		}
		out.Loss += float64(r.eval.Loss * float64(b.N))
		out.Images += b.N
		out.Correct += r.eval.Correct
		for i := range b.N {
			out.Confusion[b.Y[i]][r.eval.Answer(i)]++
		}
	}
	if err := ctx.Err(); err != nil {
		return out, err
	}
	out.Loss /= float64(out.Images)
	if math.IsNaN(out.Loss) || math.IsInf(out.Loss, 0) {
		return out, fmt.Errorf("the loss on %d images is %v: training has diverged: %w",
			out.Images, out.Loss, evolve.ErrFailed)
	}
	return out, nil
}

// swap exchanges the weights and their moving average.
func (r *Run) swap() {
	for i, a := range r.average {
		w := r.model.Weights[i].Data
		for j := range a {
			a[j], w[j] = w[j], a[j]
		}
	}
}

// Test measures the test accuracy. No search may ask for it.
func (r *Run) Test(ctx context.Context) (Evaluation, error) {
	return r.Evaluate(ctx, r.data.Split.Test)
}
