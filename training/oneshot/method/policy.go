package method

import (
	"fmt"
	"math/rand/v2"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/adam"
	"github.com/amoeba-nas/amoeba/evolve/lstm"
	"github.com/amoeba-nas/amoeba/training/oneshot"
)

// policy is a controller that learns by REINFORCE (Williams, Machine Learning 8, 1992) from rewards of what it writes.
// A reward is held against a moving average of all rewards, the newest included.
type policy struct {
	*lstm.Writer
	learning
	adam     *adam.Adam
	baseline float64
	begun    bool // the baseline has met a reward
}

// learning is how a policy learns.
type learning struct {
	adam.Options
	aggregate int     // architectures whose gradients are averaged to a step
	entropy   float64 // weight of a sequence's entropy, in nats, which is added to its reward
	keeps     float64 // how much of the baseline stays with each reward
	zero      bool    // the baseline begins as 0, and not as the first reward
}

func newPolicy(w *lstm.Writer, l learning) *policy {
	return &policy{Writer: w, learning: l, adam: adam.New(len(w.Weights), l.Options)}
}

// learn takes a step along the mean over architectures of (reward - baseline)·∇log p.
func (p *policy) learn(r *rand.Rand, reward func(evolve.Arch) (float64, error)) error {
	clear(p.Grads)
	for range p.aggregate {
		a, err := p.Write(r)
		if err != nil {
			return err
		}
		got, err := reward(a)
		if err != nil {
			return err
		}
		got += float64(p.entropy * p.Entropy())
		if !p.begun && !p.zero {
			p.baseline = got
		}
		p.begun = true
		p.baseline += float64((1 - p.keeps) * (got - p.baseline))
		p.Back(-(got-p.baseline)/float64(p.aggregate), 0) // Adam descends
	}
	p.adam.Step(p.Weights, p.Grads)
	return nil
}

// save is what load goes on from.
func (p *policy) save() oneshot.State {
	begun := 0.0
	if p.begun {
		begun = 1
	}
	return oneshot.State{"controller": append([]float64(nil), p.Weights...), "adam": p.adam.State(),
		"baseline": {p.baseline, begun}}
}

// load takes what save gave. The error wraps evolve.ErrInvalid for the state of another policy.
func (p *policy) load(s oneshot.State) error {
	if len(s["controller"]) != len(p.Weights) || len(s["baseline"]) != 2 {
		return fmt.Errorf("a controller of %d weights, want %d: %w", len(s["controller"]), len(p.Weights),
			evolve.ErrInvalid)
	}
	copy(p.Weights, s["controller"])
	p.baseline, p.begun = s["baseline"][0], s["baseline"][1] != 0
	return p.adam.Restore(s["adam"])
}
