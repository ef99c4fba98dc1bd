package gin

import (
	"math"
	"math/rand/v2"
)

// work is forward and backward passes over examples.
type work struct {
	examples []example
	layer    [layers]passes
	labels   []class

	pooled, deltaPooled [][]float64 // of each example of a batch
	units, keep         [][]float64 // of the head, and what dropout multiplies them by
	said, slope         []float64   // the outputs, and slopes of the loss there

	grad                [layers]conv
	gradBefore, gradOut dense
	tensors             []tensor
	deltaHead           []float64
	deltaMid, deltaIn   []float64
}

// passes is what one layer says of each class: its inputs, its units in the middle, those at the end, those normalised,
// and what comes out.
type passes struct {
	classes                     []class
	active                      []int32   // of the batch
	weight                      []float64 // vertices of the batch that are of a class
	total                       float64
	in, mid, end, normal, x, dx [][]float64
	mean, between, invert       []float64 // of each unit, for the batch
	sum, product                []float64 // of slopes, and of slopes and what is normalised
}

func newWork(n *Net, x [][]Graph) *work {
	w := &work{said: make([]float64, len(x)), slope: make([]float64, len(x)),
		pooled: rows(len(x), n.width), deltaPooled: rows(len(x), n.width), units: rows(len(x), n.head),
		keep: rows(len(x), n.head), deltaHead: make([]float64, n.head), deltaMid: make([]float64, n.width),
		deltaIn: make([]float64, n.width)}
	var classes [layers + 1][]class
	w.examples, classes = classify(n, x)
	w.labels = classes[0]
	in := len(n.labels)
	for l := range w.layer {
		k := len(classes[l+1])
		w.layer[l] = passes{classes: classes[l+1], weight: make([]float64, k), in: rows(k, in), mid: rows(k, n.width),
			end: rows(k, n.width), normal: rows(k, n.width), x: rows(k, n.width), dx: rows(k, n.width),
			mean: make([]float64, n.width), between: make([]float64, n.width), invert: make([]float64, n.width),
			sum: make([]float64, n.width), product: make([]float64, n.width)}
		w.grad[l] = conv{one: newDense(in, n.width), two: newDense(n.width, n.width), scale: make([]float64, n.width),
			shift: make([]float64, n.width)}
		in = n.width
	}
	w.gradBefore, w.gradOut = newDense(n.width, n.head), newDense(n.head, 1)
	return w
}

func rows(n, cols int) [][]float64 {
	all, out := make([]float64, n*cols), make([][]float64, n)
	for i := range out {
		out[i] = all[i*cols : (i+1)*cols : (i+1)*cols]
	}
	return out
}

// forward predicts the examples of a batch into said. Units of the head are dropped with a probability.
func (w *work) forward(n *Net, batch []int, drop float64, r *rand.Rand) {
	for l := range w.layer {
		w.gather(l, batch)
		p, c := &w.layer[l], &n.conv[l]
		for _, i := range p.active {
			in, k := p.in[i], p.classes[i]
			clear(in)
			if l == 0 {
				// A label is a row of zeros with a 1 in its column.
				w.label(in, k.own)
				for _, from := range k.reads {
					w.label(in, from)
				}
			} else {
				below := w.layer[l-1].x
				copy(in, below[k.own])
				for _, from := range k.reads {
					add(in, 1, below[from])
				}
			}
			c.one.forward(p.mid[i], in)
			rectify(p.mid[i])
			c.two.forward(p.end[i], p.mid[i])
			rectify(p.end[i])
		}
		p.normalise(c, n.train)
	}
	last := w.layer[layers-1].x
	for k, i := range batch {
		e := &w.examples[i]
		clear(w.pooled[k])
		for _, s := range e.shares[layers-1] {
			add(w.pooled[k], s.n/e.vertices, last[s.class])
		}
		units, keep := w.units[k], w.keep[k]
		n.before.forward(units, w.pooled[k])
		rectify(units)
		for j := range units {
			keep[j] = 1
			if drop > 0 {
				keep[j] = 0
				if r.Float64() >= drop {
					keep[j] = 1 / (1 - drop)
				}
				units[j] *= keep[j]
			}
		}
		w.said[k] = n.out.bias[0] + dot(units, n.out.weight)
	}
}

