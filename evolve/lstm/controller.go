package lstm

import (
	"math"
	"math/rand/v2"
)

// Params are the settings of a controller.
type Params struct {
	Layers, Units int
	Range         float64 // weights are drawn from ±Range; biases begin as 0
	Temperature   float64 // that logits are divided by; 0 is 1
	Kinds         []Kind
}

// Kind is what tokens of a kind share: a softmax, and an embedding of each option for the step that follows.
type Kind struct {
	Options int
	Squash  float64   // t of the logits t·tanh(z), which bounds them, as in ENAS; 0: they are z
	Start   []float64 // what the softmax's biases begin as; nil is 0
}

// Token is what may be written at a place of a sequence.
type Token struct {
	Kind    int
	Options int       // the first of the kind's options, which may be chosen here; 0 is all
	Bias    []float64 // of each of these, added to its logit and not learned; of -Inf it is never chosen; nil is 0
}

// Controller writes sequences of tokens, each with a chance that depends on those before it. Since Begin it remembers a
// sequence, whose log-probability Back takes the gradient of. It is not safe for use by several goroutines.
type Controller struct {
	Params
	// Weights are all that is learned, and Grads where Back adds their gradients: those of the stack, the first input,
	// then of each kind the embeddings of its options, the rows of its softmax, and its biases.
	Weights, Grads []float64

	stack    *Stack
	first    span
	kinds    []kind
	sequence []choice
	slopes   []float64 // scratch: of the outputs of a step
}

// span is a part of the weights.
type span struct{ from, to int }

// kind is where the weights of a kind are.
type kind struct{ embeddings, rows, biases span }

// choice is a token as it was written.
type choice struct {
	Token
	option      int       // -1 until it is taken
	output      []float64 // of the stack
	chance, log []float64 // of each option
	squashed    []float64 // tanh of the divided logits, where the kind squashes
	entropy     float64
}

// New draws a controller's weights.
func New(p Params, r *rand.Rand) *Controller {
	if p.Temperature == 0 {
		p.Temperature = 1
	}
	c := &Controller{Params: p, slopes: make([]float64, p.Units)}
	m := StackSize(p.Units, p.Units, p.Layers)
	n := m
	part := func(k int) span {
		n += k
		return span{n - k, n}
	}
	c.first = part(p.Units)
	for _, k := range p.Kinds {
		c.kinds = append(c.kinds, kind{part(k.Options * p.Units), part(k.Options * p.Units), part(k.Options)})
	}
	c.Weights, c.Grads = make([]float64, n), make([]float64, n)
	for i := range c.Weights {
		c.Weights[i] = 2 * p.Range * (float64(r.Float64()) - .5) // no build fuses the product within Float64
	}
	c.stack = NewStack(p.Units, p.Units, p.Layers, c.Weights[:m], c.Grads[:m])
	for l := range p.Layers {
		at, row := c.stack.layer(l)
		for r := range 4 * p.Units {
			c.Weights[at+(r+1)*row-1] = 0
		}
	}
	for k, of := range c.kinds {
		biases := c.Weights[of.biases.from:of.biases.to]
		clear(biases)
		copy(biases, p.Kinds[k].Start)
	}
	return c
}

// Begin begins a sequence.
func (c *Controller) Begin() {
	c.stack.Begin()
	c.sequence = c.sequence[:0]
}

