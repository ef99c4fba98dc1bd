//go:build native && (linux || darwin)

package conform

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/device/opencl/opencltest"
	"github.com/amoeba-nas/amoeba/training/graph"
	"github.com/amoeba-nas/amoeba/training/kernel"
	"github.com/amoeba-nas/amoeba/training/net"
)

const side, images = 8, 10 // of an image and of a batch

// learner is a network in training, with an update of its weights and an evaluation on their average.
type learner[T kernel.Float] struct {
	dev          device.Device[T]
	model        *graph.Model[T]
	train, eval  *graph.Graph[T]
	average      []T
	step, answer device.Step
	batches      *rand.Rand
}

func learn[T kernel.Float](t *testing.T, dev device.Device[T], n *net.Net, u device.Update[T]) *learner[T] {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	l := &learner[T]{dev: dev, batches: rand.New(rand.NewPCG(1, 1))}
	var err error
	l.model, err = graph.NewModel(n, rand.New(rand.NewPCG(2, 2)), dev)
	must(err)
	stream := func(layer int) *rand.Rand { return rand.New(rand.NewPCG(3, uint64(layer))) }
	l.train, err = graph.New(l.model, dev, graph.Options{Batch: images, Training: true, Smoothing: 0.1, AuxWeight: 0.4,
		Stream: stream})
	must(err)
	l.train.DropPath = 0.2
	slab := func() []T {
		s, err := l.model.Like()
		must(err)
		return s
	}
	l.average = slab()
	u.W, u.G, u.M, u.V, u.Average = l.model.Values, l.model.Grads, slab(), slab(), l.average
	u.Momentum, u.Keep, u.Divide, u.Scalars, u.Results = 0.9, 0.8, 1, l.train.Scalars, l.train.Results
	k, err := dev.Kernel(u)
	must(err)
	scratch, err := dev.Take(k.Scratch())
	must(err)
	k.Bind(scratch)
	calls, err := l.train.Calls()
	must(err)
	l.step, err = dev.Record(append(slices.Clip(calls), k.Forward(nil)))
	must(err)
	l.eval, err = graph.New(l.model.On(l.average), dev, graph.Options{Batch: images})
	must(err)
	calls, err = l.eval.Calls()
	must(err)
	l.answer, err = dev.Record(calls)
	must(err)
	t.Cleanup(func() {
		l.step.Close()
		l.answer.Close()
		l.train.Close()
		l.eval.Close()
		dev.Give(scratch)
		dev.Give(u.M)
		dev.Give(u.V)
		dev.Give(u.Average)
		l.model.Close()
	})
	return l
}

// next trains on a batch of noise and gives the loss, the right answers and the norm of the gradients.
func (l *learner[T]) next(t *testing.T, rate float64) []float64 {
	l.load(l.train)
	for at, v := range map[int]float64{device.ScalarRate: rate, device.ScalarEpsilon: 1e-8, device.ScalarApart: rate / 100} {
		l.train.Set(at, v)
	}
	return l.run(t, l.train, l.step)
}

func (l *learner[T]) load(g *graph.Graph[T]) {
	x, y := make([]float32, side*side*images), make([]int32, images)
	for i := range x {
		x[i] = float32(l.batches.NormFloat64())
	}
	for i := range y {
		y[i] = int32(l.batches.IntN(10))
	}
	g.Load(x, y)
}

func (l *learner[T]) run(t *testing.T, g *graph.Graph[T], step device.Step) []float64 {
	g.Upload()
	if err := step.Run(); err != nil {
		t.Fatal(err)
	}
	if err := l.dev.Wait(); err != nil {
		t.Fatal(err)
	}
	return slices.Clone(g.Results[:device.ResultNorm+1])
}

// numbers are the weights, their average and the running statistics.
func (l *learner[T]) numbers(t *testing.T) [3][]T {
	var n [3][]T
	for i, slab := range [][]T{l.model.Values, l.average, l.model.Running} {
		n[i] = make([]T, len(slab))
		if err := l.dev.Download(n[i], slab); err != nil {
			t.Fatal(err)
		}
	}
	return n
}

// networkOf is a random network of a space; those of chained cells have an auxiliary head and drop paths.
func networkOf(t *testing.T, name string, a evolve.Arch) *net.Net {
	c := net.Config{Input: net.Shape{C: 1, H: side, W: side}, Classes: 10, N: 1, F: 4}
	if net.Chained(name) {
		c.N, c.Layers, c.Aux, c.DropPath = 0, 3, true, 0.2
	}
	n, err := net.Build(name, a, c)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

var samplers = map[string]evolve.Space{"nb101": space.NB101{Unique: true}, "nb201": space.NB201{},
	"nasnet": space.NASNet{}, "darts": space.DARTS{}}

// Networks of every space that is trained follow the processor's in float64, through five steps of every solver, and
// so do their answers. In float32 the losses do for twenty steps, as far as rounding lets them.
func TestOpenCLSpaces(t *testing.T) {
	single, double := opencltest.Open[float32](t), opencltest.Open[float64](t)
	for i, name := range net.Spaces() {
		r := rand.New(rand.NewPCG(uint64(i), 4))
		for k, kind := range []string{"sgd", "adam", "adamw"} {
			n := networkOf(t, name, samplers[name].Sample(r))
			t.Run(fmt.Sprintf("%s by %s", name, kind), func(t *testing.T) {
				follow(t, double, n, device.Update[float64]{Kind: kind, Nesterov: true, Decay: 1e-3, Clip: 5})
				if k == 0 {
					losses(t, single, n)
				}
			})
		}
	}
}

func follow(t *testing.T, dev device.Device[float64], n *net.Net, u device.Update[float64]) {
	const within = 1e-10
	want, got := learn(t, device.CPU[float64](), n, u), learn(t, dev, n, u)
	rate := map[string]float64{"sgd": 0.05, "adam": 0.005, "adamw": 0.005}[u.Kind]
	for step := range 5 {
		compare(t, fmt.Sprintf("step %d", step+1), got.next(t, rate), want.next(t, rate), within)
	}
	a, b := got.numbers(t), want.numbers(t)
	for i, what := range []string{"weights", "average", "statistics"} {
		diff, ok := difference(a[i], b[i], 0)
		if !ok || diff > within {
			t.Errorf("%s differ by %g of the largest", what, diff)
		}
	}
	var answers [2][]float64
	for i, l := range []*learner[float64]{got, want} {
		l.load(l.eval)
		l.run(t, l.eval, l.answer)
		answers[i] = make([]float64, images)
		if err := l.dev.Download(answers[i], l.eval.Answers[:images]); err != nil {
			t.Fatal(err)
		}
	}
	compare(t, "evaluation", got.eval.Results[:2], want.eval.Results[:2], within)
	if !slices.Equal(answers[0], answers[1]) {
		t.Errorf("answers %v, want %v", answers[0], answers[1])
	}
}

func losses(t *testing.T, dev device.Device[float32], n *net.Net) {
	u := device.Update[float32]{Kind: "sgd", Clip: 5}
	want, got := learn(t, device.CPU[float32](), n, u), learn(t, dev, n, u)
	for step := range 20 {
		a, b := got.next(t, 0.001), want.next(t, 0.001)
		compare(t, fmt.Sprintf("float32, step %d", step+1), a[:1], b[:1], 1e-4)
	}
}

func compare(t *testing.T, what string, got, want []float64, within float64) {
	t.Helper()
	for i, w := range want {
		if d := math.Abs(got[i] - w); !(d <= within*max(1, math.Abs(w))) {
			t.Errorf("%s: %v, want %v", what, got, want)
			return
		}
	}
}
