package search

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

func TestTrainings(t *testing.T) {
	inf := math.Inf(1)
	ladder := evolve.Problem{Fidelities: []evolve.Fidelity{{Epochs: 12}, {Epochs: 200}}}
	for name, c := range map[string]struct {
		all  []training
		want []float64
	}{
		"of one length they stay":          {[]training{{0, 12, .5}, {1, 12, .3}, {2, 12, inf}}, []float64{.5, .3, inf}},
		"the later of two counts":          {[]training{{0, 12, .5}, {0, 12, .25}}, []float64{.25}},
		"no epochs are those of the last":  {[]training{{0, 0, .5}, {1, 200, .3}}, []float64{.5, .3}},
		"a longer one replaces":            {[]training{{0, 12, .5}, {0, 200, .25}}, []float64{.25}},
		"a shorter one does not":           {[]training{{0, 200, .25}, {0, 12, .5}}, []float64{.25}},
		"others come down by as much":      {[]training{{0, 12, .5}, {1, 12, .75}, {0, 200, .25}}, []float64{.25, .5}},
		"by the median of both":            {[]training{{0, 12, 8}, {1, 12, 8}, {2, 12, 8}, {3, 12, 8}, {0, 200, 1}, {1, 200, 4}, {2, 200, 5}}, []float64{1, 4, 5, 4}},
		"length by length":                 {[]training{{0, 4, 8}, {1, 4, 9}, {2, 4, 10}, {0, 12, 4}, {1, 12, 6}, {0, 200, 1}}, []float64{1, 3, 4}},
		"without both, between medians":    {[]training{{0, 12, 8}, {1, 12, 9}, {2, 12, 10}, {3, 200, 2}}, []float64{1, 2, 3, 2}},
		"what fails says nothing of shift": {[]training{{0, 12, 8}, {1, 12, 9}, {0, 200, inf}, {1, 200, 3}}, []float64{inf, 3}},
		"where all longer ones fail":       {[]training{{0, 12, 8}, {1, 12, 9}, {1, 200, inf}}, []float64{8, inf}},
	} {
		var s trainings
		s.begin(ladder)
		got := make([]float64, len(c.want))
		for _, x := range c.all {
			s.add(got, x.row, x.epochs, x.loss)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// In every searcher that fits a model to losses an architecture that comes back after a longer training has one row,
// and the losses of the others come down with its own.
func TestLearnLonger(t *testing.T) {
	losses := map[string]func(evolve.Searcher) []float64{
		"gp":        func(s evolve.Searcher) []float64 { return s.(*GP).loss },
		"smac":      func(s evolve.Searcher) []float64 { return s.(*SMAC).trees.loss },
		"conformal": func(s evolve.Searcher) []float64 { return s.(*Conformal).trees.loss },
		"weaknas":   func(s evolve.Searcher) []float64 { return s.(*WeakNAS).trees.loss },
		"bananas":   func(s evolve.Searcher) []float64 { return s.(*Bananas).mutants.loss },
		"npenas":    func(s evolve.Searcher) []float64 { return s.(*NPENAS).mutants.loss },
		"pnas":      func(s evolve.Searcher) []float64 { return s.(*PNAS).y },
	}
	for name, of := range losses {
		s, _, err := evolve.Searchers.Open(evolve.Spec{Name: name})
		if err != nil {
			t.Fatal(err)
		}
		var sp evolve.Space = space.NB201{}
		if name == "pnas" {
			sp = space.NB101{}
		}
		p := evolve.Problem{Space: sp, Fidelities: []evolve.Fidelity{{Epochs: 12}, {Epochs: 200}}}
		if err := s.Init(p.At(12), evolve.Stream(1, "test")); err != nil {
			t.Fatal(err)
		}
		var trials []evolve.Trial
		for id := 1; id <= 3; id++ {
			trial := evolve.Trial{ID: id}
			if !s.Ask(&trial.Proposal) {
				t.Fatalf("%s waits", name)
			}
			if err := s.Tell(&trial, &evolve.Result{Loss: float64(7 + id)}); err != nil {
				t.Fatal(err)
			}
			trials = append(trials, trial)
		}
		for id, loss := range map[int]float64{0: 1, 1: 2} {
			longer := evolve.Trial{ID: -9, Proposal: evolve.Proposal{Arch: trials[id].Arch, Epochs: 200}}
			s.(evolve.Learner).Learn(&longer, &evolve.Result{Loss: loss})
		}
		if got := fmt.Sprint(of(s)); got != "[1 2 3]" {
			t.Errorf("%s: losses %v, want [1 2 3]", name, got)
		}
	}
}

// What a searcher learns was paid for: under repeat=skip it is not proposed.
func TestLearnMarks(t *testing.T) {
	for name, of := range map[string]func(evolve.Searcher) *memory{
		"gp":        func(s evolve.Searcher) *memory { return &s.(*GP).memory },
		"kde":       func(s evolve.Searcher) *memory { return &s.(*KDE).memory },
		"tpe":       func(s evolve.Searcher) *memory { return &s.(*TPE).memory },
		"smac":      func(s evolve.Searcher) *memory { return &s.(*SMAC).trees.memory },
		"conformal": func(s evolve.Searcher) *memory { return &s.(*Conformal).trees.memory },
		"weaknas":   func(s evolve.Searcher) *memory { return &s.(*WeakNAS).trees.memory },
		"bananas":   func(s evolve.Searcher) *memory { return &s.(*Bananas).mutants.memory },
		"npenas":    func(s evolve.Searcher) *memory { return &s.(*NPENAS).mutants.memory },
	} {
		s, _, err := evolve.Searchers.Open(evolve.Spec{Name: name})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Init(evolve.Problem{Space: space.NB201{}}, evolve.Stream(1, "test")); err != nil {
			t.Fatal(err)
		}
		s.(evolve.Learner).Learn(&evolve.Trial{ID: -1, Proposal: evolve.Proposal{Arch: "123123"}}, &evolve.Result{})
		if !of(s).has("123123") || of(s).has("123132") {
			t.Errorf("%s does not know that it learned of an architecture, or knows of another one", name)
		}
	}
}

// By default these searchers pay for no network twice.
func TestOneNetwork(t *testing.T) {
	for _, name := range []string{"local", "tpe", "bananas", "npenas"} {
		s, _, err := evolve.Searchers.Open(evolve.Spec{Name: name})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Init(evolve.Problem{Space: space.NB201{}}, evolve.Stream(1, "test")); err != nil {
			t.Fatal(err)
		}
		paid := map[evolve.Arch]evolve.Arch{}
		for id := 1; id <= 40; id++ {
			trial := evolve.Trial{ID: id}
			if !s.Ask(&trial.Proposal) {
				t.Fatalf("%s waits", name)
			}
			network, err := space.NB201{}.Canon(trial.Arch)
			if err != nil {
				t.Fatal(err)
			}
			if twin, ok := paid[network]; ok {
				t.Errorf("%s: trial %d, %s, is the network of %s", name, id, trial.Arch, twin)
			}
			paid[network] = trial.Arch
			loss := 0. // the more operations do nothing, which many cells of one network share
			for _, op := range trial.Arch {
				if op != '0' {
					loss++
				}
			}
			if err := s.Tell(&trial, &evolve.Result{Loss: loss}); err != nil {
				t.Fatal(err)
			}
		}
	}
}
