package evolve_test

import (
	"context"
	"sync"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// gate lets evaluations go on when as many have come as the flight stands at.
type gate struct {
	mu     sync.Mutex
	known  bool
	here   []chan int // of those that wait
	stands int
	groups []int // how many went on together
}

func (g *gate) hear(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.stands = n
	g.open()
}

func (g *gate) open() {
	if n := len(g.here); n > 0 && n >= g.stands {
		for _, c := range g.here {
			c <- n
		}
		g.groups, g.here = append(g.groups, n), nil
	}
}

func (g *gate) come(f *evolve.Flight) {
	g.mu.Lock()
	first := !g.known
	g.known = true
	g.mu.Unlock()
	if first {
		f.Hear(g.hear)
	}
	c := make(chan int, 1)
	g.mu.Lock()
	g.here = append(g.here, c)
	if g.stands > 0 {
		g.open()
	}
	g.mu.Unlock()
	<-c
}

// Evaluations that wait for as many as the pool says are all that can be there: they neither wait for ever, nor
// begin before the others have come.
func TestFlightStands(t *testing.T) {
	g := &gate{}
	e := evaluator(func(ctx context.Context, tr *evolve.Trial, r *evolve.Result) error {
		g.come(evolve.FlightOf(ctx))
		r.Cost = 0.5
		return nil
	})
	var r tape
	pool := evolve.Local(e, evolve.LocalOptions{Window: 4, Procs: 1, Abreast: true})
	sum, err := (&evolve.Study{Searcher: &chain{}, Pool: pool, Recorder: &r, Trials: 22, Seed: 5}).Run(t.Context())
	if err != nil || len(r) != 22 {
		t.Fatalf("%d outcomes, %v", len(r), err)
	}
	total := 0
	for _, n := range g.groups {
		total += n
	}
	if g.groups[0] != 4 || total != 22 {
		t.Errorf("groups %v, want 22 trials, and 4 to begin with", g.groups)
	}
	if sum.End != 22*0.5 {
		t.Errorf("the clock shows %g, want the sum of the costs, 11", sum.End)
	}
}
