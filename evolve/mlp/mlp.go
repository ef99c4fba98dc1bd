// Package mlp fits ensembles of small feed-forward networks with one output to tens or hundreds of rows, in
// milliseconds. It knows rows, targets and a seed, and nothing of what they mean.
//
// All arithmetic is in Go, in a fixed order, and no product is left to be fused with the sum that follows it: a seed
// gives the same bits on every processor. Speed comes from what is zero: inputs are centred at the commonest value of
// their column, and about half of the hidden units are at rest, so that most products are never made.
package mlp

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Loss is what training minimises, of a prediction p and a target y.
type Loss uint8

// The losses.
const (
	Absolute Loss = iota // |p - y|
	Squared              // (p - y)²
	Relative             // |(p - b)/(y - b) - 1| with a bound b below all targets, as BANANAS
)

// Init is how initial weights are drawn: uniformly, with a variance that depends on the units they lie between. Biases
// are 0.
type Init uint8

// The ways. The first layer counts, for He, not its columns but the mean square length of a row, since most inputs may
// be 0.
const (
	He     Init = iota // 2 over the inputs (He et al., ICCV 2015, arXiv:1502.01852)
	Glorot             // 2 over the sum of inputs and outputs (Glorot and Bengio, AISTATS 2010), as Keras does
)

// Params are the settings of an ensemble.
type Params struct {
	Nets         int     // networks, each from its own initial weights
	Depth, Width int     // hidden layers, and rectified linear units in each
	Init         Init    // of the weights
	Batch        int     // rows of one step; the last step of an epoch may have fewer
	Epochs       int     // times that training goes through the rows, in a new order each time
	Rate         float64 // of Adam (Kingma and Ba, ICLR 2015, arXiv:1412.6980)
	Fade         bool    // the rate falls to 0 in a straight line
	Loss         Loss
	Bound        float64 // of the relative loss
	Share        float64 // part of the rows, drawn for each network, that it sees; 0 is all of them
}

// Moments of Adam. Those of the first and second order are the paper's; epsilon is that of Keras, which published
// settings were found with.
const (
	adamFirst   = .9
	adamSecond  = .999
	adamEpsilon = 1e-7
)

// Ensemble is networks that were fitted to the same rows.
type Ensemble struct {
	inputs inputs
	nets   []*net
	acts   [][]float32 // scratch of one forward pass
}

// Fit fits an ensemble. All rows are of one length. Rows and targets that do not belong together, or settings that are
// no network, are a programmer's error.
func Fit(x [][]float32, y []float64, p Params, seed uint64) *Ensemble {
	switch {
	case len(x) == 0 || len(x) != len(y):
		panic(fmt.Sprintf("mlp: %d rows with %d targets", len(x), len(y)))
	case p.Nets < 1 || p.Depth < 1 || p.Width < 1 || p.Batch < 1 || p.Epochs < 1:
		panic(fmt.Sprintf("mlp: no network has the settings %+v", p))
	}
	e := &Ensemble{inputs: newInputs(x)}
	rows := make([]row, len(x))
	for i := range x {
		rows[i] = e.inputs.row(x[i])
	}
	targets := make([]float32, len(y))
	for i, v := range y {
		targets[i] = float32(v)
	}
	t := newTrainer(p, &e.inputs)
	for k := range p.Nets {
		r := rand.New(rand.NewPCG(seed, uint64(k)))
		n := newNet(len(x[0]), p, e.inputs.norm, r)
		t.train(n, rows, targets, r)
		e.nets = append(e.nets, n)
	}
	e.acts = t.acts
	return e
}

// Len is the number of networks.
func (e *Ensemble) Len() int { return len(e.nets) }

// Each appends the prediction of network k for every row to dst.
func (e *Ensemble) Each(dst []float64, k int, x [][]float32) []float64 {
	for _, v := range x {
		dst = append(dst, float64(e.nets[k].forward(e.inputs.row(v), e.acts)))
	}
	return dst
}

// Predict gives for every row the mean of the networks' predictions and their standard deviation, that of a whole
// population: networks that agree have 0.
func (e *Ensemble) Predict(x [][]float32) (mean, sd []float64) {
	mean, sd = make([]float64, len(x)), make([]float64, len(x))
	all := make([]float64, len(e.nets))
	for i, v := range x {
		in := e.inputs.row(v)
		sum := 0.0
		for k, n := range e.nets {
			all[k] = float64(n.forward(in, e.acts))
			sum += all[k]
		}
		mean[i] = sum / float64(len(all))
		squares := 0.0
		for _, p := range all {
			d := p - mean[i]
			squares += float64(d * d)
		}
		sd[i] = math.Sqrt(squares / float64(len(all)))
	}
	return mean, sd
}
