package graph

import (
	"fmt"
	"math"
	"math/rand/v2"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/amoeba-nas/amoeba/evolve/samebits"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/device/launch"
	"github.com/amoeba-nas/amoeba/training/kernel"
	"github.com/amoeba-nas/amoeba/training/net"
)

// Weight is a learned tensor with its gradient. It is what gorgonia's Solver steps over.
type Weight[T kernel.Float] struct {
	Name  string
	Shape []int // as net.Weights gives it
	Data  []T   // of the device, as Grad_
	Grad_ []T
	Decay bool // weight decay applies: matrices and kernels, not scales, shifts and biases

	value, grad *tensor.Dense
}

// Len is the number of elements.
func (w *Weight[T]) Len() int { return tensor.Shape(w.Shape).TotalSize() }

// flat is the shape of the weight as operations read it.
func (w *Weight[T]) flat() tensor.Shape { return tensor.Shape{1, w.Len()} }

// Value and Grad make a weight a gorgonia ValueGrad.
func (w *Weight[T]) Value() G.Value         { return w.value }
func (w *Weight[T]) Grad() (G.Value, error) { return w.grad, nil }

// Model is what a network has learned: weights, and running statistics of its batch norms. It lies in three slabs of
// a device, so that one operation steps, clears or averages all weights at once; each tensor begins at a multiple of
// kernel.Lanes elements, and between tensors are zeros.
type Model[T kernel.Float] struct {
	Net     *net.Net
	Weights []*Weight[T]
	Stats   [][]T // [2][C] by layer, mean then variance; nil for other layers

	Values, Grads []T // the weights and their gradients: see Parts
	Running       []T // the statistics: see StatParts

	// Shares are the architecture weights of a supernet's mixture, and ShareGrads their gradients, to which passes add:
	// that of gate g is at g·launch.Unit. The caller sets and clears them.
	Shares, ShareGrads []T

	dev device.Device[T]
	at  [][]*Weight[T] // by layer
}

// outline is a model without memory.
func outline[T kernel.Float](n *net.Net) *Model[T] {
	m := &Model[T]{Net: n, Stats: make([][]T, len(n.Layers)), at: make([][]*Weight[T], len(n.Layers))}
	for i := range n.Layers {
		for k, shape := range n.Weights(i) {
			name := n.Layers[i].Name + [2]string{"/weight", "/bias"}[k]
			w := &Weight[T]{Name: name, Shape: shape, Decay: len(shape) > 1}
			m.Weights, m.at[i] = append(m.Weights, w), append(m.at[i], w)
		}
	}
	return m
}

// NewModel draws a network's weights: kernels by He et al. 2015 (fan-in), the classifier's
// matrices by LeCun's rule (a variance of 1/fan-in: no rectifier follows that would want the 2),
// scales one, shifts zero. The error wraps evolve.ErrFailed where the device has no room.
func NewModel[T kernel.Float](n *net.Net, r *rand.Rand, dev device.Device[T]) (*Model[T], error) {
	m := outline[T](n)
	m.dev = dev
	values, running := make([]T, m.length()), make([]T, m.runningLength())
	data, stats := m.Parts(values), m.StatParts(running)
	for i := range n.Layers {
		for k, w := range m.at[i] {
			d := data[0]
			data = data[1:]
			switch {
			case k == 1:
			case len(w.Shape) == 1:
				for j := range d {
					d[j] = 1
				}
			default:
				gain := 2.0
				if len(w.Shape) == 2 {
					gain = 1
				}
				sd := math.Sqrt(gain * float64(w.Shape[0]) / float64(len(d)))
				for j := range d {
					d[j] = T(sd * samebits.Normal(r))
				}
			}
		}
		if s := stats[i]; s != nil {
			for c := range s[len(s)/2:] {
				s[len(s)/2+c] = 1
			}
		}
	}
	var err error
	for _, s := range []struct {
		of *[]T
		n  int
	}{{&m.Values, len(values)}, {&m.Grads, len(values)}, {&m.Running, len(running)}, {&m.Shares, m.shares()},
		{&m.ShareGrads, m.shares()}} {
		if s.n > 0 && err == nil {
			*s.of, err = dev.Take(s.n)
		}
	}
	if err != nil {
		m.Close()
		return nil, err
	}
	dev.Upload(m.Values, values)
	if len(running) > 0 {
		dev.Upload(m.Running, running)
	}
	m.bind(m.Parts(m.Values))
	m.Stats = m.StatParts(m.Running)
	return m, nil
}

