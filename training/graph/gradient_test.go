package graph

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/net"
)

// operations are small networks around each operation, on random shapes. Each begins with a
// convolution, so that the operation's own dx is checked through the convolution's weights.
var operations = map[string]func(b *net.Builder, x int, r *rand.Rand) int{
	"conv": func(b *net.Builder, x int, r *rand.Rand) int {
		k, d := 1+r.IntN(4), 1+r.IntN(2)
		return b.Add("op", net.Conv{Out: 1 + r.IntN(6), KH: k, KW: 1 + r.IntN(3), Stride: 1 + r.IntN(2), Dilation: d, PadH: d * (k - 1) / 2, PadW: 1}, x)
	},
	"relu-conv": func(b *net.Builder, x int, r *rand.Rand) int {
		return b.Add("op", net.Conv{Out: 1 + r.IntN(6), KH: 3, KW: 3, Stride: 1 + r.IntN(2), Dilation: 1, PadH: 1, PadW: 1}, b.Add("relu", net.ReLU{}, x))
	},
	"strides and ceil": func(b *net.Builder, x int, r *rand.Rand) int {
		return b.Add("op", net.Conv{Out: 1 + r.IntN(4), KH: 1 + r.IntN(2), KW: 1 + 2*r.IntN(2), Stride: 1 + r.IntN(3), StrideW: 1 + r.IntN(3), Dilation: 1,
			PadH: -r.IntN(2), PadW: -r.IntN(2), Ceil: true}, b.Add("relu", net.ReLU{}, x))
	},
	"depthwise, strides and ceil": func(b *net.Builder, x int, r *rand.Rand) int {
		return b.Add("op", net.Conv{Out: b.Shape(x).C, KH: 1 + 2*r.IntN(2), KW: 1, Stride: 2, StrideW: 1 + r.IntN(3), Dilation: 1, PadH: r.IntN(2) - 1, Ceil: true, Depthwise: true}, x)
	},
	"cropped conv": func(b *net.Builder, x int, r *rand.Rand) int {
		return b.Add("op", net.Conv{Out: 3, KH: 1, KW: 1, Stride: 2, Dilation: 1, PadH: -1, PadW: -1}, x)
	},
	"1x7 7x1": func(b *net.Builder, x int, r *rand.Rand) int {
		c := b.Shape(x).C
		x = b.Add("op1", net.Conv{Out: c, KH: 1, KW: 7, Stride: 1, Dilation: 1, PadW: 3}, b.Add("relu", net.ReLU{}, x))
		return b.Add("op2", net.Conv{Out: c, KH: 7, KW: 1, Stride: 1 + r.IntN(2), Dilation: 1, PadH: 3}, x)
	},
	"separable": func(b *net.Builder, x int, r *rand.Rand) int {
		c, k := b.Shape(x).C, 3+2*r.IntN(3)
		x = b.Add("relu", net.ReLU{}, x)
		x = b.Add("dw", net.Conv{Out: c, KH: k, KW: k, Stride: 1 + r.IntN(2), Dilation: 1, PadH: k / 2, PadW: k / 2, Depthwise: true}, x)
		return b.Add("bn", net.BatchNorm{Momentum: .1, Epsilon: 1e-5, Affine: true}, b.Add("pw", net.Conv{Out: c, KH: 1, KW: 1, Stride: 1, Dilation: 1}, x))
	},
	"dilated": func(b *net.Builder, x int, r *rand.Rand) int {
		return b.Add("dw", net.Conv{Out: b.Shape(x).C, KH: 3, KW: 3, Stride: 1, Dilation: 2, PadH: 2, PadW: 2, Depthwise: true}, x)
	},
	"batch norm": func(b *net.Builder, x int, r *rand.Rand) int {
		return b.Add("op", net.BatchNorm{Momentum: .1, Epsilon: 1e-5, Affine: r.IntN(2) == 0}, x)
	},
	"relu": func(b *net.Builder, x int, r *rand.Rand) int { return b.Add("op", net.ReLU{}, x) },
	"max pool": func(b *net.Builder, x int, r *rand.Rand) int {
		return b.Add("op", net.MaxPool{K: 2 + r.IntN(2), Stride: 1 + r.IntN(2), Pad: 1}, x)
	},
	"average pool": func(b *net.Builder, x int, r *rand.Rand) int {
		return b.Add("op", net.AvgPool{K: 3, Stride: 1 + r.IntN(2), Pad: 1, CountPad: r.IntN(2) == 0}, x)
	},
	"add": func(b *net.Builder, x int, r *rand.Rand) int {
		y := b.Add("y", net.Conv{Out: b.Shape(x).C, KH: 1, KW: 1, Stride: 1, Dilation: 1}, x)
		z := b.Add("z", net.Zero{Stride: 1}, x)
		return b.Add("twice", net.Add{}, b.Add("op", net.Add{}, x, y, x, z), y)
	},
	"concat": func(b *net.Builder, x int, r *rand.Rand) int {
		y := b.Add("y", net.Conv{Out: 1 + r.IntN(3), KH: 1, KW: 1, Stride: 1, Dilation: 1}, x)
		x = b.Add("op", net.Concat{}, x, y, x)
		c := b.Shape(x).C
		return b.Add("slice", net.Slice{From: c / 3, To: c}, x)
	},
	"zero": func(b *net.Builder, x int, r *rand.Rand) int {
		y := b.Add("z", net.Zero{Stride: 1}, x)
		return b.Add("op", net.Add{}, x, b.Add("bn", net.BatchNorm{Momentum: .1, Epsilon: 1e-5, Affine: true}, b.Add("conv", net.Conv{Out: b.Shape(x).C, KH: 1, KW: 1, Stride: 1, Dilation: 1}, y)))
	},
	"dropout":   func(b *net.Builder, x int, r *rand.Rand) int { return b.Add("op", net.Dropout{Rate: .4}, x) },
	"drop path": func(b *net.Builder, x int, r *rand.Rand) int { return b.Add("op", net.DropPath{Rate: .3}, x) },
	"auxiliary": nil,
}

