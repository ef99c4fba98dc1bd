package method

import (
	"errors"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// mattering judges a mixture by the gates that matter: it has as many images right as their worth, if they have a share.
func mattering(worth map[int]int) judge {
	return func(shares []float64) (correct int, loss float64, err error) {
		for g, n := range worth {
			if shares[g] > 0 {
				correct += n
			}
		}
		return correct, -float64(correct), nil
	}
}

// Whatever the shares, an edge gets the candidate that the mixture cannot do without, none among them on nb201.
func TestPerturbationFindsWhatMatters(t *testing.T) {
	s := superOf(t, "nb201")
	want := []int{3, 0, 1, 4, 2, 3}
	worth := map[int]int{}
	shares := make([]float64, s.Edges*len(s.Ops))
	for g := range shares {
		shares[g] = 0.15
	}
	for edge, op := range want {
		worth[s.Gate(edge, op)] = 10
		shares[s.Gate(edge, (op+1)%5)] = 0.4 // which arg-max would take
	}
	p := newSelection(s)
	if p.rounds() != 6 {
		t.Fatalf("%d rounds", p.rounds())
	}
	for round := range p.rounds() {
		undecidedBefore := countUndecided(p)
		if err := p.round(shares, mattering(worth), evolve.Stream(1, "round")); err != nil {
			t.Fatal(err)
		}
		if got := countUndecided(p); got != undecidedBefore-1 {
			t.Fatalf("round %d leaves %d edges of %d", round, got, undecidedBefore)
		}
	}
	if got := p.cells[0].op; !slices.Equal(got, want) {
		t.Errorf("chose %v, want %v", got, want)
	}
	a, err := genotype(s, p.project(shares))
	if err != nil || a != "301423" {
		t.Errorf("genotype %s, %v", a, err)
	}
}

func countUndecided(p *selection) (n int) {
	for _, c := range p.cells {
		for _, op := range c.op {
			if op == undecided {
				n++
			}
		}
	}
	return n
}

// A cell of darts also keeps the two edges of each node that the mixture cannot do without, and chooses none nowhere.
func TestPerturbationChoosesEdges(t *testing.T) {
	s := superOf(t, "darts")
	shares := make([]float64, s.Edges*len(s.Ops))
	for g := range shares {
		shares[g] = 0.125
	}
	worth := map[int]int{}
	edge, text := 0, ""
	for kind := range 2 {
		for node := range dartsNodes {
			for state := range 2 + node {
				op := 1 + (edge+kind)%7
				worth[s.Gate(edge, op)] = 1 + 10*state // the last two states are worth most
				worth[s.Gate(edge, 0)] = 1000          // which is never asked
				if state >= node {
					text += string(digit(state)) + string(digit(op))
				}
				edge++
			}
		}
	}
	p := newSelection(s)
	if p.rounds() != 17 { // of 14 edges, and of the three nodes that have more than two
		t.Fatalf("%d rounds", p.rounds())
	}
	for round := range p.rounds() {
		if err := p.round(shares, mattering(worth), evolve.Stream(2, "round")); err != nil {
			t.Fatal(err)
		}
		again := newSelection(s)
		if err := again.load(p.save()); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(again.project(shares), p.project(shares)) || !slices.Equal(again.save(), p.save()) {
			t.Fatalf("round %d: what was loaded is not what was saved", round)
		}
	}
	a, err := genotype(s, p.project(shares))
	if err != nil || string(a) != text {
		t.Errorf("genotype %s, %v, want %s", a, err, text)
	}
	if err := p.load([]float64{1}); !errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("a selection of another supernet: %v", err)
	}
}
