package training

import (
	"flag"
	"fmt"
	"testing"
	"time"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/device/devices"
	"github.com/amoeba-nas/amoeba/training/device/launch"
	"github.com/amoeba-nas/amoeba/training/graph"
	"github.com/amoeba-nas/amoeba/training/kernel"
	"github.com/amoeba-nas/amoeba/training/net"
)

var benchDevice = flag.String("device", "cpu", "where BenchmarkDevice runs, as amoeba devices lists them")

// BenchmarkDevice measures a device: what a launch costs, bytes a second, convolutions, and the training steps of
// networks that are joined. compare/gpu.py reads its lines.
func BenchmarkDevice(b *testing.B) {
	dev, err := devices.Open(*benchDevice)
	if err != nil {
		b.Fatal(err)
	}
	fmt.Println("device:", dev.Name())
	b.Run("launch/dependent", func(b *testing.B) { benchmarkLaunches(b, dev) })
	b.Run("elementwise", func(b *testing.B) { benchmarkElementwise(b, dev) })
	for _, c := range benchConvs {
		for _, pass := range []string{"forward", "weights", "backward"} {
			b.Run("conv/"+c.String()+"/"+pass, func(b *testing.B) { benchmarkConv(b, dev, c, pass) })
		}
	}
	for _, batch := range []int{4, speedBatch, 256} {
		for _, joined := range []int{1, 2, 8, 32} {
			run := func(name string, build func(lane int) (*net.Net, error)) {
				b.Run(fmt.Sprintf("net=%s/batch=%d/joined=%d", name, batch, joined), func(b *testing.B) {
					nets := make([]*net.Net, joined)
					for i := range nets {
						if nets[i], err = build(i); err != nil {
							b.Fatal(err)
						}
					}
					benchmarkJoined(b, dev, nets, batch)
				})
			}
			for _, n := range speedNets {
				run(n.name, func(int) (*net.Net, error) { return n.build() })
			}
			run("sampled", sampledNet)
		}
	}
}

// sampledNet is a network of 6 cells from the space nasnet for the digits, another one for each lane. compare/gpu.py
// builds it in PyTorch from the line that is printed.
func sampledNet(lane int) (*net.Net, error) {
	a := space.NASNet{}.Sample(evolve.Stream(uint64(lane), "cell"))
	fmt.Println("cell:", a)
	c := net.Default("nasnet")
	c.Input, c.Classes, c.F, c.Layers = net.Shape{C: 1, H: 8, W: 8}, 10, 8, 6
	return net.Build("nasnet", a, c)
}

// take is memory of a device for as long as a benchmark runs, of small numbers.
func take(b *testing.B, dev device.Device[float32], n int) []float32 {
	b.Helper()
	slab, err := dev.Take(n)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { dev.Give(slab) })
	host, r := make([]float32, n), evolve.Stream(1, "numbers")
	for i := range min(n, 1<<16) {
		host[i] = float32(r.NormFloat64())
	}
	for at := 1 << 16; at < n; at *= 2 {
		copy(host[at:], host[:at])
	}
	dev.Upload(slab, host)
	return slab
}

// operation makes a kernel with its memory.
func operation(b *testing.B, dev device.Device[float32], s device.Spec[float32]) device.Kernel[float32] {
	b.Helper()
	k, err := dev.Kernel(s)
	if err != nil {
		b.Fatal(err)
	}
	if n := k.Scratch(); n > 0 {
		k.Bind(take(b, dev, n))
	}
	return k
}

// repeat runs a step of calls, and says how long the host took to ask for it.
func repeat(b *testing.B, dev device.Device[float32], calls ...device.Call) (s device.Step, host time.Duration) {
	b.Helper()
	s, err := dev.Record(calls)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	return s, again(b, dev, s)
}

// again runs a step for as long as the benchmark wants, after twice that do not count: kernels may be compiled then.
func again(b *testing.B, dev device.Device[float32], s device.Step) (host time.Duration) {
	b.Helper()
	one := func() {
		if err := s.Run(); err != nil {
			b.Fatal(err)
		}
	}
	wait := func() {
		if err := dev.Wait(); err != nil {
			b.Fatal(err)
		}
	}
	one()
	one()
	wait()
	b.ResetTimer()
	for range b.N {
		begin := time.Now()
		one()
		host += time.Since(begin)
	}
	wait()
	return host
}

// benchmarkLaunches are launches of which each needs what the one before wrote, of so little work that nothing else
// counts.
func benchmarkLaunches(b *testing.B, dev device.Device[float32]) {
	const calls = 1000
	x, y := take(b, dev, launch.Unit), take(b, dev, launch.Unit)
	k := operation(b, dev, device.Sum[float32]{In: device.Size{Pixels: 1, C: 1, Row: launch.Unit, Batch: launch.Unit}})
	var all []device.Call
	for range calls {
		all = append(all, k.Forward(y, x))
		x, y = y, x
	}
	s, host := repeat(b, dev, all...)
	n := float64(b.N * s.Launches())
	b.ReportMetric(b.Elapsed().Seconds()*1e6/n, "us/launch")
	b.ReportMetric(host.Seconds()*1e6/n, "host-us/launch")
}

// benchmarkElementwise adds two tensors of 64 MiB, beyond the caches of large cards (50 MB on an H100).
func benchmarkElementwise(b *testing.B, dev device.Device[float32]) {
	in := device.Size{Pixels: 1 << 10, C: 1 << 8, Row: 64, Batch: 64}
	x, y, z := take(b, dev, in.Len()), take(b, dev, in.Len()), take(b, dev, in.Len())
	repeat(b, dev, operation(b, dev, device.Sum[float32]{In: in}).Forward(z, x, y))
	b.ReportMetric(float64(in.Len()), "elements")
	b.ReportMetric(float64(b.N)*3*4*float64(in.Len())/b.Elapsed().Seconds()/1e9, "GB/s")
}

