package graph

import (
	"math"
	"math/rand/v2"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/amoeba-nas/amoeba/evolve/samebits"
	"github.com/amoeba-nas/amoeba/training/kernel"
	"github.com/amoeba-nas/amoeba/training/net"
)

// Weight is a learned tensor with its gradient. It is what gorgonia's Solver steps over.
type Weight[T kernel.Float] struct {
	Name  string
	Shape []int // as net.Weights gives it
	Data  []T
	Grad_ []T
	Decay bool // weight decay applies: matrices and kernels, not scales, shifts and biases

	value, grad *tensor.Dense
}

// flat is the shape of the weight as operations read it.
func (w *Weight[T]) flat() tensor.Shape {
	return tensor.Shape{1, tensor.Shape(w.Shape).TotalSize()}
}

// Value and Grad make a weight a gorgonia ValueGrad.
func (w *Weight[T]) Value() G.Value         { return w.value }
func (w *Weight[T]) Grad() (G.Value, error) { return w.grad, nil }

// Model is what a network has learned: weights, and running statistics of its batch norms.
type Model[T kernel.Float] struct {
	Net     *net.Net
	Weights []*Weight[T]
	Stats   [][]T          // [2][C] by layer, mean then variance; nil for other layers
	at      [][]*Weight[T] // by layer
}

// NewModel draws a network's weights: kernels and matrices from a normal distribution with
// variance 2/fan-in (He et al. 2015, equation 10; fan-in of a linear layer without the 2),
// scales one, shifts zero.
func NewModel[T kernel.Float](n *net.Net, r *rand.Rand) *Model[T] {
	m := &Model[T]{Net: n, Stats: make([][]T, len(n.Layers)), at: make([][]*Weight[T], len(n.Layers))}
	for i := range n.Layers {
		l := &n.Layers[i]
		for k, shape := range n.Weights(i) {
			size := 1
			for _, d := range shape {
				size *= d
			}
			w := &Weight[T]{Name: l.Name + [2]string{"/weight", "/bias"}[k], Shape: shape, Data: make([]T, size),
				Grad_: make([]T, size)}
			w.value, w.grad = dense(w.Data, 1, size), dense(w.Grad_, 1, size)
			switch {
			case k == 1:
			case len(shape) == 1:
				for j := range w.Data {
					w.Data[j] = 1
				}
			default:
				w.Decay = true
				gain := 2.0
				if len(shape) == 2 {
					gain = 1
				}
				sd := math.Sqrt(gain * float64(shape[0]) / float64(size))
				for j := range w.Data {
					w.Data[j] = T(sd * samebits.Normal(r))
				}
			}
			m.Weights = append(m.Weights, w)
			m.at[i] = append(m.at[i], w)
		}
		if _, ok := l.Op.(net.BatchNorm); ok {
			c := l.Out.C
			m.Stats[i] = make([]T, 2*c)
			for j := range c {
				m.Stats[i][c+j] = 1
			}
		}
	}
	return m
}

// Layer returns a layer's weights in the order of net.Weights.
func (m *Model[T]) Layer(i int) []*Weight[T] { return m.at[i] }

// Params is the number of learned parameters, the auxiliary head's among them.
func (m *Model[T]) Params() int {
	n := 0
	for _, w := range m.Weights {
		n += len(w.Data)
	}
	return n
}

// ZeroGrad clears the gradients.
func (m *Model[T]) ZeroGrad() {
	for _, w := range m.Weights {
		clear(w.Grad_)
	}
}
