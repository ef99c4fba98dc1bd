package training

import (
	"flag"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/blas"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/graph"
	"github.com/amoeba-nas/amoeba/training/kernel"
	"github.com/amoeba-nas/amoeba/training/net"
)

// speedBatch is the batch of the comparison with PyTorch; compare/speed.py has the same.
const speedBatch = 64

// speedNets are the networks of the comparison; compare/speed.py builds the same ones.
var speedNets = []struct {
	name  string
	build func() (*net.Net, error)
}{
	{"conv3bn", conv3bn},
	{"cell8", cell8},
	{"cells8", func() (*net.Net, error) { return cellNet(8, 8, 3) }},
	{"cell16", func() (*net.Net, error) { return cellNet(32, 16, 1) }},
	{"nb201", func() (*net.Net, error) { return net.Build("nb201", evolve.Arch("333333"), net.Default("nb201")) }},
}

func cell8() (*net.Net, error) { return cellNet(8, 8, 1) }

// speedNorm is PyTorch's default batch norm.
var speedNorm = net.BatchNorm{Momentum: 0.1, Epsilon: 1e-5, Affine: true}

func square(out, k int) net.Conv {
	return net.Conv{Out: out, KH: k, KW: k, Stride: 1, Dilation: 1, PadH: k / 2, PadW: k / 2}
}

func speedHead(b *net.Builder, x int) (*net.Net, error) {
	return b.Net(b.Add("linear", net.Linear{Out: 10}, b.Add("gap", net.GlobalAvgPool{}, x)), -1)
}

// conv3bn is three 3×3 convolutions with batch norm and ReLU, the image halved between.
func conv3bn() (*net.Net, error) {
	b := net.NewBuilder(net.Shape{C: 3, H: 32, W: 32})
	x := 0
	for i, c := range []int{16, 32, 32} {
		at := fmt.Sprint("conv", i)
		if i > 0 {
			x = b.Add(at+"/pool", net.MaxPool{K: 2, Stride: 2}, x)
		}
		x = b.Add(at+"/relu", net.ReLU{}, b.Add(at+"/bn", speedNorm, b.Add(at, square(c, 3), x)))
	}
	return speedHead(b, x)
}

// cellNet is cells as NASNet's without a reduction, on h×h images: five blocks of a separable
// 3×3 convolution and a separable 5×5 one, a mean or nothing, all joined.
func cellNet(h, channels, cells int) (*net.Net, error) {
	b := net.NewBuilder(net.Shape{C: 3, H: h, W: h})
	separable := func(at string, x, k int) int {
		for i := range 2 {
			at := fmt.Sprint(at, "/", i)
			c := square(channels, k)
			c.Depthwise = true
			x = b.Add(at+"/depthwise", c, b.Add(at+"/relu", net.ReLU{}, x))
			x = b.Add(at+"/bn", speedNorm, b.Add(at+"/pointwise", square(channels, 1), x))
		}
		return x
	}
	x := b.Add("stem/bn", speedNorm, b.Add("stem", square(channels, 3), 0))
	before := x
	for c := range cells {
		states := []int{before, x}
		for k := range 5 {
			at := fmt.Sprint("cell", c, "/block", k)
			left := separable(at+"/left", states[k%len(states)], 3)
			right := states[(2*k+1)%len(states)]
			switch k % 3 {
			case 0:
				right = separable(at+"/right", right, 5)
			case 1:
				right = b.Add(at+"/right/pool", net.AvgPool{K: 3, Stride: 1, Pad: 1}, right)
			}
			states = append(states, b.Add(at+"/add", net.Add{}, left, right))
		}
		at := fmt.Sprint("cell", c)
		joined := b.Add(at+"/relu", net.ReLU{}, b.Add(at+"/concat", net.Concat{}, states[2:]...))
		before, x = x, b.Add(at+"/bn", speedNorm, b.Add(at+"/conv", square(channels, 1), joined))
	}
	return speedHead(b, x)
}

