package mlp

import (
	"math"
	"math/rand/v2"
)

// trainer is what training one network after the other needs, made once.
type trainer struct {
	p            Params
	live         []int32
	acts, deltas [][]float32 // of each hidden layer: what units say, and the loss's slope there
	grad, m, v   []layer
}

// layer is one number for each weight and bias of a layer.
type layer struct{ weight, bias []float32 }

func newTrainer(p Params, in *inputs) *trainer {
	t := &trainer{p: p, live: in.live}
	for range p.Depth {
		t.acts, t.deltas = append(t.acts, make([]float32, p.Width)), append(t.deltas, make([]float32, p.Width))
	}
	from := len(in.centre)
	for l := range p.Depth + 1 {
		out := p.Width
		if l == p.Depth {
			out = 1
		}
		for _, to := range []*[]layer{&t.grad, &t.m, &t.v} {
			*to = append(*to, layer{make([]float32, from*out), make([]float32, out)})
		}
		from = out
	}
	return t
}

// train fits a network.
func (t *trainer) train(n *net, rows []row, y []float32, r *rand.Rand) {
	for l := range t.m {
		clear(t.m[l].weight)
		clear(t.m[l].bias)
		clear(t.v[l].weight)
		clear(t.v[l].bias)
	}
	order := make([]int, len(rows))
	for i := range order {
		order[i] = i
	}
	if s := t.p.Share; s > 0 && s < 1 {
		shuffle(order, r)
		order = order[:max(1, int(math.Round(s*float64(len(order)))))]
	}
	steps := t.p.Epochs * ((len(order) + t.p.Batch - 1) / t.p.Batch)
	first, second := 1.0, 1.0
	for step, at := 0, len(order); step < steps; step++ {
		if at == len(order) {
			shuffle(order, r)
			at = 0
		}
		batch := order[at:min(at+t.p.Batch, len(order))]
		at += len(batch)
		for _, i := range batch {
			t.backward(n, rows[i], t.slope(n.forward(rows[i], t.acts), y[i])/float32(len(batch)))
		}
		rate := t.p.Rate
		if t.p.Fade {
			rate *= 1 - float64(step)/float64(steps)
		}
		first = float64(first * adamFirst)
		second = float64(second * adamSecond)
		t.step(n, float32(rate*math.Sqrt(1-second)/(1-first)))
	}
}

// shuffle puts numbers in random order.
func shuffle(order []int, r *rand.Rand) {
	r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
}

// slope is the derivative of the loss by the prediction.
func (t *trainer) slope(p, y float32) float32 {
	if t.p.Loss == Squared {
		return 2 * (p - y)
	}
	size := float32(1)
	if t.p.Loss == Relative {
		size = 1 / (y - float32(t.p.Bound))
	}
	switch {
	case p > y:
		return size
	case p < y:
		return -size
	}
	return 0
}

// backward adds the gradients of one row, after its forward pass, for a slope of the loss.
func (t *trainer) backward(n *net, in row, slope float32) {
	if slope == 0 {
		return
	}
	last := len(n.weight) - 1
	h, delta := t.acts[last-1], t.deltas[last-1]
	add(t.grad[last].weight, slope, h)
	t.grad[last].bias[0] += slope
	for i, v := range h {
		delta[i] = 0
		if v != 0 {
			delta[i] = slope * n.weight[last][i]
		}
	}
	for l := last - 1; l > 0; l-- {
		below, from := t.acts[l-1], t.deltas[l-1]
		w, g := n.weight[l], t.grad[l].weight
		for i, v := range below {
			from[i] = 0
			if v != 0 {
				add(g[i*len(delta):][:len(delta)], v, delta)
				from[i] = dot(delta, w[i*len(delta):])
			}
		}
		add(t.grad[l].bias, 1, delta)
		delta = from
	}
	for k, c := range in.at {
		add(t.grad[0].weight[int(c)*len(delta):][:len(delta)], in.v[k], delta)
	}
	add(t.grad[0].bias, 1, delta)
}

// step moves all weights. Those of columns that are the same in all rows have no gradient and stay.
func (t *trainer) step(n *net, rate float32) {
	for l := range n.weight {
		w, g, m, v := n.weight[l], t.grad[l].weight, t.m[l].weight, t.v[l].weight
		if l > 0 {
			adam(w, g, m, v, rate)
		} else {
			k := n.sizes[1]
			for _, c := range t.live {
				at := int(c) * k
				adam(w[at:at+k], g[at:at+k], m[at:at+k], v[at:at+k], rate)
			}
		}
		adam(n.bias[l], t.grad[l].bias, t.m[l].bias, t.v[l].bias, rate)
	}
}
