package method

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/adam"
	"github.com/amoeba-nas/amoeba/evolve/samebits"
	"github.com/amoeba-nas/amoeba/training/net"
)

// alpha is the architecture weights of a supernet: a logit for each candidate of each edge, shared by all cells of a
// kind (Liu, Simonyan and Yang 2019, arXiv:1806.09055, equation 2). Slices by gate have the places of
// [net.Supernet.Gate].
type alpha struct {
	ops    int       // candidates of an edge
	logits []float64 // by gate
	adam   *adam.Adam
}

// alphaStart is the standard deviation of first logits around 0, and alphaAdam how they are stepped, but for the rate:
// quark0/darts, cnn/model_search.py, cnn/architect.py and cnn/train_search.py. The epsilon is that of PyTorch's Adam.
const alphaStart = 1e-3

var alphaAdam = adam.Options{Beta1: 0.5, Beta2: 0.999, Epsilon: 1e-8, Decay: 1e-3}

// newAlpha draws the logits of a supernet, and steps them at a rate.
func newAlpha(s *net.Supernet, rate float64, r *rand.Rand) *alpha {
	a := &alpha{ops: len(s.Ops), logits: make([]float64, s.Edges*len(s.Ops))}
	for g := range a.logits {
		a.logits[g] = alphaStart * samebits.Normal(r)
	}
	o := alphaAdam
	o.Rate = rate
	a.adam = adam.New(len(a.logits), o)
	return a
}

// step descends a gradient in the logits.
func (a *alpha) step(grad []float64) { a.adam.Step(a.logits, grad) }

// save is what load goes on from: the logits, then Adam's moments.
func (a *alpha) save() (logits, moments []float64) {
	return append([]float64(nil), a.logits...), a.adam.State()
}

// load takes what save gave. The error wraps evolve.ErrInvalid for numbers of another supernet.
func (a *alpha) load(logits, moments []float64) error {
	if len(logits) != len(a.logits) {
		return fmt.Errorf("%d architecture weights, want %d: %w", len(logits), len(a.logits), evolve.ErrInvalid)
	}
	copy(a.logits, logits)
	return a.adam.Restore(moments)
}

// shares are the softmax of the logits of each edge, by gate.
func (a *alpha) shares() []float64 { return softmax(a.logits, a.ops) }

// through turns a gradient in the shares, by gate, into one in the logits.
func (a *alpha) through(grad []float64) []float64 { return backSoftmax(a.shares(), grad, a.ops) }

// softmax is that of each run of n numbers.
func softmax(x []float64, n int) []float64 {
	y := make([]float64, len(x))
	for at := 0; at < len(x); at += n {
		most := x[at]
		for _, v := range x[at:][:n] {
			most = max(most, v)
		}
		sum := 0.0
		for k, v := range x[at:][:n] {
			y[at+k] = math.Exp(v - most)
			sum += y[at+k]
		}
		for k := range n {
			y[at+k] /= sum
		}
	}
	return y
}

// backSoftmax turns a gradient in y = softmax(x), of each run of n numbers, into one in x:
// ∂L/∂xₖ = yₖ(∂L/∂yₖ - Σⱼ yⱼ ∂L/∂yⱼ).
func backSoftmax(y, grad []float64, n int) []float64 {
	back := make([]float64, len(y))
	for at := 0; at < len(y); at += n {
		mean := 0.0
		for k, v := range y[at:][:n] {
			mean += float64(v * grad[at+k])
		}
		for k, v := range y[at:][:n] {
			back[at+k] = v * (grad[at+k] - mean)
		}
	}
	return back
}

// argmax is the place of the largest number, the first of equal ones.
func argmax(x []float64) int {
	best := 0
	for k, v := range x {
		if v > x[best] {
			best = k
		}
	}
	return best
}

// genotype is the architecture of the heaviest candidates, by weights of the gates; of equal weights the first counts.
//
// An edge of nb201 has its heaviest candidate, which may be none (AutoDL-Projects, exps/NATS-algos/search-cell.py). A
// node of darts has the two edges whose heaviest candidate but none is heaviest, the heavier first, each with that
// candidate (quark0/darts, cnn/model_search.py). Nodes keep their places, for they have weights of their own: the
// genome is not canonical. The error wraps evolve.ErrUnsupported for another space.
func genotype(s *net.Supernet, weights []float64) (evolve.Arch, error) {
	n := len(s.Ops)
	switch s.Space {
	case "nb201":
		text := make([]byte, s.Edges)
		for e := range text {
			text[e] = digit(argmax(weights[e*n:][:n]))
		}
		return evolve.Arch(text), nil
	case "darts":
		var text []byte
		for first, node := 0, 0; first < s.Edges; node++ {
			states := 2 + node%dartsNodes
			text = append(text, dartsNode(weights[first*n:][:states*n], n)...)
			first += states
		}
		return evolve.Arch(text), nil
	}
	return "", fmt.Errorf("the heaviest candidates of a supernet of %s are no architecture: want nb201 or darts: %w",
		s.Space, evolve.ErrUnsupported)
}

// dartsNodes are those of a cell of darts, each with an edge from every state before it.
const dartsNodes = 4

// dartsNode are the four digits of a node, by the weights of its edges' candidates, of which the first is none.
func dartsNode(weights []float64, ops int) []byte {
	var state, op [2]int
	var heavy [2]float64
	for in := range len(weights) / ops {
		k := 1 + argmax(weights[in*ops+1:][:ops-1])
		w := weights[in*ops+k]
		switch {
		case in == 0 || w > heavy[0]:
			state, op, heavy = [2]int{in, state[0]}, [2]int{k, op[0]}, [2]float64{w, heavy[0]}
		case in == 1 || w > heavy[1]:
			state[1], op[1], heavy[1] = in, k, w
		}
	}
	return []byte{digit(state[0]), digit(op[0]), digit(state[1]), digit(op[1])}
}

// digit is a number below 10 as genomes write it.
func digit(v int) byte { return '0' + byte(v) }
