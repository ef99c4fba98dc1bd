package lstm

import "math"

// Stack is layers of as many units each, the first of which reads the inputs. It remembers what it did since Begin, so
// that gradients can go back through time. It is not safe for use by several goroutines.
//
// A layer computes, of its input x and of its own output h and state c at the step before, both 0 at first,
//
//	i, f, o = σ(W·[x h 1])    g = tanh(W·[x h 1])    c' = f·c + i·g    h' = o·tanh(c')
type Stack struct {
	Inputs, Units, Layers int
	// Weights are those of all layers, one after the other. A layer has 4·Units rows, those of i, f, g and o, each of
	// which has the weights of x, those of h, and the bias. Grads are where Back adds their gradients.
	Weights, Grads []float64

	steps, back int // done since Begin, and still to go back through
	tape        [][]moment
	sums        []float64   // scratch: 4·Units
	slope       []float64   // scratch: the slope of what a layer reads
	hidden      [][]float64 // slopes of each layer's output that come from the step after
	state       [][]float64 // and of its state
}

// moment is a layer at a step.
type moment struct {
	reads    []float64 // x, h of the step before, and 1
	gates    []float64 // i, f, g and o
	c, tanhC []float64 // the state, and tanh of it
	h        []float64 // the output
}

// StackSize is the number of weights of a stack.
func StackSize(inputs, units, layers int) int {
	return 4 * units * ((inputs + units + 1) + (layers-1)*(2*units+1))
}

// NewStack makes a stack over weights and their gradients, slices of StackSize numbers that stay the caller's.
func NewStack(inputs, units, layers int, weights, grads []float64) *Stack {
	s := &Stack{Inputs: inputs, Units: units, Layers: layers, Weights: weights, Grads: grads,
		sums: make([]float64, 4*units), slope: make([]float64, max(inputs, units)+units+1)}
	for range layers {
		s.hidden = append(s.hidden, make([]float64, units))
		s.state = append(s.state, make([]float64, units))
	}
	return s
}

// layer is where a layer's weights begin, and how many a row has.
func (s *Stack) layer(l int) (at, row int) {
	if l == 0 {
		return 0, s.Inputs + s.Units + 1
	}
	return 4 * s.Units * ((s.Inputs + s.Units + 1) + (l-1)*(2*s.Units+1)), 2*s.Units + 1
}

// Begin forgets the steps so far.
func (s *Stack) Begin() {
	s.steps, s.back = 0, 0
	for l := range s.hidden {
		clear(s.hidden[l])
		clear(s.state[l])
	}
}

// Step reads an input and returns the output of the last layer, Units numbers that are valid until Begin.
func (s *Stack) Step(x []float64) []float64 {
	if s.steps == len(s.tape) {
		s.tape = append(s.tape, s.moments())
	}
	now := s.tape[s.steps]
	for l := range now {
		m, n := &now[l], s.Units
		copy(m.reads, x)
		before := m.reads[len(x) : len(x)+n]
		clear(before)
		if s.steps > 0 {
			copy(before, s.tape[s.steps-1][l].h)
		}
		at, row := s.layer(l)
		for r := range m.gates {
			sum := dot(s.Weights[at+r*row:][:row], m.reads)
			if r/n == 2 {
				m.gates[r] = tanh(sum)
			} else {
				m.gates[r] = 1 / (1 + math.Exp(-sum))
			}
		}
		i, f, g, o := m.gates[:n], m.gates[n:2*n], m.gates[2*n:3*n], m.gates[3*n:]
		for k := range n {
			m.c[k] = float64(i[k] * g[k])
			if s.steps > 0 {
				m.c[k] += float64(f[k] * s.tape[s.steps-1][l].c[k])
			}
			m.tanhC[k] = tanh(m.c[k])
			m.h[k] = float64(o[k] * m.tanhC[k])
		}
		x = m.h
	}
	s.steps++
	s.back = s.steps
	return x
}

func (s *Stack) moments() (now []moment) {
	for l := range s.Layers {
		_, row := s.layer(l)
		m := moment{make([]float64, row), make([]float64, 4*s.Units), make([]float64, s.Units),
			make([]float64, s.Units), make([]float64, s.Units)}
		m.reads[row-1] = 1
		now = append(now, m)
	}
	return now
}

// Back goes one step back through time, from the last step to the first: of the slope of a loss in the output of that
// step, as far as no later step passes it on, it adds the gradient of the weights to Grads, and returns the slope in
// the input, valid until the next call. There are as many calls as steps.
func (s *Stack) Back(output []float64) []float64 {
	s.back--
	now, n := s.tape[s.back], s.Units
	for l := s.Layers - 1; l >= 0; l-- {
		m := &now[l]
		i, f, g, o := m.gates[:n], m.gates[n:2*n], m.gates[2*n:3*n], m.gates[3*n:]
		for k := range n {
			h := output[k] + s.hidden[l][k]
			c := float64(float64(h*o[k])*(1-float64(m.tanhC[k]*m.tanhC[k]))) + s.state[l][k]
			before := 0.0
			if s.back > 0 {
				before = s.tape[s.back-1][l].c[k]
			}
			s.sums[k] = c * g[k] * i[k] * (1 - i[k])
			s.sums[n+k] = c * before * f[k] * (1 - f[k])
			s.sums[2*n+k] = c * i[k] * (1 - float64(g[k]*g[k]))
			s.sums[3*n+k] = h * m.tanhC[k] * o[k] * (1 - o[k])
			s.state[l][k] = float64(c * f[k])
		}
		at, row := s.layer(l)
		slope := s.slope[:row]
		clear(slope)
		for r, v := range s.sums {
			if v != 0 {
				add(s.Grads[at+r*row:][:row], v, m.reads)
				add(slope, v, s.Weights[at+r*row:][:row])
			}
		}
		reads := row - n - 1
		copy(s.hidden[l], slope[reads:])
		output = slope[:reads]
	}
	return output
}

// dot is the inner product, by four sums that the processor makes side by side.
func dot(a, b []float64) float64 {
	var s0, s1, s2, s3 float64
	b = b[:len(a)]
	k := 0
	for ; k+4 <= len(a); k += 4 {
		s0 += float64(a[k] * b[k])
		s1 += float64(a[k+1] * b[k+1])
		s2 += float64(a[k+2] * b[k+2])
		s3 += float64(a[k+3] * b[k+3])
	}
	for ; k < len(a); k++ {
		s0 += float64(a[k] * b[k])
	}
	return (s0 + s1) + (s2 + s3)
}

// add adds v·x to y.
func add(y []float64, v float64, x []float64) {
	x = x[:len(y)]
	for k := range y {
		y[k] += float64(v * x[k])
	}
}

// tanh is within 2e-16 of the hyperbolic tangent, and odd. That of package math gives other last bits in builds that
// fuse products and sums.
func tanh(x float64) float64 {
	e := math.Exp(-2 * math.Abs(x))
	return math.Copysign((1-e)/(1+e), x)
}
