package lstm

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/adam"
)

// write writes a sequence of options.
func write(c *Controller, tokens []Token, options ...int) {
	c.Begin()
	for i, o := range options {
		c.Next(tokens[i])
		c.Take(o)
	}
}

// The gradients of log-chance and entropy are those of central differences, with everything that shapes a logit.
func TestControllerGradient(t *testing.T) {
	c := New(Params{Layers: 2, Units: 4, Range: .8, Temperature: 1.5, Kinds: []Kind{
		{Options: 3, Squash: 1.1, Start: []float64{1, 0, 0}}, {Options: 4}}}, evolve.Stream(3, "controller"))
	tokens := []Token{{Kind: 0}, {Kind: 1, Options: 2}, {Kind: 0, Bias: []float64{.25, math.Inf(-1), -.25}},
		{Kind: 1, Options: 4}, {Kind: 1, Options: 3, Bias: []float64{.1, -.2, .3}}}
	options := []int{2, 1, 0, 3, 0}
	for _, of := range []struct{ logChance, entropy float64 }{{1, 0}, {0, 1}, {-.7, .3}} {
		value := func() float64 {
			write(c, tokens, options...)
			return of.logChance*c.LogChance() + of.entropy*c.Entropy()
		}
		value()
		clear(c.Grads)
		c.Back(of.logChance, of.entropy)
		moves := 0
		for i := range c.Weights {
			const h = 1e-5
			was := c.Weights[i]
			c.Weights[i] = was + h
			up := value()
			c.Weights[i] = was - h
			down := value()
			c.Weights[i] = was
			if want := (up - down) / (2 * h); math.Abs(c.Grads[i]-want) > 1e-8 {
				t.Fatalf("%+v: the gradient of weight %d is %g, want %g", of, i, c.Grads[i], want)
			} else if math.Abs(want) > 1e-4 {
				moves++
			}
		}
		if moves < len(c.Weights)/3 {
			t.Errorf("%+v: %d of %d weights have a gradient: that tests little", of, moves, len(c.Weights))
		}
	}
}

// Without embeddings, recurrent weights and softmax rows only biases are left, and each step of REINFORCE is that of the
// factorised policy, to the same bits.
func TestFactorised(t *testing.T) {
	tokens := []Token{{Kind: 0}, {Kind: 1}, {Kind: 2}}
	sizes := []int{3, 2, 5}
	c := New(Params{Layers: 1, Units: 8, Kinds: []Kind{{Options: 3}, {Options: 2}, {Options: 5}}},
		evolve.Stream(1, "controller")) // ±0: all weights are 0
	logits := [][]float64{make([]float64, 3), make([]float64, 2), make([]float64, 5)}
	r := evolve.Stream(1, "draws")
	baseline, count := 0.0, 0.0
	for trial := range 400 {
		var options []int
		c.Begin()
		for i, token := range tokens {
			chance := c.Next(token)
			if want := softmax(logits[i]); !slices.Equal(chance, want) {
				t.Fatalf("trial %d: chances %v, want %v", trial, chance, want)
			}
			options = append(options, Draw(chance, r))
			c.Take(options[i])
		}
		reward := float64(options[0]*options[1]) / float64(1+options[2])
		baseline, count = .9*baseline+.1*reward, .9*count+.1
		advantage := reward - baseline/count
		clear(c.Grads)
		c.Back(advantage, 0)
		for i := range c.Weights {
			c.Weights[i] += .1 * c.Grads[i]
		}
		for i, n := range sizes {
			chance := softmax(logits[i])
			for j := range n {
				if j == options[i] {
					logits[i][j] += .1 * (advantage * (1 - chance[j]))
				} else {
					logits[i][j] += .1 * -(advantage * chance[j])
				}
			}
		}
	}
	if top := slices.Max(logits[0]); top != logits[0][2] || top < .5 {
		t.Errorf("after 400 trials the logits are %.2f: nothing was learned", logits)
	}
}

func softmax(logits []float64) []float64 {
	chance, log := make([]float64, len(logits)), slices.Clone(logits)
	logSoftmax(chance, log)
	return chance
}

// The second token shall equal the first, and the first shall stay open. A factorised policy is right no more often
// than its likeliest first token is drawn; the controller is nearly always.
func TestInteraction(t *testing.T) {
	const n = 4
	c := New(Params{Layers: 1, Units: 16, Range: .1, Kinds: []Kind{{Options: n}}}, evolve.Stream(2, "controller"))
	optimizer := adam.New(len(c.Weights), adam.Options{Rate: .01})
	r := evolve.Stream(2, "draws")
	baseline := 0.0
	for range 1500 {
		clear(c.Grads)
		for range 4 {
			reward := 0.0
			if first, second := drawTwo(c, r); first == second {
				reward = 1
			}
			baseline += .05 * (reward - baseline)
			c.Back(-(reward - baseline), -.1)
		}
		optimizer.Step(c.Weights, c.Grads)
	}
	c.Begin()
	first := slices.Clone(c.Next(Token{}))
	right := 0.0
	for k, p := range first {
		c.Begin()
		c.Next(Token{})
		c.Take(k)
		right += p * c.Next(Token{})[k]
	}
	if most := slices.Max(first); most > .5 || right < .9 {
		t.Errorf("right with the chance %.3f, the first token is %.3f", right, first)
	}
}

func drawTwo(c *Controller, r *rand.Rand) (first, second int) {
	c.Begin()
	first = Draw(c.Next(Token{}), r)
	c.Take(first)
	second = Draw(c.Next(Token{}), r)
	c.Take(second)
	return first, second
}

// Options are drawn by their chance, those without any never.
func TestDraw(t *testing.T) {
	chance, r := []float64{.2, 0, .5, .3, 0}, evolve.Stream(1, "draws")
	const n = 20000
	counts := make([]float64, len(chance))
	for range n {
		counts[Draw(chance, r)]++
	}
	chi2 := 0.0
	for k, p := range chance {
		if p == 0 && counts[k] > 0 {
			t.Errorf("option %d was drawn %v times", k, counts[k])
		} else if p > 0 {
			chi2 += (counts[k] - n*p) * (counts[k] - n*p) / (n * p)
		}
	}
	if chi2 > 13.8 { // 0.1 % of χ² with 2 degrees of freedom
		t.Errorf("counts %v: χ² is %.1f", counts, chi2)
	}
}

// The same seed gives the same bits, and the memory of an earlier sequence changes nothing.
func TestControllerRepeats(t *testing.T) {
	p := Params{Layers: 2, Units: 5, Range: .1, Kinds: []Kind{{Options: 3}}}
	a, b := New(p, evolve.Stream(1, "controller")), New(p, evolve.Stream(1, "controller"))
	tokens := slices.Repeat([]Token{{}}, 6)
	write(a, tokens, 0, 1, 2, 0, 1, 2)
	a.Back(1, 1)
	clear(a.Grads)
	for _, c := range []*Controller{a, b} {
		write(c, tokens[:3], 2, 2, 1)
		c.Back(1, .5)
	}
	if a.LogChance() != b.LogChance() || a.Entropy() != b.Entropy() || !slices.Equal(a.Grads, b.Grads) {
		t.Errorf("log-chances %v and %v", a.LogChance(), b.LogChance())
	}
}
