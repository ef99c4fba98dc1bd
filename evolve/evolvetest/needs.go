package evolvetest

import (
	"errors"
	"slices"
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
// it, so that nobody hears of it in the middle of an experiment. It is so whatever is chosen of each option.
func (c *searcher) needs(t *testing.T) {
	c.refusals(t, c.set)
	for _, p := range c.entry.Params {
		for _, choice := range p.Choices {
			if choice == p.Default || slices.ContainsFunc(c.set,
				func(kv evolve.Setting) bool { return kv.Key == p.Name }) {
				continue
			}
			set := append(slices.Clone(c.set), evolve.Setting{Key: p.Name, Value: choice})
			if _, err := open(c.entry, "", set); err == nil { // else it has no effect beside the others
				c.refusals(t, set)
			}
		}
	}
}

// refusals are those of a searcher with some options.
func (c *searcher) refusals(t *testing.T, set []evolve.Setting) {
	_, o, err := resolve(c.entry, set)
	if err != nil {
		t.Fatal(err)
	}
	whole := (&Invented{Space: space.NB201{}, Rungs: true}).Problem() // it offers all there is
	for need, p := range lacking(whole) {
		if got := p.Offers(); got&need != 0 || (whole.Offers()^got)&^(need|evolve.Resumes) != 0 {
			t.Fatalf("a problem that is to lack %b offers %b", need, got)
		}
		before, begun := c.entry.Fit(o, p), mustOpen(t, c.entry, "", set).Init(p, evolve.Stream(1, "search"))
		if (before == nil) != (begun == nil) {
			t.Errorf("%v without %b: Fit says %v, Init says %v", set, need, before, begun)
		}
		if before != nil && !errors.Is(before, evolve.ErrUnsupported) {
			t.Errorf("%v without %b: %v, want an ErrUnsupported", set, need, before)
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
	g, _ := s.(evolve.Grapher)
	for need, lacks := range map[evolve.Needs]evolve.Space{
		evolve.Mutates:    withoutMutation{s, x, n, e, l, d, g},
		evolve.Crosses:    withoutCrossing{s, m, n, e, l, d, g},
		evolve.Neighbours: withoutNeighbours{s, m, x, e, l, d, g},
		evolve.Encodes:    withoutEncoding{s, m, x, n, l, d, g},
		evolve.Lists:      withoutList{s, m, x, n, e, d, g},
		evolve.Decides:    withoutDecisions{s, m, x, n, e, l, g},
		evolve.Graphs:     withoutGraphs{s, m, x, n, e, l, d},
		evolve.Finite:     withoutEnd{s, m, x, n, e, l, realDecision{d}, g},
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
		evolve.Grapher
	}
	withoutCrossing struct {
		evolve.Space
		evolve.Mutator
		evolve.Neighborer
		evolve.Encoder
		evolve.Enumerable
		evolve.Decider
		evolve.Grapher
	}
	withoutNeighbours struct {
		evolve.Space
		evolve.Mutator
		evolve.Crosser
		evolve.Encoder
		evolve.Enumerable
		evolve.Decider
		evolve.Grapher
	}
	withoutEncoding struct {
		evolve.Space
		evolve.Mutator
		evolve.Crosser
		evolve.Neighborer
		evolve.Enumerable
		evolve.Decider
		evolve.Grapher
	}
	withoutList struct {
		evolve.Space
		evolve.Mutator
		evolve.Crosser
		evolve.Neighborer
		evolve.Encoder
		evolve.Decider
		evolve.Grapher
	}
	withoutDecisions struct {
		evolve.Space
		evolve.Mutator
		evolve.Crosser
		evolve.Neighborer
		evolve.Encoder
		evolve.Enumerable
		evolve.Grapher
	}
	withoutGraphs struct {
		evolve.Space
		evolve.Mutator
		evolve.Crosser
		evolve.Neighborer
		evolve.Encoder
		evolve.Enumerable
		evolve.Decider
	}
)

// withoutEnd has a decision more, of a real number that changes nothing.
type withoutEnd struct {
	evolve.Space
	evolve.Mutator
	evolve.Crosser
	evolve.Neighborer
	evolve.Encoder
	evolve.Enumerable
	evolve.Decider
	evolve.Grapher
}

type realDecision struct{ evolve.Decider }

func (d realDecision) Decisions() []evolve.Decision {
	return append(slices.Clone(d.Decider.Decisions()), evolve.Decision{Name: "real", Hi: 1})
}

func (d realDecision) Choose(x []float64) (evolve.Arch, error) {
	if err := evolve.CheckChoices(d.Decisions(), x); err != nil {
		return "", err
	}
	return d.Decider.Choose(x[:len(x)-1])
}

func (d realDecision) Choices(dst []float64, a evolve.Arch) []float64 {
	return append(d.Decider.Choices(dst, a), 0)
}