// shares is the length of Shares.
func (m *Model[T]) shares() int {
	n := 0
	for i := range m.Net.Layers {
		if o, ok := m.Net.Layers[i].Op.(net.Weigh); ok {
			n = max(n, (o.Gate+1)*launch.Unit)
		}
	}
	return n
}

// share is a gate's weight in a mixture.
func (m *Model[T]) share(gate int) *Weight[T] {
	at := gate * launch.Unit
	w := &Weight[T]{Name: fmt.Sprintf("share%d", gate), Shape: []int{1}, Data: m.Shares[at:][:1:1],
		Grad_: m.ShareGrads[at:][:1:1]}
	w.value, w.grad = dense(w.Data, w.flat()...), dense(w.Grad_, w.flat()...)
	return w
}

// bind lays the weights into their slabs.
func (m *Model[T]) bind(values [][]T) {
	grads := m.Parts(m.Grads)
	for i, w := range m.Weights {
		w.Data, w.Grad_ = values[i], grads[i]
		w.value, w.grad = dense(w.Data, w.flat()...), dense(w.Grad_, w.flat()...)
	}
}

// length is that of a slab with all weights.
func (m *Model[T]) length() int {
	n := 0
	for _, w := range m.Weights {
		n += kernel.Pad(w.Len())
	}
	return n
}

// Parts cuts a slab that is laid out as Values, of the device or the host, by weights.
func (m *Model[T]) Parts(slab []T) [][]T {
	parts, at := make([][]T, len(m.Weights)), 0
	for i, w := range m.Weights {
		n := w.Len()
		parts[i] = slab[at:][:n:n]
		at += kernel.Pad(n)
	}
	return parts
}

// statistics is the number of a layer's running statistics.
func (m *Model[T]) statistics(layer int) int {
	l := &m.Net.Layers[layer]
	if _, ok := l.Op.(net.BatchNorm); ok {
		return 2 * l.Out.C
	}
	return 0
}

func (m *Model[T]) runningLength() int {
	n := 0
	for i := range m.Net.Layers {
		n += kernel.Pad(m.statistics(i))
	}
	return n
}

// StatParts cuts a slab that is laid out as Running by layers; the parts of layers without statistics are nil.
func (m *Model[T]) StatParts(slab []T) [][]T {
	parts, at := make([][]T, len(m.Net.Layers)), 0
	for i := range parts {
		if n := m.statistics(i); n > 0 {
			parts[i] = slab[at:][:n:n]
			at += kernel.Pad(n)
		}
	}
	return parts
}

// Like takes a slab of zeros that is laid out as Values, for what a solver keeps of each weight. The error wraps
// evolve.ErrFailed where the device has no room.
func (m *Model[T]) Like() ([]T, error) { return m.dev.Take(m.length()) }

// On is the model with other values of its weights, laid out as Values: their moving average, say. It shares all
// else, and is not closed.
func (m *Model[T]) On(values []T) *Model[T] {
	other := outline[T](m.Net)
	other.Grads, other.Values, other.Running, other.Stats, other.dev = m.Grads, values, m.Running, m.Stats, m.dev
	other.Shares, other.ShareGrads = m.Shares, m.ShareGrads
	other.bind(other.Parts(values))
	return other
}

// StatLike takes a slab of zeros that is laid out as Running. The error wraps evolve.ErrFailed where the device has no
// room.
func (m *Model[T]) StatLike() ([]T, error) { return m.dev.Take(m.runningLength()) }

// With is the model with other running statistics, laid out as Running. It shares all else, and is not closed.
func (m *Model[T]) With(running []T) *Model[T] {
	other := m.On(m.Values)
	other.Running, other.Stats = running, other.StatParts(running)
	return other
}

// Close gives the slabs back.
func (m *Model[T]) Close() {
	for _, s := range []*[]T{&m.Values, &m.Grads, &m.Running, &m.Shares, &m.ShareGrads} {
		if len(*s) > 0 {
			m.dev.Give(*s)
		}
		*s = nil
	}
}

// Layer returns a layer's weights in the order of net.Weights.
func (m *Model[T]) Layer(i int) []*Weight[T] { return m.at[i] }

// Params is the number of learned parameters, the auxiliary head's among them.
func (m *Model[T]) Params() int {
	n := 0
	for _, w := range m.Weights {
		n += w.Len()
	}
	return n
}
