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

// The first trial of a window hears at once that others may follow, however long a searcher takes to propose them.
func TestFlightWaitsForTheWindow(t *testing.T) {
	heard := make(chan int, 8)
	alone := make(chan struct{})
	e := evaluator(func(ctx context.Context, _ *evolve.Trial, _ *evolve.Result) error {
		evolve.FlightOf(ctx).Hear(func(n int) {
			if heard <- n; n == 1 {
				close(alone)
			}
		})
		<-alone
		return nil
	})
	pool := evolve.Local(e, evolve.LocalOptions{Window: 4, Procs: 1, Abreast: true})
	if err := pool.Start(t.Context(), &evolve.Trial{ID: 1}); err != nil {
		t.Fatal(err)
	}
	if n := <-heard; n != 4 {
		t.Errorf("before another is started %d may come, want 4", n)
	}
	if _, err := pool.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n, end := <-heard, <-heard; n != 1 || end != 0 {
		t.Errorf("then %d and %d, want 1 and 0", n, end)
	}
}

// Evaluations that are charged as they go, and end together, end at the same second, whichever reports first; the clock
// goes on from the past, whose lost seconds it does not count twice.
func TestFlightClock(t *testing.T) {
	var charged, ended sync.WaitGroup
	charged.Add(3)
	ended.Add(3)
	e := evaluator(func(ctx context.Context, tr *evolve.Trial, r *evolve.Result) error {
		a := evolve.AccountOf(ctx)
		r.Cost = float64(tr.ID)
		a.Charge(r.Cost - 1)
		a.Charge(1)
		charged.Done()
		charged.Wait()
		a.End()
		ended.Done()
		ended.Wait()
		return nil
	})
	var first tape
	pool := evolve.Local(evaluator(func(context.Context, *evolve.Trial, *evolve.Result) error { return nil }),
		evolve.LocalOptions{Window: 1})
	if _, err := (&evolve.Study{Searcher: &chain{limit: 1}, Pool: pool, Recorder: &first, Trials: 1}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	past := first[0]
	past.Cost, past.End = 5, 7 // others were in flight, and charged 2
	var r tape
	pool = evolve.Local(e, evolve.LocalOptions{Window: 4, Abreast: true, Past: []evolve.Outcome{past}})
	sum, err := (&evolve.Study{Searcher: &chain{limit: 4}, Pool: pool, Recorder: &r, Trials: 4}).Run(t.Context())
	if err != nil || len(r) != 4 || sum.End != 5+2+3+4 {
		t.Fatalf("%d outcomes, %+v, %v", len(r), sum, err)
	}
	for _, o := range r[1:] {
		if o.Start < 7 || o.End != 14 {
			t.Errorf("trial %d is there from %g to %g, want from 7 to 14", o.ID, o.Start, o.End)
		}
	}
}

// Those who hear of a flight hear its numbers in their order, however many say them at a time, and one who comes late
// hears the last.
func TestFlightIsHeardInOrder(t *testing.T) {
	const n = 64
	for range 50 {
		f := evolve.NewFlight(n)
		f.Stand(n)
		heard := make([][]int, 4)
		var wg sync.WaitGroup
		f.Hear(func(n int) { heard[0] = append(heard[0], n) })
		for i := range heard[1:] {
			wg.Go(func() { f.Hear(func(n int) { heard[1+i] = append(heard[1+i], n) }) })
		}
		for range n - 1 {
			wg.Go(f.Land)
		}
		wg.Wait()
		for i, h := range heard {
			for k := range h[1:] {
				if h[k+1] != h[k]-1 {
					t.Fatalf("listener %d heard %v", i, h)
				}
			}
			if h[len(h)-1] != 1 {
				t.Fatalf("listener %d heard %d last, want 1", i, h[len(h)-1])
			}
		}
		f.Land()
		f.Stand(3)
		if h := heard[0]; len(h) != n+1 || h[n] != 0 {
			t.Fatalf("of a flight that has ended was heard %v", h)
		}
	}
}
