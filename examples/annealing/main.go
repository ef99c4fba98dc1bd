// Annealing compares a searcher of its own with two of the program's, and keeps the experiment in a folder.
package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	_ "github.com/amoeba-nas/amoeba/evolve/search"
	_ "github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	_ "github.com/amoeba-nas/amoeba/surrogate"
)

// annealing is simulated annealing (Kirkpatrick, Gelatt and Vecchi, Science 220, 1983): a mutation that is worse by d
// is accepted with probability exp(−d/temperature), and the temperature falls with every trial.
type annealing struct {
	start, cooling float64 // the first temperature, in units of the loss, and its factor a trial

	space       evolve.Space
	mutate      evolve.Mutation
	r           *rand.Rand
	at          evolve.Arch
	loss        float64
	temperature float64
}

func (s *annealing) Init(p evolve.Problem, r *rand.Rand) (err error) {
	if err := evolve.Mutates.Check(p); err != nil {
		return err
	}
	space := p.Space.(evolve.Mutator)
	s.space, s.r, s.loss, s.temperature = p.Space, r, math.Inf(1), s.start
	s.mutate, err = space.Mutation(space.Mutations()[0])
	return err
}

func (s *annealing) Ask(p *evolve.Proposal) bool {
	if math.IsInf(s.loss, 1) { // nothing was told yet
		p.Arch = s.space.Sample(s.r)
	} else {
		p.Arch = s.mutate(s.at, s.r)
	}
	return true
}

func (s *annealing) Tell(t *evolve.Trial, r *evolve.Result) error {
	if s.r.Float64() < math.Exp((s.loss-r.Loss)/s.temperature) {
		s.at, s.loss = t.Arch, r.Loss
	}
	s.temperature *= s.cooling
	return nil
}

func init() {
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{
		Name:  "annealing",
		Doc:   "simulated annealing",
		Paper: "Kirkpatrick, Gelatt and Vecchi, Science 220, 1983",
		Needs: func(evolve.Options) evolve.Needs { return evolve.Mutates },
		New: func(evolve.Options) (evolve.Searcher, error) {
			return &annealing{start: 0.01, cooling: 0.98}, nil // 1 % point of accuracy; 0.13 after 100 trials
		},
	})
}

func compare(dir string) error {
	spec := lab.Default() // on the surrogate of NAS-Bench-201, CIFAR-10
	spec.Algos = []string{"annealing", "regevo,population=20,sample=5", "random"}
	spec.Seeds, spec.Trials = 50, 200
	experiment, err := lab.Open(spec)
	if err != nil {
		return err
	}
	outcome, err := experiment.Run(context.Background(), lab.Options{Procs: 2, Dir: dir})
	if err != nil {
		return err
	}
	for _, arm := range outcome.Set.Arms {
		ends := stats.Describe(arm.Ends(outcome.Set.Validation()))
		fmt.Printf("%-29s %.3f ± %.3f\n", arm.Algo, ends.Mean, ends.CI)
	}
	return nil
}

func main() {
	if err := compare("annealing-folder"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