// Next are the chances of the options of the next token, given the tokens so far. They are valid until Begin.
func (c *Controller) Next(t Token) []float64 {
	k, of := c.Kinds[t.Kind], c.kinds[t.Kind]
	if t.Options == 0 {
		t.Options = k.Options
	}
	if n := len(c.sequence); n < cap(c.sequence) {
		c.sequence = c.sequence[:n+1] // with the slices of an earlier sequence
	} else {
		c.sequence = append(c.sequence, choice{})
	}
	now := &c.sequence[len(c.sequence)-1]
	now.Token, now.option = t, -1
	input := c.input(len(c.sequence) - 1)
	now.output = c.stack.Step(c.Weights[input.from:input.to])
	for _, s := range []*[]float64{&now.chance, &now.log, &now.squashed} {
		*s = append((*s)[:0], make([]float64, t.Options)...)
	}
	for o := range t.Options {
		z := dot(c.Weights[of.rows.from+o*c.Units:][:c.Units], now.output) + c.Weights[of.biases.from+o]
		z /= c.Temperature
		if k.Squash != 0 {
			now.squashed[o] = tanh(z)
			z = float64(k.Squash * now.squashed[o])
		}
		if t.Bias != nil {
			z += t.Bias[o]
		}
		now.log[o] = z
	}
	now.entropy = logSoftmax(now.chance, now.log)
	return now.chance
}

// logSoftmax turns logits into logarithms of chances, and gives the chances and their entropy in nats.
func logSoftmax(chance, log []float64) (entropy float64) {
	most := math.Inf(-1)
	for _, z := range log {
		most = max(most, z)
	}
	sum := 0.0
	for o, z := range log {
		chance[o] = math.Exp(z - most)
		sum += chance[o]
	}
	whole := math.Log(sum)
	for o := range log {
		chance[o] /= sum
		log[o] -= most + whole
		if chance[o] > 0 {
			entropy -= float64(chance[o] * log[o])
		}
	}
	return entropy
}

// input is where the input of a step is: the embedding of the token before.
func (c *Controller) input(step int) span {
	if step == 0 {
		return c.first
	}
	before := &c.sequence[step-1]
	from := c.kinds[before.Kind].embeddings.from + before.option*c.Units
	return span{from, from + c.Units}
}

// Take writes the token whose chances Next gave.
func (c *Controller) Take(option int) { c.sequence[len(c.sequence)-1].option = option }

// LogChance is the logarithm of the chance of the sequence: the sum over its tokens.
func (c *Controller) LogChance() (sum float64) {
	for i := range c.sequence {
		sum += c.sequence[i].log[c.sequence[i].option]
	}
	return sum
}

// Entropy is the sum over the tokens of the entropy of what might have been written there after the tokens before, in
// nats. Its mean over sequences that are drawn is the entropy of the policy.
func (c *Controller) Entropy() (sum float64) {
	for i := range c.sequence {
		sum += c.sequence[i].entropy
	}
	return sum
}

// Len is the number of tokens of the sequence.
func (c *Controller) Len() int { return len(c.sequence) }

// Back adds to Grads the gradient of logChance·LogChance() + entropy·Entropy(), the sequence given. It is called once a
// sequence.
func (c *Controller) Back(logChance, entropy float64) {
	for step := len(c.sequence) - 1; step >= 0; step-- {
		now := &c.sequence[step]
		k, of := c.Kinds[now.Kind], c.kinds[now.Kind]
		clear(c.slopes)
		for o, p := range now.chance {
			slope := -float64(logChance * p)
			if o == now.option {
				slope = float64(logChance * (1 - p))
			}
			if entropy != 0 && p > 0 {
				slope -= float64(entropy * p * (now.log[o] + now.entropy))
			}
			if k.Squash != 0 {
				slope *= k.Squash * (1 - float64(now.squashed[o]*now.squashed[o]))
			}
			slope /= c.Temperature
			row := of.rows.from + o*c.Units
			add(c.Grads[row:][:c.Units], slope, now.output)
			add(c.slopes, slope, c.Weights[row:][:c.Units])
			c.Grads[of.biases.from+o] += slope
		}
		input := c.input(step)
		add(c.Grads[input.from:input.to], 1, c.stack.Back(c.slopes))
	}
}

// Draw draws an option by its chance.
func Draw(chance []float64, r *rand.Rand) int {
	u, last := r.Float64(), 0
	for o, p := range chance {
		if p <= 0 {
			continue
		}
		last = o
		if u -= p; u < 0 {
			break
		}
	}
	return last
}
