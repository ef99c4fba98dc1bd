package evolvetest

import (
	"errors"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// Fits says whether a searcher with the given settings can search a benchmark, and why not.
func Fits(e evolve.Entry[evolve.Searcher], b evolve.Benchmark, set ...evolve.Setting) error {
	_, o, err := resolve(e, set)
	if err != nil {
		return err
	}
	return e.Fit(o, b.Problem())
}

// fit fails the test where the searcher does not fit the benchmark, and returns what the searcher itself needs.
func (c *searcher) fit(t *testing.T) evolve.Needs {
	t.Helper()
	_, o, err := resolve(c.entry, c.set)
	if err == nil {
		err = c.entry.Fit(o, c.bench.Problem())
	}
	if err != nil {
		t.Fatal(err)
	}
	return c.entry.NeedsOf(o)
}

// needs: a problem that lacks one thing of what it offered is refused before a search by Fit exactly when Init refuses
// it, so that nobody hears of it in the middle of an experiment.
func (c *searcher) needs(t *testing.T) {
	_, o, err := resolve(c.entry, c.set)
	if err != nil {
		t.Fatal(err)
	}
	whole := (&Invented{Space: space.NB201{}, Rungs: true}).Problem() // it offers all there is
	for need, p := range lacking(whole) {
		if got := p.Offers(); got&need != 0 || (whole.Offers()^got)&^(need|evolve.Resumes) != 0 {
			t.Fatalf("a problem that is to lack %b offers %b", need, got)
		}
		before, begun := c.entry.Fit(o, p), c.new(t).Init(p, evolve.Stream(1, "search"))
		if (before == nil) != (begun == nil) {
			t.Errorf("without %b: Fit says %v, Init says %v", need, before, begun)
		}
		if before != nil && !errors.Is(before, evolve.ErrUnsupported) {
			t.Errorf("without %b: %v, want an ErrUnsupported", need, before)
		}
	}
}

// lacking are problems each of which lacks one thing that the whole one offers, by that thing.
func lacking(whole evolve.Problem) map[evolve.Needs]evolve.Problem {
	all := map[evolve.Needs]evolve.Problem{}
	s := whole.Space
	m, _ := s.(evolve.Mutator)
	x, _ := s.(evolve.Crosser)
	n, _ := s.(evolve.Neighborer)
	e, _ := s.(evolve.Encoder)
	l, _ := s.(evolve.Enumerable)
	d, _ := s.(evolve.Decider)
	for need, lacks := range map[evolve.Needs]evolve.Space{
		evolve.Mutates:    withoutMutation{s, x, n, e, l, d},
		evolve.Crosses:    withoutCrossing{s, m, n, e, l, d},
		evolve.Neighbours: withoutNeighbours{s, m, x, e, l, d},
		evolve.Encodes:    withoutEncoding{s, m, x, n, l, d},
		evolve.Lists:      withoutList{s, m, x, n, e, d},
		evolve.Decides:    withoutDecisions{s, m, x, n, e, l},
	} {
		p := whole
		p.Space = lacks
		all[need] = p
	}
	last := whole.Fidelities[len(whole.Fidelities)-1]
	all[evolve.Schedules] = whole.At(last.Epochs)
	p := whole
	p.Fidelities = nil
	for _, f := range whole.Fidelities {
		p.Fidelities = append(p.Fidelities, evolve.Fidelity{Epochs: f.Epochs})
	}
	all[evolve.Resumes] = p
	p = whole
	p.Objectives = whole.Objectives[:1]
	all[evolve.Objectives] = p
	p = whole
	p.Proxies = nil
	all[evolve.Proxies] = p
	return all
}

// Spaces that lack one ability each. Every other ability must be there.
type (
	withoutMutation struct {
		evolve.Space
		evolve.Crosser
		evolve.Neighborer
		evolve.Encoder
		evolve.Enumerable
		evolve.Decider
	}
	withoutCrossing struct {
		evolve.Space
		evolve.Mutator
		evolve.Neighborer
		evolve.Encoder
		evolve.Enumerable
		evolve.Decider
	}
	withoutNeighbours struct {
		evolve.Space
		evolve.Mutator
		evolve.Crosser
		evolve.Encoder
		evolve.Enumerable
		evolve.Decider
	}
	withoutEncoding struct {
		evolve.Space
		evolve.Mutator
		evolve.Crosser
		evolve.Neighborer
		evolve.Enumerable
		evolve.Decider
	}
	withoutList struct {
		evolve.Space
		evolve.Mutator
		evolve.Crosser
		evolve.Neighborer
		evolve.Encoder
		evolve.Decider
	}
	withoutDecisions struct {
		evolve.Space
		evolve.Mutator
		evolve.Crosser
		evolve.Neighborer
		evolve.Encoder
		evolve.Enumerable
	}
)
