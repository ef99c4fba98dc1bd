package graph

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/net"
)

// joined is a network in which the states of a cell's output are joined and then convolved by one kernel, as ENAS's
// shared model does (melodyguan/enas, src/cifar10/micro_child.py), where the supernet adds up a convolution of each
// state. from are the layers of n that each of its layers has its weights of, one after another along the channels that
// are read.
func joined(t *testing.T, n *net.Net) (_ *net.Net, from [][]int) {
	t.Helper()
	b := net.NewBuilder(n.Layers[0].Out)
	at := []int{0}
	from = [][]int{nil}
	add := func(name string, op net.Op, weights []int, in ...int) int {
		from = append(from, weights)
		return b.Add(name, op, in...)
	}
	part := map[int]bool{} // convolutions that a sum adds up; one alone is already what it becomes
	for _, l := range n.Layers {
		for _, k := range l.In {
			part[k] = part[k] || strings.HasSuffix(l.Name, "/out/sum")
		}
	}
	for i := 1; i < len(n.Layers); i++ {
		l := n.Layers[i]
		cell, sums := strings.CutSuffix(l.Name, "/out/sum")
		switch {
		case part[i]:
			at = append(at, -1) // its weights are of the joined one
		case sums:
			var states, kernels []int
			out := 0
			for _, c := range l.In {
				states, kernels = append(states, at[n.Layers[c].In[0]]), append(kernels, c)
				out = n.Layers[c].Out.C
			}
			join := add(cell+"/out/concat", net.Concat{}, nil, states...)
			at = append(at, add(cell+"/out/conv", net.Conv{Out: out, KH: 1, KW: 1, Stride: 1, Dilation: 1}, kernels, join))
		default:
			in := make([]int, len(l.In))
			for k, x := range l.In {
				in[k] = at[x]
			}
			at = append(at, add(l.Name, l.Op, []int{i}, in...))
		}
	}
	own, err := b.Net(at[n.Output], -1)
	if err != nil {
		t.Fatal(err)
	}
	return own, from
}

// A path of ENAS's shared model is the network that joins the states of each output and convolves them at once: loss
// and gradients to 1e-12 in float64, where the two forms add up in another order.
func TestPathsOfNASNetJoined(t *testing.T) {
	const tolerance = 1e-12
	r := rand.New(rand.NewPCG(9, 9))
	config := small(false)
	config.Layers = 3
	s, super, g := superModel[float64](t, "nasnet", config, 5)
	noise(g, 6)
	for range 3 {
		a := space.NASNet{}.Sample(r)
		open, err := s.Path(a)
		if err != nil {
			t.Fatal(err)
		}
		discrete, layers := pruned(t, s, open)
		n, from := joined(t, discrete)
		own := newModel[float64](t, n, rand.New(rand.NewPCG(3, 4)))
		// each calls f with every number of the two networks that is the same, by the places of both.
		each := func(f func(own, super *Weight[float64], i, k int)) {
			for layer := range n.Layers {
				for w, weight := range own.Layer(layer) {
					of := from[layer]
					if len(of) == 1 {
						for i := range weight.Data {
							f(weight, super.Layer(layers[of[0]])[w], i, i)
						}
						continue
					}
					width := len(weight.Data) / weight.Shape[0]
					for row := range weight.Shape[0] {
						at := row * width
						for _, part := range of {
							p := super.Layer(layers[part])[w]
							n := len(p.Data) / p.Shape[0]
							for k := range n {
								f(weight, p, at+k, row*n+k)
							}
							at += n
						}
					}
				}
			}
		}
		each(func(own, super *Weight[float64], i, k int) { own.Data[i] = super.Data[k] })
		d, err := New(own, device.CPU[float64](), Options{Batch: 5, Training: true})
		if err != nil {
			t.Fatal(err)
		}
		noise(d, 6)
		if err := d.Run(); err != nil {
			t.Fatal(err)
		}
		clear(super.Grads)
		pass(t, g, open)
		if got := g.Results[device.ResultLoss]; !(math.Abs(got-d.Loss) <= tolerance*d.Loss) {
			t.Errorf("%s: loss %v, joined %v", a, got, d.Loss)
		}
		convs := 0
		each(func(own, super *Weight[float64], i, k int) {
			if diff := math.Abs(own.Grad_[i] - super.Grad_[k]); !(diff <= tolerance) {
				t.Errorf("%s: gradients of %s differ by %g", a, own.Name, diff)
			}
			if strings.HasSuffix(own.Name, "/out/conv/weight") {
				convs++
			}
		})
		if convs == 0 {
			t.Error("no joined kernel is compared")
		}
		d.Close()
	}
}
