// Package gin fits graph isomorphism networks (Xu, Hu, Leskovec and Jegelka, "How Powerful are Graph Neural Networks?",
// ICLR 2019, arXiv:1810.00826) to tens or hundreds of graphs. It knows graphs with labels, targets and a seed, and
// nothing of what they mean.
//
// The network is the one of the authors' code of NPENAS (Wei et al., arXiv:2003.12857): three layers, in each of which
// a vertex's number are those of itself and of all vertices that it reads, added up, through two linear layers with
// rectified linear units after both, and batch normalisation; the mean over all vertices; a linear layer of rectified
// units with dropout; and a linear output.
//
// A vertex's numbers depend on its class alone: on its label at first, and after each layer on its own class and
// those of the vertices that it reads. What is of one class is computed once, which saves work, and makes the
// prediction of a permuted graph the same to the bit. All arithmetic is in Go, in a fixed order, and no product is left
// to be fused with the sum that follows it: a seed gives the same bits on every processor.
package gin

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/amoeba-nas/amoeba/evolve/samebits"
)

// Graph is a graph whose vertices have labels: its vertex i reads the vertices whose bits are set in Reads[i].
type Graph struct {
	Labels []int
	Reads  []uint64
}

// Params are the settings of a network and its training.
type Params struct {
	Width  int     // units of the graph layers
	Head   int     // units of the layer after them
	Epochs int     // times that training goes through the graphs, in a new order each time
	Batch  int     // graphs of one step; the last step of an epoch may have fewer
	Rate   float64 // of Adam, falls to 0 by half a cosine; that of biases is twice as high
	Decay  float64 // of weights, not of biases: added to the gradient, times the weight
	Drop   float64 // part of the head's units that a step of training leaves out
}

// layers of the graph: a vertex knows of others as far away.
const layers = 3

// Constants of the published training: the mean of gradients is not kept (a first moment of 0), that of squares is. The
// other two are PyTorch's, for Adam and for batch normalisation.
const (
	adamSecond    = .9
	adamEpsilon   = 1e-8
	normEpsilon   = 1e-5
	normMomentum  = .1 // of the means and variances that predictions are normalised with
	biasesFaster  = 2
	weightsSpread = 1 // √(spread over inputs) bounds PyTorch's initial weights, and biases, of linear layers
	headsSpread   = 3 // that of the published two last layers, whose biases are 0 at first
)

// Net is a network that was fitted. Its methods are not for several goroutines at once.
type Net struct {
	width, head int
	labels      map[place]int // columns of the first layer
	conv        [layers]conv
	before, out dense
	train       bool // batches normalise by themselves and are remembered
}

// place is a label in one of several graphs that are one example.
type place struct{ graph, label int }

// conv is a layer of the graph.
type conv struct {
	one, two      dense
	scale, shift  []float64 // of batch normalisation
	mean, between []float64 // running means and variances
}

// Fit fits a network to examples, each of one graph or several, which are told apart by their places. Examples and
// targets that do not belong together, or settings that are no network, are a programmer's error. Targets should be
// about of mean 0 and variance 1.
func Fit(x [][]Graph, y []float64, p Params, seed uint64) *Net {
	switch {
	case len(x) == 0 || len(x) != len(y):
		panic(fmt.Sprintf("gin: %d examples with %d targets", len(x), len(y)))
	case p.Width < 1 || p.Head < 1 || p.Batch < 1 || p.Epochs < 1:
		panic(fmt.Sprintf("gin: no network has the settings %+v", p))
	}
	n, r := newNet(x, p, rand.New(rand.NewPCG(seed, 0))), rand.New(rand.NewPCG(seed, 1))
	w := newWork(n, x)
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	squares := make([][]float64, 0, 8*layers)
	for _, t := range n.tensors(w) {
		squares = append(squares, make([]float64, len(t.value)))
	}
	n.train = true
	steps := p.Epochs * ((len(x) + p.Batch - 1) / p.Batch)
	second := 1.0
	for step, at := 0, len(x); step < steps; step++ {
		if at == len(x) {
			r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
			at = 0
		}
		batch := order[at:min(at+p.Batch, len(x))]
		at += len(batch)
		w.forward(n, batch, p.Drop, r)
		for k, i := range batch {
			w.slope[k] = 2 * (w.said[k] - y[i]) / float64(len(batch))
		}
		w.backward(n, batch)
		second = float64(second * adamSecond)
		rate := float64(p.Rate * (.5 + float64(.5*samebits.Cos(math.Pi*float64(step)/float64(steps)))))
		for k, t := range n.tensors(w) {
			if t.bias {
				adam(t.value, t.grad, squares[k], biasesFaster*rate, 0, 1-second)
			} else {
				adam(t.value, t.grad, squares[k], rate, p.Decay, 1-second)
			}
		}
	}
	n.train = false
	return n
}

// Predict gives the prediction for each example. A label that no example of the fit has is like none.
func (n *Net) Predict(x [][]Graph) []float64 {
	w := newWork(n, x)
	all := make([]int, len(x))
	for i := range all {
		all[i] = i
	}
	w.forward(n, all, 0, nil)
	return w.said
}

// newNet draws initial weights.
func newNet(x [][]Graph, p Params, r *rand.Rand) *Net {
	n := &Net{width: p.Width, head: p.Head, labels: map[place]int{}}
	for _, graphs := range x {
		for k, g := range graphs {
			for _, label := range g.Labels {
				if _, known := n.labels[place{k, label}]; !known {
					n.labels[place{k, label}] = len(n.labels)
				}
			}
		}
	}
	in := len(n.labels)
	for l := range n.conv {
		c := conv{one: newDense(in, p.Width), two: newDense(p.Width, p.Width), scale: make([]float64, p.Width),
			shift: make([]float64, p.Width), mean: make([]float64, p.Width), between: make([]float64, p.Width)}
		for _, d := range []dense{c.one, c.two} {
			d.draw(d.weight, weightsSpread, r)
			d.draw(d.bias, weightsSpread, r)
		}
		for i := range c.scale {
			c.scale[i], c.between[i] = 1, 1
		}
		n.conv[l], in = c, p.Width
	}
	n.before, n.out = newDense(p.Width, p.Head), newDense(p.Head, 1)
	n.before.draw(n.before.weight, headsSpread, r)
	n.out.draw(n.out.weight, headsSpread, r)
	return n
}

// tensor is numbers that training changes, beside their gradient.
type tensor struct {
	value, grad []float64
	bias        bool
}

// tensors are all that training changes, with the gradients of some work.
func (n *Net) tensors(w *work) []tensor {
	all := w.tensors[:0]
	add := func(d, g dense) {
		all = append(all, tensor{d.weight, g.weight, false}, tensor{d.bias, g.bias, true})
	}
	for l := range n.conv {
		c, g := &n.conv[l], &w.grad[l]
		add(c.one, g.one)
		add(c.two, g.two)
		all = append(all, tensor{c.scale, g.scale, false}, tensor{c.shift, g.shift, true})
	}
	add(n.before, w.gradBefore)
	add(n.out, w.gradOut)
	w.tensors = all
	return all
}
