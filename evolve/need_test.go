package evolve_test

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// only is a space that can sample and no more.
type only struct{}

func (only) Name() string                             { return "only" }
func (only) Sample(*rand.Rand) evolve.Arch            { return "a" }
func (only) Canon(a evolve.Arch) (evolve.Arch, error) { return a, nil }

// without is a space that implements operators and has none.
type without struct{ only }

func (without) Mutations() []string                                            { return nil }
func (without) Mutation(name string) (evolve.Mutation, error)                  { return nil, evolve.ErrUnknown }
func (without) Encodings() []string                                            { return nil }
func (without) Encode(d []float64, _ string, _ evolve.Arch) ([]float64, error) { return d, nil }

func TestOffers(t *testing.T) {
	for _, c := range []struct {
		what string
		p    evolve.Problem
		want evolve.Needs
	}{
		{"nothing", evolve.Problem{Space: only{}, Objectives: []evolve.Objective{{Name: "error"}}, Fidelities: []evolve.Fidelity{{Epochs: 9}}}, 0},
		{"empty lists of operators and encodings", evolve.Problem{Space: without{}}, 0},
		{"nb201", evolve.Problem{Space: space.NB201{}},
			evolve.Mutates | evolve.Crosses | evolve.Neighbours | evolve.Encodes | evolve.Lists | evolve.Graphs},
		{"two schedules of their own", evolve.Problem{Space: only{}, Fidelities: []evolve.Fidelity{{Epochs: 1}, {Epochs: 3}}}, evolve.Schedules},
		{"one that goes on", evolve.Problem{Space: only{}, Fidelities: []evolve.Fidelity{{Epochs: 1}, {Epochs: 3, Resumes: true}}}, evolve.Schedules | evolve.Resumes},
		{"the first has nothing to go on from", evolve.Problem{Space: only{}, Fidelities: []evolve.Fidelity{{Epochs: 1, Resumes: true}}}, 0},
		{"two objectives and a proxy", evolve.Problem{Space: only{}, Objectives: []evolve.Objective{{Name: "error"}, {Name: "params"}}, Proxies: make([]evolve.Proxy, 1)}, evolve.Objectives | evolve.Proxies},
	} {
		if got := c.p.Offers() &^ (evolve.Decides | evolve.Finite); got != c.want {
			t.Errorf("%s: offers %b, want %b", c.what, got, c.want)
		}
	}
}

// Every need that a problem does not meet is named, and one that it meets is not.
func TestNeedsCheck(t *testing.T) {
	p := evolve.Problem{Space: only{}, Fidelities: []evolve.Fidelity{{Epochs: 1}, {Epochs: 3}}}
	if err := evolve.Schedules.Check(p); err != nil {
		t.Error(err)
	}
	if err := evolve.Needs(0).Check(p); err != nil {
		t.Error(err)
	}
	seen := map[string]bool{}
	for n := evolve.Mutates; n <= evolve.Graphs; n <<= 1 {
		err := n.Check(p.At(3))
		if !errors.Is(err, evolve.ErrUnsupported) || seen[err.Error()] {
			t.Errorf("need %b: %v, want an ErrUnsupported in words of its own", n, err)
			continue
		}
		seen[err.Error()] = true
	}
	err := (evolve.Crosses | evolve.Schedules | evolve.Resumes).Check(p)
	if !errors.Is(err, evolve.ErrUnsupported) || err.Error() != "space only has no crossover; no training goes on from a shorter one: unsupported" {
		t.Error(err)
	}
}

// What a searcher within another sees has one fidelity and all the rest.
func TestAt(t *testing.T) {
	p := evolve.Problem{Space: space.NB201{}, Objectives: []evolve.Objective{{Name: "error"}, {Name: "params"}}, Fidelities: []evolve.Fidelity{{Epochs: 1}, {Epochs: 3, Resumes: true}}}
	q := p.At(1)
	if len(q.Fidelities) != 1 || q.Fidelities[0] != (evolve.Fidelity{Epochs: 1}) || len(p.Fidelities) != 2 {
		t.Errorf("fidelities %v, of the whole problem %v", q.Fidelities, p.Fidelities)
	}
	if lost := p.Offers() &^ q.Offers(); lost != evolve.Schedules|evolve.Resumes {
		t.Errorf("At takes away %b", lost)
	}
	if err := evolve.Schedules.Check(q); err == nil || !strings.Contains(err.Error(), "no second fidelity") {
		t.Error(err)
	}
}