// benchConv is a convolution of stride 1 that keeps the image's size.
type benchConv struct {
	in, out, side, window, batch int
	depthwise                    bool
}

func (c benchConv) String() string {
	kind := "conv"
	if c.depthwise {
		kind = "depthwise"
	}
	return fmt.Sprintf("%s-%d-%d-%dx%d-%dx%d-batch-%d", kind, c.in, c.out, c.side, c.side, c.window, c.window, c.batch)
}

// benchConvs are the convolutions of compare/gpu.py: those of nb201's three stages, of NASNet's cells on 8×8 images, and
// a wide one.
var benchConvs = []benchConv{{16, 16, 32, 3, 256, false}, {32, 32, 16, 3, 256, false}, {64, 64, 8, 3, 256, false},
	{8, 8, 8, 3, 64, false}, {40, 8, 8, 1, 64, false}, {8, 8, 8, 5, 64, true}, {128, 128, 16, 3, 256, false},
	{8, 8, 8, 3, 4, false}}

// benchmarkConv measures one pass: forward, the gradient of the weights, or backward, that and the input's.
func benchmarkConv(b *testing.B, dev device.Device[float32], c benchConv, pass string) {
	in := device.Size{Pixels: c.side * c.side, C: c.in, Row: kernel.Pad(c.batch), Batch: c.batch}
	w := kernel.Window{H: c.side, W: c.side, KH: c.window, KW: c.window, Stride: 1, Dilation: 1, PadH: c.window / 2,
		PadW: c.window / 2}.Slide()
	spec := device.Conv[float32]{In: in, O: c.out, Window: w, Depthwise: c.depthwise}
	weights := c.out * c.in * c.window * c.window
	if c.depthwise {
		weights /= c.in
	}
	k := operation(b, dev, spec)
	x, y, f := take(b, dev, in.Len()), take(b, dev, spec.Out().Len()), take(b, dev, kernel.Pad(weights))[:weights]
	dx, dw := take(b, dev, in.Len()), [][]float32{take(b, dev, kernel.Pad(weights))[:weights]}
	work := 2 * float64(weights*c.side*c.side*c.batch) * float64(b.N)
	switch pass {
	case "forward":
		repeat(b, dev, k.Forward(y, x, f))
	case "weights":
		repeat(b, dev, k.Backward(nil, dw, y, x, f))
	case "backward":
		work *= 2
		repeat(b, dev, k.Backward(dx, dw, y, x, f))
	}
	b.ReportMetric(work/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}

// lane is a network that trains on one batch of noise, its pass and update recorded as one step.
type lane struct {
	model *graph.Model[float32]
	graph *graph.Graph[float32]
	step  device.Step
}

func newLane(b *testing.B, dev device.Device[float32], n *net.Net, batch, seed int) *lane {
	b.Helper()
	must := func(err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	l := new(lane)
	var err error
	l.model, err = graph.NewModel(n, evolve.Stream(uint64(seed), "weights"), dev)
	must(err)
	b.Cleanup(func() { l.model.Close() })
	l.graph, err = graph.New(l.model, dev, graph.Options{Batch: batch, Training: true})
	must(err)
	b.Cleanup(func() { l.graph.Close() })
	calls, err := l.graph.Calls()
	must(err)
	moments := take(b, dev, len(l.model.Values))
	dev.Upload(moments, make([]float32, len(moments)))
	u := device.Update[float32]{Kind: "sgd", W: l.model.Values, G: l.model.Grads, M: moments, Momentum: 0.9,
		Nesterov: true, Decay: 5e-4, Decays: []launch.Span{{To: int32(len(l.model.Values) / launch.Unit)}},
		Scalars: l.graph.Scalars, Results: l.graph.Results}
	l.step, err = dev.Record(append(calls, operation(b, dev, u).Forward(nil)))
	must(err)
	b.Cleanup(func() { l.step.Close() })
	in, r := n.Layers[0].Out, evolve.Stream(1, "images")
	pixels, labels := make([]float32, in.C*in.H*in.W*batch), make([]int32, batch)
	for i := range pixels {
		pixels[i] = float32(r.NormFloat64())
	}
	for i := range labels {
		labels[i] = int32(i % n.Layers[n.Output].Out.C)
	}
	l.graph.Load(pixels, labels)
	l.graph.Set(device.ScalarRate, 0.01)
	l.graph.Upload()
	return l
}

// benchmarkJoined measures the steps of networks in the same launches, each with weights of its own. Images and labels
// are on the device already, as they are in compare/gpu.py.
func benchmarkJoined(b *testing.B, dev device.Device[float32], nets []*net.Net, batch int) {
	steps, params := make([]device.Step, len(nets)), 0
	for i, n := range nets {
		steps[i] = newLane(b, dev, n, batch, i+1).step
		params += n.Params()
	}
	s, err := dev.Join(steps...)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	host := again(b, dev, s)
	b.ReportMetric(float64(b.N*len(nets)*batch)/b.Elapsed().Seconds(), "images/s")
	b.ReportMetric(float64(s.Launches()), "launches/step")
	b.ReportMetric(host.Seconds()*1e6/float64(b.N*s.Launches()), "host-us/launch")
	b.ReportMetric(float64(params), "params") // of all networks
}
