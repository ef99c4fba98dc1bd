package method

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/adam"
	"github.com/amoeba-nas/amoeba/evolve/samebits"
	"github.com/amoeba-nas/amoeba/training/net"
)

// hypernetwork writes the kernels of a supernet's candidates for any architecture. A kernel is a sum of tables of its
// own, whose coefficients, its code, a small network reads off the whole architecture and off which kernel it is:
//
//	hidden = leaky(A·[the architecture's gates, the kernel's gate, cell and place])
//	code   = (1, C·hidden)         1 + rank numbers
//	kernel = Σₖ codeₖ · tableₖ
//
// All kernels share A and C, the trunk. With rank 0 a kernel is its first table, whatever the other edges have chosen:
// a linear map of the one-hot code of the kernel's own choice, which is weight sharing.
type hypernetwork struct {
	rank   int
	inputs int   // columns of A; the last one is of an input that is always 1
	gates  []int // of the supernet's layers
	edges  int
	// trunk is A, a column an input, and then C, a column a number of hidden.
	trunk, trunkGrad []float64
	trunkAdam        *adam.Adam
	kernels          []*written
}

// written is a kernel that the hypernetwork writes.
type written struct {
	layer            int
	numbers, outputs int       // of the kernel
	own              [3]int    // its inputs: gate, cell, place in its operation
	table            []float64 // [1+rank][numbers]
	adam             *adam.Adam
}

// reading is an architecture as a hypernetwork reads it.
type reading struct {
	*hypernetwork
	on     []int     // its inputs
	shared []float64 // what these add to hidden, the same of every kernel
}

const (
	hidden = 32  // numbers between the two maps of the trunk; of this project's choice
	leak   = .02 // slope of a rectifier below 0 (ajbrock/SMASH, SMASH.py)
)

// leaky is a rectifier, and its slope.
func leaky(x float64) (y, slope float64) {
	if x > 0 {
		return x, 1
	}
	return leak * x, leak
}

// layHypernetwork says what a hypernetwork of this rank for all convolutions that have a gate consists of. It has no
// numbers before draw.
func layHypernetwork(s *net.Supernet, rank int) *hypernetwork {
	h := &hypernetwork{rank: rank, gates: s.Gates, edges: s.Edges}
	all := s.Edges*len(s.Ops) + s.Loose
	cells, places, most := map[string]int{}, map[string]int{}, 0
	for i := range s.Layers {
		if _, ok := s.Layers[i].Op.(net.Conv); !ok || s.Gates[i] < 0 {
			continue
		}
		cell := cellOf(s.Layers[i].Name)
		if _, ok := cells[cell]; !ok {
			cells[cell] = len(cells)
		}
		within := fmt.Sprint(cell, " ", s.Gates[i])
		shape := s.Weights(i)[0]
		h.kernels = append(h.kernels, &written{layer: i, numbers: s.Sizes(i), outputs: shape[0],
			own: [3]int{all + s.Gates[i], 2*all + cells[cell], places[within]}})
		places[within]++
		most = max(most, places[within])
	}
	for _, k := range h.kernels {
		k.own[2] += 2*all + len(cells)
	}
	h.inputs = 2*all + len(cells) + most + 1
	return h
}

// draw draws all numbers. first copies a layer's kernel as the supernet has drawn it, which is where its first table
// begins.
func (h *hypernetwork) draw(o adam.Options, first func(layer int, into []float64) error, r *rand.Rand) error {
	h.trunk = make([]float64, (h.inputs+h.rank)*hidden)
	h.trunkGrad, h.trunkAdam = make([]float64, len(h.trunk)), adam.New(len(h.trunk), o)
	// He et al. 2015, where as many inputs are 1 as edges choose, and the kernel's own three.
	normal(r, h.trunk[:h.inputs*hidden], math.Sqrt(2/float64(h.edges+3)))
	normal(r, h.trunk[h.inputs*hidden:], math.Sqrt(1./hidden))
	for _, k := range h.kernels {
		k.table = make([]float64, (1+h.rank)*k.numbers)
		if err := first(k.layer, k.table[:k.numbers]); err != nil {
			return err
		}
		// He's variance, 2 over the inputs of an output, for the sum of the other tables with codes of about 1.
		sd := math.Sqrt(2 * float64(k.outputs) / float64(k.numbers) / float64(max(1, h.rank)))
		normal(r, k.table[k.numbers:], sd)
		k.adam = adam.New(len(k.table), o)
	}
	return nil
}

