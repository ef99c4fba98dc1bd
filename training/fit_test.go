package training

import (
	"context"
	"errors"
	"math"
	"regexp"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/amoeba-nas/amoeba/data/images"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/net"
)

var digitsOnce = sync.OnceValues(func() (*Data, error) { return OpenData("digits") })

// digits are the images that every test here trains on.
func digits(t testing.TB) *Data {
	t.Helper()
	d, err := digitsOnce()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// digitsJob is a small network with the recipe of a benchmark, changed by edit.
func digitsJob(space string, a evolve.Arch, epochs int, edit func(*Job)) Job {
	j := Job{Space: space, Arch: a, Net: net.Config{N: 1, F: 8}, Recipe: DefaultRecipe(), Seed: 1}
	j.Recipe.Epochs = epochs
	if edit != nil {
		edit(&j)
	}
	return j
}

// chained is a nasnet cell, sampled, with all that only its networks have.
func chained(j *Job) {
	j.Space, j.Arch = "nasnet", space.NASNet{}.Sample(evolve.Stream(3, "cell"))
	j.Net = net.Config{Layers: 3, F: 2, Aux: true, DropPath: 0.4}
}

func start(t testing.TB, j Job) *Run {
	t.Helper()
	return on(t, device.CPU[float32](), j)
}

// on starts a job on a device.
func on(t testing.TB, dev device.Device[float32], j Job) *Run {
	t.Helper()
	r, err := Start(j, digits(t), dev)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func next(t testing.TB, r *Run, epochs int) {
	t.Helper()
	for range epochs {
		if _, err := r.Next(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
}

func trained(t testing.TB, j Job) *Run {
	t.Helper()
	r := start(t, j)
	next(t, r, j.Recipe.Epochs)
	return r
}

// measured is a history without what a clock said.
func measured(r *Run) []Epoch {
	h := slices.Clone(r.History)
	for i := range h {
		h[i].Seconds, h[i].ValTime = 0, 0
	}
	return h
}

// learned is all that a run has learned, in the order of a checkpoint.
func learned(r *Run) ([]Tensor, [][]float32) {
	slabs, err := r.host()
	if err != nil {
		panic(err)
	}
	return r.tensors(slabs)
}

// sameNumbers compares all that two runs have learned and said, bit by bit.
func sameNumbers(a, b *Run) bool {
	names, x := learned(a)
	others, y := learned(b)
	if !slices.Equal(names, others) || !slices.Equal(measured(a), measured(b)) {
		return false
	}
	for i := range x {
		for k, v := range x[i] {
			if math.Float32bits(v) != math.Float32bits(y[i][k]) {
				return false
			}
		}
	}
	return true
}

func TestDeterministic(t *testing.T) {
	if testing.Short() {
		t.Skip("trains for long")
	}
	for name, edit := range map[string]func(*Job){
		"plain":     nil,
		"augmented": func(j *Job) { j.Recipe.Augment = images.Augment{Pad: 1, Flip: true, Cutout: 2} },
		"adam":      func(j *Job) { j.Recipe.Solver, j.Recipe.LR, j.Recipe.Average = "adam", 0.01, 0.9 },
		"shuffled":  func(j *Job) { j.Recipe.Shuffled = true },
		"drop path": chained,
	} {
		t.Run(name, func(t *testing.T) {
			j := digitsJob("nb201", "231430", 2, edit)
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // the loader fills batches ahead, or not
			a := trained(t, j)
			runtime.GOMAXPROCS(2)
			if b := trained(t, j); !sameNumbers(a, b) {
				t.Errorf("again, on two processors: %+v, was %+v", measured(b), measured(a))
			}
			j.Seed++
			if c := trained(t, j); sameNumbers(a, c) || c.History[0].TrainLoss == a.History[0].TrainLoss {
				t.Error("another seed, the same numbers")
			}
		})
	}
}

// The rate of dropped paths rises from nothing in the first epoch.
func TestDropPathRises(t *testing.T) {
	with := digitsJob("", "", 2, chained)
	without := with
	without.Net.DropPath = 0
	a, b := start(t, with), start(t, without)
	next(t, a, 1)
	next(t, b, 1)
	if x, y := measured(a)[0], measured(b)[0]; x != y {
		t.Errorf("first epoch: %+v with dropped paths, %+v without", x, y)
	}
	next(t, a, 1)
	next(t, b, 1)
	if x, y := measured(a)[1], measured(b)[1]; x.TrainLoss == y.TrainLoss {
		t.Errorf("second epoch: %+v with and without dropped paths", x)
	}
	if a.train.DropPath != 0.2 { // half of the horizon
		t.Errorf("rate %g, want 0.2", a.train.DropPath)
	}
}

// TestEpochByHand goes through an epoch over copies of all batches, made before the first step,
// with a moving average and gradients of its own.
func TestEpochByHand(t *testing.T) {
	for _, accumulate := range []int{1, 3} {
		j := digitsJob("nb201", "313241", 2, func(j *Job) { j.Recipe.Batch, j.Recipe.Accumulate, j.Recipe.Average = 32, accumulate, 0.875 })
		r := trained(t, j)
		j.Recipe.Accumulate, j.Recipe.Average = 1, 0
		hand := start(t, j)
		if err := hand.record(); err != nil {
			t.Fatal(err)
		}
		update, err := hand.dev.Record([]device.Call{hand.solver.call})
		if err != nil {
			t.Fatal(err)
		}
		var average [][]float32
		for _, w := range hand.model.Weights {
			average = append(average, slices.Clone(w.Data))
		}
		for epoch := range 2 {
			var batches []images.Batch
			for b := range hand.loader.Epoch(context.Background(), evolve.Stream(j.Seed, []string{"epoch/1", "epoch/2"}[epoch])) {
				batches = append(batches, images.Batch{X: slices.Clone(b.X), Y: slices.Clone(b.Y), N: b.N})
			}
			if len(batches) != 33 { // of 1,079 images
				t.Fatalf("%d batches", len(batches))
			}
			steps, loss := 33/accumulate, 0.0
			for s := range steps {
				for _, b := range batches[s*accumulate : (s+1)*accumulate] {
					hand.train.Load(b.X, b.Y)
					if err := hand.train.Run(); err != nil {
						t.Fatal(err)
					}
					loss += hand.train.Loss
				}
				for _, w := range hand.model.Weights {
					for i := range w.Grad_ {
						w.Grad_[i] /= float32(accumulate)
					}
				}
				hand.solver.LR = j.Recipe.Rate(float64(epoch) + float64(s)/float64(steps))
				hand.solver.set(hand.train.Set)
				hand.train.Upload()
				if err := update.Run(); err != nil {
					t.Fatal(err)
				}
				for k, w := range hand.model.Weights {
					for i, v := range w.Data {
						average[k][i] = 0.875*average[k][i] + 0.125*v
					}
				}
			}
			if want := loss / float64(steps*accumulate); math.Abs(r.History[epoch].TrainLoss-want) > 1e-12 {
				t.Errorf("epoch %d: loss %.17g, by hand %.17g", epoch+1, r.History[epoch].TrainLoss, want)
			}
		}
		averages := r.model.Parts(r.average)
		for k, w := range hand.model.Weights {
			if !slices.Equal(w.Data, r.model.Weights[k].Data) || !slices.Equal(average[k], averages[k]) {
				t.Fatalf("accumulate %d: %s or its average differs", accumulate, w.Name)
			}
		}
		if want := 2 * (33 / accumulate); r.solver.steps != want {
			t.Errorf("%d steps, want %d", r.solver.steps, want)
		}
		averageIsEvaluated(t, r, average)
	}
}

// averageIsEvaluated compares what a run's evaluation says with a network whose weights are the
// average.
func averageIsEvaluated(t *testing.T, r *Run, average [][]float32) {
	t.Helper()
	j := r.Job
	j.Recipe.Average = 0
	plain := start(t, j)
	copyStats := func() {
		for i, s := range r.model.Stats {
			copy(plain.model.Stats[i], s)
		}
	}
	evaluate := func(r *Run) Evaluation {
		e, err := r.Test(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	got := evaluate(r)
	copyStats()
	for i, w := range plain.model.Weights {
		copy(w.Data, average[i])
	}
	if want := evaluate(plain); got.Loss != want.Loss || got.Correct != want.Correct {
		t.Errorf("test loss %g, of the average %g", got.Loss, want.Loss)
	}
	for i, w := range plain.model.Weights {
		copy(w.Data, r.model.Weights[i].Data)
	}
	if raw := evaluate(plain); raw.Loss == got.Loss {
		t.Errorf("test loss %g of the average and of the weights themselves", got.Loss)
	}
}

func TestLearns(t *testing.T) {
	r := trained(t, digitsJob("nb201", "333333", 12, nil))
	last := r.History[11]
	if last.ValAcc < 0.96 || last.Epoch != 12 || last.ValAcc != float64(last.ValCorrect)/359 {
		t.Errorf("after 12 epochs: %+v, want 96 %%", last)
	}
	if first := r.History[0]; !(first.TrainLoss > 5*last.TrainLoss) || !(first.ValLoss > last.ValLoss) {
		t.Errorf("from %+v to %+v", first, last)
	}
	test, err := r.Test(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	right, all := 0, 0
	for c, row := range test.Confusion {
		for k, n := range row {
			if all += n; c == k {
				right += n
			}
		}
	}
	if right != test.Correct || all != 359 || test.Images != 359 || test.Accuracy() < 0.95 {
		t.Errorf("test: %+v, %d right of %d in its table", test, right, all)
	}
}

// chance is an interval that a binomial variable leaves with a probability of at most 0.1 %.
func chance(n int, p float64) (low, high int) {
	below := 0.0
	for k := range n + 1 {
		lg := func(x int) float64 { v, _ := math.Lgamma(float64(x + 1)); return v }
		density := math.Exp(lg(n) - lg(k) - lg(n-k) + float64(k)*math.Log(p) + float64(n-k)*math.Log1p(-p))
		if below+density < 0.0005 {
			low = k + 1
		}
		if below < 0.9995 {
			high = k
		}
		below += density
	}
	return low, high
}

// The control: a network that has learned labels without meaning knows nothing of the test
// images. It has to know them by heart: after a few epochs it answers whole groups of images
// alike, whose right answers are no binomial variable.
func TestShuffledLabels(t *testing.T) {
	if testing.Short() {
		t.Skip("trains for long")
	}
	const seeds = 3
	correct := 0
	for seed := range uint64(seeds) {
		r := trained(t, digitsJob("nb201", "333333", 20, func(j *Job) { j.Recipe.Shuffled, j.Seed = true, seed }))
		if last := r.History[19]; last.TrainAcc < 0.9 {
			t.Errorf("seed %d has learned %.3f of its labels", seed, last.TrainAcc)
		}
		e, err := r.Test(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		correct += e.Correct
	}
	if low, high := chance(seeds*359, 0.1); correct < low || correct > high {
		t.Errorf("%d of %d are right, chance is %d..%d", correct, seeds*359, low, high)
	}
	// The labels are permuted, and those of the other images are as they were.
	d := digits(t)
	labels, count, moved := shuffled(d, evolve.Stream(1, "labels")), make([]int, 10), 0
	for _, i := range d.Split.Train {
		count[labels[i]]++
		count[d.Set.Label(i)]--
		if int(labels[i]) != d.Set.Label(i) {
			moved++
		}
	}
	if slices.Min(count) != 0 || slices.Max(count) != 0 || moved < 900 { // of 1,079; a tenth stays by chance
		t.Errorf("classes gained %v, %d images have another label", count, moved)
	}
	for _, i := range slices.Concat(d.Split.Val, d.Split.Test) {
		if int(labels[i]) != d.Set.Label(i) {
			t.Fatalf("image %d, not of the training part, has another label", i)
		}
	}
}

func TestCellOfNothing(t *testing.T) {
	r := trained(t, digitsJob("nb201", "000000", 2, nil))
	e, err := r.Test(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	low, high := chance(359, 0.1)
	if e.Correct < low || e.Correct > high {
		t.Errorf("%d of 359 are right, chance is %d..%d", e.Correct, low, high)
	}
	answers := map[int]bool{}
	for _, row := range e.Confusion {
		for k, n := range row {
			if n > 0 {
				answers[k] = true
			}
		}
	}
	if len(answers) != 1 { // its logits are the biases
		t.Errorf("answers %v", answers)
	}
}

func TestDivergence(t *testing.T) {
	where := regexp.MustCompile(`^epoch 1, batch \d+: .*diverged`)
	for name, edit := range map[string]func(*Job){
		// The decay alone multiplies a kernel by 1-100 at each step.
		"sgd":   func(j *Job) { j.Recipe.WeightDecay = 1 },
		"adamw": func(j *Job) { j.Recipe.Solver, j.Recipe.WeightDecay = "adamw", 1 },
	} {
		j := digitsJob("nb201", "333333", 2, func(j *Job) {
			j.Recipe.LR, j.Recipe.Clip, j.Recipe.Schedule, j.Recipe.Batch = 100, 0, "constant", 32
			edit(j)
		})
		r := start(t, j)
		if _, err := r.Next(context.Background()); !errors.Is(err, evolve.ErrFailed) || !where.MatchString(err.Error()) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// The moving average is used in evaluation alone.
	r := start(t, digitsJob("nb201", "333333", 2, func(j *Job) { j.Recipe.Average = 0.5 }))
	next(t, r, 1)
	averages := r.model.Parts(r.average)
	averages[len(averages)-1][0] = float32(math.NaN()) // a bias of the logits
	_, err := r.Next(context.Background())
	if !errors.Is(err, evolve.ErrFailed) || !regexp.MustCompile(`^epoch 2, validation: .*359 images is NaN`).MatchString(err.Error()) {
		t.Errorf("an average that is no number: %v", err)
	}
}

// after is a context that is done when it is asked for the n-th time.
type after struct {
	context.Context
	n      int
	cancel context.CancelFunc
}

func (a *after) Err() error {
	if a.n--; a.n <= 0 {
		a.cancel()
	}
	return a.Context.Err()
}

func TestCancelledInAnEpoch(t *testing.T) {
	r := start(t, digitsJob("nb201", "333333", 2, func(j *Job) { j.Recipe.Batch = 32 }))
	next(t, r, 1)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	_, err := r.Next(&after{ctx, 6, cancel})
	if !errors.Is(err, context.Canceled) || errors.Is(err, evolve.ErrFailed) {
		t.Errorf("%v, want the context's error", err)
	}
	if batches := r.step & (1<<32 - 1); batches < 1 || batches > 6 || r.step>>32 != 1 {
		t.Errorf("stopped after %d batches of epoch %d, was asked to after 5", batches, r.step>>32+1)
	}
	if r.Done() != 1 {
		t.Errorf("%d epochs are done", r.Done())
	}
	if _, err := r.Test(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("evaluation: %v", err)
	}
}

func TestStartErrors(t *testing.T) {
	for name, c := range map[string]struct {
		is   error
		edit func(*Job)
	}{
		"batch of more than all": {evolve.ErrInvalid, func(j *Job) { j.Recipe.Batch = 1080 }},
		"recipe":                 {evolve.ErrInvalid, func(j *Job) { j.Recipe.LR = -1 }},
		"arch":                   {evolve.ErrInvalid, func(j *Job) { j.Arch = "9" }},
		"space":                  {evolve.ErrUnknown, func(j *Job) { j.Space = "nb301" }},
		"head of nb201":          {evolve.ErrUnsupported, func(j *Job) { j.Net.Aux = true }},
		"17 of 16 batches":       {evolve.ErrInvalid, func(j *Job) { j.Recipe.Accumulate = 17 }},
		"memory":                 {evolve.ErrFailed, func(j *Job) { j.Memory = 1 << 20 }},
		"memory of weights":      {evolve.ErrFailed, func(j *Job) { j.Memory, j.Net.F = 1<<30, 256 }},
		"weights without bound":  {evolve.ErrInvalid, func(j *Job) { j.Net.F = 512 }},
	} {
		if _, err := Start(digitsJob("nb201", "333333", 2, c.edit), digits(t), device.CPU[float32]()); !errors.Is(err, c.is) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