// around builds the network around an operation.
func around(t *testing.T, name string, r *rand.Rand) *net.Net {
	b := net.NewBuilder(net.Shape{C: 1 + r.IntN(3), H: 3 + r.IntN(5), W: 3 + r.IntN(5)})
	x := b.Add("first", net.Conv{Out: 2 + r.IntN(5), KH: 1, KW: 1, Stride: 1, Dilation: 1}, 0)
	first := x
	if f := operations[name]; f != nil {
		x = f(b, x, r)
	}
	head := func(name string, x int) int {
		return b.Add(name+"linear", net.Linear{Out: 3}, b.Add(name+"pool", net.GlobalAvgPool{}, x))
	}
	out, aux := head("", x), -1
	if name == "auxiliary" {
		aux = head("aux ", first)
	}
	n, err := b.Net(out, aux)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func newModel[T float32 | float64](t testing.TB, n *net.Net, r *rand.Rand) *Model[T] {
	t.Helper()
	m, err := NewModel(n, r, device.CPU[T]())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	return m
}

func trainGraph[T float32 | float64](t *testing.T, n *net.Net, seed uint64, batch int) (*Model[T], *Graph[T]) {
	t.Helper()
	dev := device.CPU[T]()
	m := newModel[T](t, n, rand.New(rand.NewPCG(seed, 1)))
	r := rand.New(rand.NewPCG(seed, 2))
	for _, w := range m.Weights { // scales and biases too, or their gradients prove little
		if !w.Decay {
			for i := range w.Data {
				w.Data[i] += T(.3 * r.NormFloat64())
			}
		}
	}
	g, err := New(m, dev, Options{Batch: batch, Training: true, Smoothing: .1, AuxWeight: .4,
		Stream: func(layer int) *rand.Rand { return rand.New(rand.NewPCG(seed, uint64(layer))) }})
	if err != nil {
		t.Fatal(err)
	}
	g.DropPath = .3
	t.Cleanup(func() { g.Close() })
	in := n.Layers[0].Out
	x, y := make([]float32, in.C*in.H*in.W*batch), make([]int32, batch)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	for i := range y {
		y[i] = int32(r.IntN(3))
	}
	g.Load(x, y)
	return m, g
}

// objective is what the gradients are of.
func (g *Graph[T]) objective() float64 {
	if g.aux == nil {
		return g.Loss
	}
	return g.Loss + .4*g.aux[device.ResultLoss]
}

// TestGradients compares every operation's gradients with central differences in float64.
func TestGradients(t *testing.T) {
	for name := range operations {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(12) {
				r := rand.New(rand.NewPCG(seed, 9))
				n := around(t, name, r)
				batch := 1 + r.IntN(20)
				m, g := trainGraph[float64](t, n, seed, batch)
				run := func() float64 {
					clear(m.Grads)
					if err := g.Run(); err != nil {
						t.Fatal(err)
					}
					return g.objective()
				}
				for _, w := range m.Weights {
					run()
					grad := append([]float64(nil), w.Grad_...)
					scale := 1e-3
					for _, v := range grad {
						scale = max(scale, math.Abs(v))
					}
					for range min(6, len(w.Data)) {
						i := r.IntN(len(w.Data))
						was := w.Data[i]
						const h = 1e-5
						w.Data[i] = was + h
						up := run()
						w.Data[i] = was - h
						down := run()
						w.Data[i] = was
						if d := (up - down) / (2 * h); !(math.Abs(d-grad[i]) <= 1e-6*scale) {
							t.Errorf("seed %d, %s[%d]: gradient %.10g, difference quotient %.10g", seed, w.Name, i, grad[i], d)
						}
					}
				}
			}
		})
	}
}

