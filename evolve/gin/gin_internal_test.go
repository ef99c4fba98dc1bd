package gin

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The gradient of every weight is the difference quotient of the loss, through normalisation and dropout.
func TestGradient(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var x [][]Graph
	for range 7 {
		x = append(x, []Graph{drawn(r, 6), drawn(r, 4)})
	}
	n := newNet(x, Params{Width: 9, Head: 5}, r)
	for _, d := range []dense{n.before, n.out} {
		d.draw(d.bias, 1, r) // or the slope of a head's unit at rest is one-sided
	}
	n.train = true
	w := newWork(n, x)
	batch := []int{6, 0, 3, 2, 5}
	loss := func() (sum float64) {
		w.forward(n, batch, .3, rand.New(rand.NewPCG(2, 2)))
		for k := range batch {
			w.slope[k] = 2 * (w.said[k] - float64(k))
			sum += (w.said[k] - float64(k)) * (w.said[k] - float64(k))
		}
		return sum
	}
	loss()
	w.backward(n, batch)
	checked, moved := 0, 0
	for k, tensor := range n.tensors(w) {
		for i, v := range tensor.value {
			const h = 1e-6
			tensor.value[i] = v + h
			up := loss()
			tensor.value[i] = v - h
			down := loss()
			tensor.value[i] = v
			want := (up - down) / (2 * h)
			if math.Abs(tensor.grad[i]-want) > 1e-5*(1+math.Abs(want)) {
				t.Errorf("tensor %d, number %d: gradient %g, difference quotient %g", k, i, tensor.grad[i], want)
			}
			checked++
			if math.Abs(want) > 1e-4 {
				moved++
			}
		}
	}
	if moved < checked/4 {
		t.Errorf("only %d of %d gradients are not 0", moved, checked)
	}
}

// drawn is a graph of vertices that read earlier ones, with labels of three kinds.
func drawn(r *rand.Rand, vertices int) (g Graph) {
	for v := range vertices {
		g.Labels = append(g.Labels, r.IntN(3))
		g.Reads = append(g.Reads, r.Uint64()&r.Uint64()&(1<<v-1))
	}
	return g
}

// Vertices are of one class exactly where nothing that a layer reads differs.
func TestClassify(t *testing.T) {
	// Two chains 0-1-1-1: the third and fourth vertex differ only from the second layer on.
	chain := Graph{Labels: []int{0, 1, 1, 1}, Reads: []uint64{0, 1, 2, 4}}
	x := [][]Graph{{chain}, {chain}}
	examples, classes := classify(&Net{labels: map[place]int{{0, 0}: 0}}, x)
	for l, want := range []int{2, 3, 4, 4} {
		if len(classes[l]) != want {
			t.Errorf("%d classes after %d layers, want %d", len(classes[l]), l, want)
		}
	}
	if classes[0][0].own != 0 || classes[0][1].own != -1 {
		t.Errorf("columns of labels %v, want 0 and none", classes[0])
	}
	if e := examples[1]; e.vertices != 4 || len(e.shares[0]) != 3 || e.shares[0][2] != (share{2, 2}) {
		t.Errorf("%+v, want 4 vertices, two of the third class after a layer", e)
	}
}