// stepper takes training steps on one batch of noise.
type stepper struct {
	model  *graph.Model[float32]
	graph  *graph.Graph[float32]
	solver *Solver
	whole  device.Step // nil before the first step
	pixels []float32
	labels []int32
}

func newStepper(tb testing.TB, n *net.Net, batch int, dev device.Device[float32]) *stepper {
	tb.Helper()
	s := new(stepper)
	var err error
	if s.model, err = graph.NewModel(n, evolve.Stream(1, "weights"), dev); err != nil {
		tb.Fatal(err)
	}
	if s.graph, err = graph.New(s.model, dev, graph.Options{Batch: batch, Training: true}); err != nil {
		tb.Fatal(err)
	}
	s.solver, err = newSolver(Recipe{Solver: "sgd", Momentum: 0.9, Nesterov: true, WeightDecay: 5e-4}, s.model, dev, nil)
	if err != nil {
		tb.Fatal(err)
	}
	s.solver.after(s.graph)
	s.solver.LR = 0.01
	in, r := n.Layers[0].Out, evolve.Stream(1, "images")
	s.pixels, s.labels = make([]float32, in.C*in.H*in.W*batch), make([]int32, batch)
	for i := range s.pixels {
		s.pixels[i] = float32(r.NormFloat64())
	}
	for i := range s.labels {
		s.labels[i] = int32(i % n.Layers[n.Output].Out.C)
	}
	return s
}

func (s *stepper) step() error {
	if s.whole == nil {
		calls, err := s.graph.Calls()
		if err == nil {
			err = s.solver.Step(values(s.model))
		}
		if err == nil {
			s.whole, err = s.solver.dev.Record(append(slices.Clip(calls), s.solver.call))
		}
		if err != nil {
			return err
		}
	}
	s.graph.Load(s.pixels, s.labels)
	s.solver.set(s.graph.Set)
	s.graph.Upload()
	if err := s.whole.Run(); err != nil {
		return err
	}
	return finite(s.graph.Results[device.ResultNorm])
}

func (s *stepper) close() {
	s.graph.Close()
	s.solver.close()
	s.model.Close()
}

var products = flag.String("blas", "go", "who multiplies the matrices of BenchmarkStep: go, or openblas where the build has the tag native")

// BenchmarkStep measures training steps: forward, backward, SGD with Nesterov momentum.
// compare/speed.py reads its lines.
func BenchmarkStep(b *testing.B) {
	if err := blas.Use(*products); err != nil {
		b.Fatal(err)
	}
	defer blas.Use("go")
	fmt.Println("kernels:", kernel.Name())
	for _, n := range speedNets {
		b.Run("net="+n.name, func(b *testing.B) { benchmarkSteps(b, n.build, 1) })
	}
}

// BenchmarkStepConcurrent trains candidates on as many threads; they share nothing but the device.
func BenchmarkStepConcurrent(b *testing.B) {
	for _, k := range []int{1, 2} {
		b.Run(fmt.Sprint("net=cell8/candidates=", k), func(b *testing.B) { benchmarkSteps(b, cell8, k) })
	}
}

func benchmarkSteps(b *testing.B, build func() (*net.Net, error), candidates int) {
	n, err := build()
	if err != nil {
		b.Fatal(err)
	}
	steppers := make([]*stepper, candidates)
	for i := range steppers {
		s := newStepper(b, n, speedBatch, device.CPU[float32]())
		defer s.close()
		for range 2 { // the first steps make buffers
			if err := s.step(); err != nil {
				b.Fatal(err)
			}
		}
		steppers[i] = s
	}
	b.ReportAllocs()
	b.ResetTimer()
	var wg sync.WaitGroup
	var done atomic.Int64 // of all: a core that is slower for a while delays no other
	for _, s := range steppers {
		wg.Go(func() {
			for done.Add(1) <= int64(b.N*candidates) {
				if err := s.step(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N*candidates*speedBatch)/b.Elapsed().Seconds(), "images/s")
	b.ReportMetric(float64(n.Params()), "params")
}
