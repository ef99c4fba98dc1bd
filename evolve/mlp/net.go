package mlp

import (
	"math"
	"math/rand/v2"
)

// net is one network. A layer's weights lie input by input, so that an input that is 0 is passed over at once.
type net struct {
	sizes  []int       // inputs, hidden units of each layer, 1
	weight [][]float32 // of each layer: sizes[l] times sizes[l+1]
	bias   [][]float32
}

// newNet draws initial weights. norm is the mean square length of a row.
func newNet(inputs int, p Params, norm float64, r *rand.Rand) *net {
	n := &net{sizes: []int{inputs}}
	for range p.Depth {
		n.sizes = append(n.sizes, p.Width)
	}
	n.sizes = append(n.sizes, 1)
	for l, out := range n.sizes[1:] {
		fan := float64(n.sizes[l])
		switch {
		case p.Init == Glorot:
			fan += float64(out)
		case l == 0:
			fan = norm
		}
		limit := math.Sqrt(6 / fan) // of a uniform distribution with the variance 2/fan
		w := make([]float32, n.sizes[l]*out)
		for i := range w {
			w[i] = float32((float64(2*float64(r.Float64())) - 1) * limit)
		}
		n.weight, n.bias = append(n.weight, w), append(n.bias, make([]float32, out))
	}
	return n
}

// forward predicts a row, and leaves what the hidden units of each layer say in acts.
func (n *net) forward(in row, acts [][]float32) float32 {
	h := acts[0]
	copy(h, n.bias[0])
	for k, c := range in.at {
		add(h, in.v[k], n.weight[0][int(c)*len(h):])
	}
	rectify(h)
	last := len(n.weight) - 1
	for l := 1; l < last; l++ {
		from, w := h, n.weight[l]
		h = acts[l]
		copy(h, n.bias[l])
		for i, v := range from {
			if v != 0 {
				add(h, v, w[i*len(h):])
			}
		}
		rectify(h)
	}
	return n.bias[last][0] + dot(h, n.weight[last])
}
