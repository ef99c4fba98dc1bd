package search

import (
	"fmt"
	"math/rand/v2"

	"github.com/amoeba-nas/amoeba/evolve"
)

// initParam is the option init of a searcher whose first architectures are random: another searcher proposes them, such
// as pick, which ranks by a training-free score. A searcher that got it after its first release marks it by AddedLater.
func initParam() evolve.Param {
	return evolve.Nested("init", "searcher", openingDefault,
		"the searcher that proposes the first architectures (random: samples of the space)").ShownLast()
}

const openingDefault = "random"

// openInit constructs what the option init names; nil for samples of the space.
func openInit(o evolve.Options) (evolve.Searcher, error) {
	if s := o.Spec("init"); s.Name == openingDefault && len(s.Set) == 0 {
		return nil, nil
	}
	return evolve.Searchers.OpenNested(o, "init")
}

// An opening is where a searcher's first architectures come from. How many these are is the searcher's affair. Use:
//
//	Init:  s.opening.begin("gp", s.First, p, r, &s.memory)   // First is what openInit gave; nil samples
//	Ask:   if s.asked < s.Initial { ok := s.opening.ask(p, tag); …; return ok }
//	Tell:  tag, err := s.opening.tell(t, r)                 // of every trial, first of all
//
// A trial of another searcher has a tag below 0 while it runs, so that the searcher's own are 0 and above; tell gives
// back the one that ask was called with. The other searcher is shown the last fidelity alone. What it proposes is
// proposed as it is, also where the searcher itself proposed it before: it has an option repeat of its own.
type opening struct {
	problem evolve.Problem
	r       *rand.Rand
	memory  *memory
	nest    nest // of another searcher; unused where architectures are sampled
	running int  // trials of the other searcher
}

// begin starts another searcher, or for nil sampling.
func (o *opening) begin(searcher string, other evolve.Searcher, p evolve.Problem, r *rand.Rand, m *memory) error {
	*o = opening{problem: p, r: r, memory: m}
	if other == nil {
		return nil
	}
	if n := len(p.Fidelities); n > 1 {
		p = p.At(p.Fidelities[n-1].Epochs)
	}
	if err := o.nest.begin(other, p, r); err != nil {
		return fmt.Errorf("%s: init: %w", searcher, err)
	}
	return nil
}

// ask proposes one of the first architectures. Where the other searcher is done, the space is sampled. False is to
// wait, or that the space is used up.
func (o *opening) ask(p *evolve.Proposal, tag int) (ok bool) {
	if o.nest.inner != nil {
		if o.nest.ask(p, tag) {
			o.running++
			o.memory.mark(p.Arch)
			if p.Known == nil {
				p.Known = o.memory.recall(p.Arch)
			}
			return true
		}
		if o.running > 0 {
			return false
		}
	}
	p.Tag = tag
	p.Arch, ok = o.memory.draw(func() evolve.Arch { return o.problem.Space.Sample(o.r) })
	p.Known = o.memory.recall(p.Arch)
	return ok
}

// tell passes a trial of the other searcher on to it. It returns the searcher's own tag of any trial.
func (o *opening) tell(t *evolve.Trial, r *evolve.Result) (tag int, err error) {
	if o.nest.inner == nil || !o.nest.owns(t) {
		return t.Tag, nil
	}
	o.running--
	return o.nest.tell(t, r)
}
