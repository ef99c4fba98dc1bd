package training

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

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
	// Room is the most elements that a device's memory for one of the run's two graphs may grow to where the device
	// gains by it, 0 for any. No number depends on it.
	Room int `json:"-"`
}

// Protocol is a digest of all that decides a job's results on images of a hash, but for architecture, seed and kernels:
// what results that are to be compared have in common.
func (j *Job) Protocol(images string) string {
	text, _ := json.Marshal(struct { // plain values always marshal
		Engine int
		Images string
		Space  string
		Net    net.Config
		Recipe Recipe
	}{Version, images, j.Space, j.Net, j.Recipe})
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// Run is one network in training.
type Run struct {
	Job
	Network  *net.Net
	History  []Epoch
	Observer evolve.Observer // is called with a [Step] after each; may be nil

	data    *Data
	dev     device.Device[float32]
	seat    *seat // among the runs of the device; nil of a run that trains alone
	model   *graph.Model[float32]
	train   *graph.Graph[float32]
	eval    *graph.Graph[float32]
	solver  *Solver
	average []float32 // of the weights, laid out as they are; nil without
	loader  *images.Loader
	step    uint64  // of dropout's streams
	rate    float64 // of dropped paths, at the end of the training
	// The steps that the device repeats: a pass, a pass with the update of the weights after it, and the answers of an
	// evaluation. Each is nil before it is needed.
	pass, update, answer device.Step
}

// MaxParams keeps a slip of the keyboard from taking all memory. NASNet-A, the largest published
// network of the spaces here, has 89 million (Zoph et al. 2018, table 2).
const MaxParams = 1 << 28

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
	if p := n.Params(); p > MaxParams {
		return nil, fmt.Errorf("%s %s has %d parameters, this engine takes at most %d: want fewer channels "+
			"or cells: %w", j.Space, j.Arch, p, MaxParams, evolve.ErrInvalid)
	}
	orders := kernelOrders
	if _, wide := dev.Wide(); wide {
		orders = 0
	}
	if err := j.affords(j.learned(n, orders)); err != nil { // before any of it is taken
		return nil, err
	}
	run := &Run{Job: j, Network: n, data: data, dev: dev}
	if err := run.start(); err != nil {
		run.Close()
		return nil, err
	}
	return run, nil
}

// start takes memory for all that a network learns, and builds its graphs.
func (r *Run) start() error {
	data, recipe := r.data, r.Recipe
	train := data.Split.Train
	if recipe.Images > len(train) {
		return fmt.Errorf("images %d: the training part of %s has %d: %w",
			recipe.Images, data.Set.Name, len(train), evolve.ErrInvalid)
	} else if recipe.Images > 0 {
		train = data.Set.Subset(train, recipe.Images)
	}
	var labels []uint8
	if recipe.Shuffled {
		labels = shuffled(data, evolve.Stream(r.Seed, "labels"))
	}
	var err error
	r.loader, err = images.NewLoader(data.Set, train, data.Norm, recipe.Augment, recipe.Batch, labels)
	if err != nil {
		return err
	}
	if recipe.PerEpoch(len(train)) == 0 {
		return fmt.Errorf("%d batches an epoch, %d to accumulate: %w",
			r.loader.Batches(), recipe.Accumulate, evolve.ErrInvalid)
	}
	for i := range r.Network.Layers {
		if d, ok := r.Network.Layers[i].Op.(net.DropPath); ok {
			r.rate = max(r.rate, d.Rate)
		}
	}
	r.model, err = graph.NewModel(r.Network, evolve.Stream(r.Seed, "weights"), r.dev)
	if err != nil {
		return err
	}
	answers := r.model
	if recipe.Average > 0 {
		if r.average, err = r.model.Like(); err != nil {
			return err
		}
		weights := make([]float32, len(r.average))
		if err := r.dev.Download(weights, r.model.Values); err != nil {
			return err
		}
		r.dev.Upload(r.average, weights)
		answers = r.model.On(r.average)
	}
	rows := 1
	if _, wide := r.dev.Wide(); wide {
		rows = collectEvery
	}
	if r.solver, err = newSolver(recipe, r.model, r.dev, r.average); err != nil {
		return err
	}
	room := r.room()
	r.train, err = graph.New(r.model, r.dev, graph.Options{Batch: recipe.Batch, Training: true, Room: r.grown(room / 2),
		Smoothing: recipe.Smoothing, AuxWeight: recipe.AuxWeight, Stream: r.stream, Rows: rows})
	if err != nil {
		return err
	}
	r.solver.after(r.train)
	most := max(len(data.Split.Val), len(data.Split.Test))
	r.eval, err = graph.New(answers, r.dev, graph.Options{Batch: recipe.Batch,
		Room: r.grown(room - (r.train.Memory()+r.train.Inputs())/bytesEach),
		Rows: (most + recipe.Batch - 1) / recipe.Batch})
	if err != nil {
		return err
	}
	return r.affords(r.Memory())
}

// collectEvery is how many batches' results are read at once where reading makes the device wait, so that a training
// that diverges takes at most so many for nothing.
const collectEvery = 32

// record makes the steps of training, which takes the graph's memory.
func (r *Run) record() error {
	if r.update != nil {
		return nil
	}
	calls, err := r.train.Calls()
	if err != nil {
		return err
	}
	if err := r.solver.Step(values(r.model)); err != nil {
		return err
	}
	if r.Recipe.Accumulate > 1 {
		if r.pass, err = r.dev.Record(calls); err != nil {
			return err
		}
	}
	r.update, err = r.dev.Record(append(slices.Clip(calls), r.solver.call))
	return err
}