// label adds a label to the inputs of the first layer.
func (w *work) label(in []float64, class int32) {
	if column := w.labels[class].own; column >= 0 {
		in[column]++
	}
}

// gather finds the classes of a batch.
func (w *work) gather(l int, batch []int) {
	p := &w.layer[l]
	for _, i := range p.active {
		p.weight[i] = 0
	}
	p.active, p.total = p.active[:0], 0
	for _, i := range batch {
		for _, s := range w.examples[i].shares[l] {
			if p.weight[s.class] == 0 {
				p.active = append(p.active, s.class)
			}
			p.weight[s.class] += s.n
			p.total += s.n
		}
	}
}

// normalise gives each unit, over the vertices of a batch, a mean and a variance that are learned.
func (p *passes) normalise(c *conv, train bool) {
	mean, between := c.mean, c.between
	if train && p.total > 0 {
		mean, between = p.mean, p.between
		clear(mean)
		clear(between)
		for _, i := range p.active {
			add(mean, p.weight[i]/p.total, p.end[i])
		}
		for _, i := range p.active {
			part := p.weight[i] / p.total
			for j, v := range p.end[i] {
				d := v - mean[j]
				between[j] += float64(part * float64(d*d))
			}
		}
		// What is remembered is the variance of a population that the batch is a sample of.
		sample := p.total / max(p.total-1, 1)
		for j := range mean {
			c.mean[j] += float64(normMomentum * (mean[j] - c.mean[j]))
			c.between[j] += float64(normMomentum * (float64(sample*between[j]) - c.between[j]))
		}
	}
	for j, v := range between {
		p.invert[j] = 1 / math.Sqrt(v+normEpsilon)
	}
	for _, i := range p.active {
		for j, v := range p.end[i] {
			p.normal[i][j] = (v - mean[j]) * p.invert[j]
			p.x[i][j] = float64(p.normal[i][j]*c.scale[j]) + c.shift[j]
		}
	}
}

// backward adds the gradients of a batch, after its forward pass in training, for the slopes of the loss.
func (w *work) backward(n *Net, batch []int) {
	for l := range w.layer {
		for _, i := range w.layer[l].active {
			clear(w.layer[l].dx[i])
		}
	}
	for k, i := range batch {
		slope := w.slope[k : k+1]
		n.out.backward(w.gradOut, w.deltaHead, slope, w.units[k], true)
		for j := range w.deltaHead {
			w.deltaHead[j] *= w.keep[k][j]
		}
		n.before.backward(w.gradBefore, w.deltaPooled[k], w.deltaHead, w.pooled[k], false)
		e := &w.examples[i]
		for _, s := range e.shares[layers-1] {
			add(w.layer[layers-1].dx[s.class], s.n/e.vertices, w.deltaPooled[k])
		}
	}
	for l := layers - 1; l >= 0; l-- {
		p, c, g := &w.layer[l], &n.conv[l], &w.grad[l]
		p.denormalise(c, g)
		for _, i := range p.active {
			c.two.backward(g.two, w.deltaMid, p.dx[i], p.mid[i], true)
			if l == 0 {
				c.one.backward(g.one, nil, w.deltaMid, p.in[i], false)
				continue
			}
			c.one.backward(g.one, w.deltaIn, w.deltaMid, p.in[i], false)
			below := w.layer[l-1].dx
			add(below[p.classes[i].own], 1, w.deltaIn)
			for _, from := range p.classes[i].reads {
				add(below[from], 1, w.deltaIn)
			}
		}
	}
}

// denormalise turns the slopes of what comes out of a layer into those before normalisation and rectification. A class
// has the slopes of all its vertices, added up.
func (p *passes) denormalise(c, g *conv) {
	sum, product := p.sum, p.product
	clear(sum)
	clear(product)
	for _, i := range p.active {
		for j, d := range p.dx[i] {
			sum[j] += d
			product[j] += float64(d * p.normal[i][j])
		}
	}
	add(g.shift, 1, sum)
	add(g.scale, 1, product)
	for _, i := range p.active {
		part := p.weight[i] / p.total
		for j, d := range p.dx[i] {
			if p.end[i][j] == 0 {
				p.dx[i][j] = 0
				continue
			}
			d -= float64(part * (sum[j] + float64(p.normal[i][j]*product[j])))
			p.dx[i][j] = d * p.invert[j] * c.scale[j]
		}
	}
}