// cellOf is the name of the cell that a layer lies in, as the layer's begins.
func cellOf(layer string) string {
	at := strings.Index(layer, "cell")
	if at < 0 {
		return layer
	}
	if end := strings.IndexByte(layer[at:], '/'); end >= 0 {
		return layer[:at+end]
	}
	return layer
}

// normal fills numbers with normal deviates of this standard deviation.
func normal(r *rand.Rand, into []float64, sd float64) {
	for i := range into {
		into[i] = sd * samebits.Normal(r)
	}
}

// params is the number of all that the hypernetwork learns.
func (h *hypernetwork) params() int {
	n := (h.inputs + h.rank) * hidden
	for _, k := range h.kernels {
		n += (1 + h.rank) * k.numbers
	}
	return n
}

// column is a column of A, or of C after those.
func column(trunk []float64, i int) []float64 { return trunk[i*hidden:][:hidden] }

// read reads the architecture of a path's open layers.
func (h *hypernetwork) read(open []bool) *reading {
	a := &reading{hypernetwork: h, shared: make([]float64, hidden)}
	for layer, is := range open {
		if g := h.gates[layer]; is && g >= 0 && !slices.Contains(a.on, g) {
			a.on = append(a.on, g)
		}
	}
	a.on = append(a.on, h.inputs-1)
	for _, i := range a.on {
		add(a.shared, 1, column(h.trunk, i))
	}
	return a
}

// add adds a multiple of numbers.
func add(to []float64, times float64, x []float64) {
	for i, v := range x {
		to[i] += float64(times * v)
	}
}

// code is the coefficients of a kernel's tables, and the numbers between the two maps of the trunk.
func (a *reading) code(k *written) (between, code []float64) {
	between, code = slices.Clone(a.shared), []float64{1}
	for _, i := range k.own {
		add(between, 1, column(a.trunk, i))
	}
	for r := range a.rank {
		c, sum := column(a.trunk, a.inputs+r), 0.
		for i, x := range between {
			y, _ := leaky(x)
			sum += float64(c[i] * y)
		}
		code = append(code, sum)
	}
	return between, code
}

// write writes a kernel.
func (a *reading) write(k *written, kernel []float64) {
	_, code := a.code(k)
	clear(kernel)
	for r, z := range code {
		add(kernel, z, k.table[r*len(kernel):][:len(kernel)])
	}
}

// back takes the gradient of a kernel back to what it was written from: it sets table to the gradient in the kernel's
// tables, and adds to the trunk's.
func (a *reading) back(k *written, grad, table []float64) {
	between, code := a.code(k)
	for r, z := range code {
		part := table[r*len(grad):][:len(grad)]
		for i, g := range grad {
			part[i] = z * g
		}
	}
	if a.rank == 0 {
		return
	}
	var down [hidden]float64
	for r := range a.rank {
		z := 0.
		for i, g := range grad {
			z += float64(g * k.table[(1+r)*len(grad)+i])
		}
		c, cGrad := column(a.trunk, a.inputs+r), column(a.trunkGrad, a.inputs+r)
		for i, x := range between {
			y, slope := leaky(x)
			cGrad[i] += float64(z * y)
			down[i] += float64(z * c[i] * slope)
		}
	}
	for _, i := range a.on {
		add(column(a.trunkGrad, i), 1, down[:])
	}
	for _, i := range k.own {
		add(column(a.trunkGrad, i), 1, down[:])
	}
}

// part is numbers that are learned, with their optimizer.
type part struct {
	name    string
	numbers []float64
	adam    *adam.Adam
}

// parts are all that is learned: the trunk, and the tables of each kernel.
func (h *hypernetwork) parts() []part {
	all := []part{{"hyper/trunk", h.trunk, h.trunkAdam}}
	for i, k := range h.kernels {
		all = append(all, part{fmt.Sprintf("hyper/kernel%05d", i), k.table, k.adam})
	}
	return all
}

// save puts all that is learned, and its moments, into a state.
func (h *hypernetwork) save(state map[string][]float64) {
	for _, p := range h.parts() {
		state[p.name], state[p.name+"/adam"] = p.numbers, p.adam.State()
	}
}

// load goes on from a state. The error wraps evolve.ErrInvalid for the state of another hypernetwork.
func (h *hypernetwork) load(state map[string][]float64) error {
	for _, p := range h.parts() {
		if got := state[p.name]; len(got) != len(p.numbers) {
			return fmt.Errorf("the state of a hypernetwork has %d numbers of %s, want %d: %w", len(got), p.name,
				len(p.numbers), evolve.ErrInvalid)
		}
		copy(p.numbers, state[p.name])
		if err := p.adam.Restore(state[p.name+"/adam"]); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}