// values are a model's weights as a gorgonia Solver takes them.
func values(m *graph.Model[float32]) (all []G.ValueGrad) {
	for _, w := range m.Weights {
		all = append(all, w)
	}
	return all
}

// recordAnswer makes the step of evaluation.
func (r *Run) recordAnswer() error {
	if r.answer != nil {
		return nil
	}
	calls, err := r.eval.Calls()
	if err != nil {
		return err
	}
	r.answer, err = r.dev.Record(calls)
	return err
}

// bytesEach is the size of a number.
const bytesEach = 4

// room is the number of elements that both graphs together may take: what the device has left, within the limit of
// memory.
func (r *Run) room() int {
	room, _ := r.dev.Wide()
	if limit := r.Job.Memory / bytesEach; limit > 0 {
		room = min(room, limit-r.held())
	}
	return room
}

// grown is the most elements that a graph may take to be planned without reuse. A plan that gains speed must neither
// take a run beyond its limit of memory nor take what its other graph, or another run, needs.
func (r *Run) grown(room int) int {
	if r.Job.Room > 0 {
		room = min(room, r.Job.Room)
	}
	return max(room, 1)
}

// held is the number of elements of the device that belong to weights and statistics.
func (r *Run) held() int {
	n := len(r.model.Grads)
	for _, slab := range r.slabs() {
		n += len(slab)
	}
	return n
}

// kernelOrders are the copies of the weights that the processor's kernels make, in the orders in which they read them.
const kernelOrders = 2

// learned is the number of bytes of all that belongs to the weights: they, their gradients and moments, their average,
// and so many copies in other orders.
func (j *Job) learned(n *net.Net, orders int) int {
	copies := 3 + orders
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
	return bytesEach * copies * total
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

// Close gives the memory back; a second time it does nothing.
func (r *Run) Close() error {
	if s := r.seat; s != nil {
		r.seat = nil
		return s.close(r.close)
	}
	return r.close()
}

func (r *Run) close() error {
	var errs []error
	for _, s := range []*device.Step{&r.pass, &r.update, &r.answer} {
		if *s != nil {
			errs = append(errs, (*s).Close())
		}
		*s = nil
	}
	for _, g := range []*graph.Graph[float32]{r.train, r.eval} {
		if g != nil {
			errs = append(errs, g.Close())
		}
	}
	if r.solver != nil {
		r.solver.close()
	}
	if r.average != nil {
		r.dev.Give(r.average)
		r.average = nil
	}
	if r.model != nil {
		r.model.Close()
	}
	return errors.Join(errs...)
}

// Params is the number of learned parameters, without the auxiliary head's.
func (r *Run) Params() int { return r.Network.Params() }

// Memory is the number of bytes that weights, with all that belongs to them, and activations take in training and
// evaluation; on a device with memory of its own, what is taken of it for all but results,
// tables of kernels and the sums of an update, which are small.
func (r *Run) Memory() int {
	graphs := r.train.Memory() + r.eval.Memory()
	if _, wide := r.dev.Wide(); wide {
		return bytesEach*r.held() + r.train.Inputs() + r.eval.Inputs() + graphs
	}
	return r.learned(r.Network, kernelOrders) + graphs
}

// Done says how many epochs are trained.
func (r *Run) Done() int { return len(r.History) }

// Next trains one epoch and measures the validation accuracy. A run that diverges returns an
// error that wraps evolve.ErrFailed; one whose context ends returns the context's and is good
// for nothing but Close: its state is that of no epoch's end.
func (r *Run) Next(ctx context.Context) (e Epoch, err error) {
	e.Epoch = r.Done() + 1
	err = r.turn(ctx, func() error {
		e, err = r.next(ctx)
		return err
	})
	return e, err
}

func (r *Run) next(ctx context.Context) (e Epoch, err error) {
	c, err := r.epoch(ctx)
	if err != nil {
		return Epoch{Epoch: r.Done() + 1}, err
	}
	seconds, err := r.drive(ctx, c)
	if err == nil {
		c.mean()
	}
	e = c.Epoch
	e.Seconds = seconds // they were spent, whatever came of them
	if err != nil {
		return e, err
	}
	var val Evaluation
	val, e.ValTime, err = r.evaluate(ctx, r.data.Split.Val)
	if errors.Is(err, evolve.ErrFailed) {
		return e, fmt.Errorf("epoch %d, validation: %w", e.Epoch, err)
	}
	if err != nil {
		return e, err
	}
	e.ValLoss, e.ValAcc, e.ValCorrect = val.Loss, val.Accuracy(), val.Correct
	r.History = append(r.History, e)
	return e, nil
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
func (r *Run) Evaluate(ctx context.Context, idx []int) (out Evaluation, err error) {
	err = r.turn(ctx, func() error {
		out, _, err = r.evaluate(ctx, idx)
		return err
	})
	return out, err
}

func (r *Run) evaluate(ctx context.Context, idx []int) (out Evaluation, seconds float64, err error) {
	c, err := r.evaluation(ctx, idx)
	if err != nil {
		return out, 0, err
	}
	if seconds, err = r.drive(ctx, c); err != nil {
		return c.Evaluation, seconds, err
	}
	out, err = c.end()
	return out, seconds, err
}

// Test measures the test accuracy. No search may ask for it.
func (r *Run) Test(ctx context.Context) (Evaluation, error) {
	return r.Evaluate(ctx, r.data.Split.Test)
}