// TestFloat32 compares float32 with float64 on the same weights.
func TestFloat32(t *testing.T) {
	for name := range operations {
		for seed := range uint64(6) {
			r := rand.New(rand.NewPCG(seed, 9))
			n := around(t, name, r)
			batch := 1 + r.IntN(70)
			m, g := trainGraph[float64](t, n, seed, batch)
			m32, g32 := trainGraph[float32](t, n, seed, batch)
			if err := g.Run(); err != nil {
				t.Fatal(err)
			}
			if err := g32.Run(); err != nil {
				t.Fatal(err)
			}
			if math.Abs(g.Loss-g32.Loss) > 1e-4*(1+g.Loss) {
				t.Errorf("%s, seed %d: loss %g in float32, %g in float64", name, seed, g32.Loss, g.Loss)
			}
			for i, w := range m.Weights {
				scale := 1e-2
				for _, v := range w.Grad_ {
					scale = max(scale, math.Abs(v))
				}
				for j, v := range w.Grad_ {
					if d := math.Abs(v - float64(m32.Weights[i].Grad_[j])); !(d <= 1e-3*scale) {
						t.Fatalf("%s, seed %d: %s[%d] %g in float32, %g in float64", name, seed, w.Name, j, m32.Weights[i].Grad_[j], v)
					}
				}
			}
		}
	}
}

// broken is a CPU of which no call can be made.
type broken struct{ device.Device[float32] }

func (b broken) Kernel(s device.Spec[float32]) (device.Kernel[float32], error) {
	if _, ok := s.(device.CrossEntropy[float32]); ok {
		return nil, nil
	}
	return b.Device.Kernel(s)
}

// TestPanicBecomesError: of an operation that cannot make its call, and of a call, gorgonia and the search around it
// hear an error that says where.
func TestPanicBecomesError(t *testing.T) {
	n := around(t, "conv", rand.New(rand.NewPCG(1, 9)))
	g, err := New(newModel[float32](t, n, rand.New(rand.NewPCG(1, 1))), broken{device.CPU[float32]()}, Options{Batch: 4, Training: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Run(); err == nil || !strings.Contains(err.Error(), "linear/loss: runtime error: invalid memory address") {
		t.Errorf("error %v", err)
	}
	_, g = trainGraph[float32](t, n, 1, 4)
	g.Set(device.ScalarRow, 1) // there is one row
	if err := g.Run(); err == nil || !strings.Contains(err.Error(), "training graph: linear/loss: runtime error: slice bounds out of range") {
		t.Errorf("error %v", err)
	}
}
