package search

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// twoObjectives is a problem of nb201 with two objectives.
func twoObjectives() evolve.Problem {
	return evolve.Problem{Space: space.NB201{}, Objectives: []evolve.Objective{
		evolve.NewObjective(evolve.ErrorObjective), evolve.NewObjective(evolve.ParamsObjective)}}
}

// tellValues gives a searcher a trial with the values of all objectives.
func tellValues(t *testing.T, s evolve.Searcher, p evolve.Proposal, id int, values ...float64) {
	t.Helper()
	if err := s.Tell(&evolve.Trial{ID: id, Proposal: p}, &evolve.Result{Loss: values[0], Others: values[1:]}); err != nil {
		t.Fatal(err)
	}
}

// Of a population of three and its three children the first front of two goes on, and of the second the loneliest, one
// of its ends. A failed trial does where there are no others.
func TestNSGA2Survivors(t *testing.T) {
	s := &NSGA2{Population: 3, Start: 3, Repeat: repeatSkip}
	if err := s.Init(twoObjectives(), rand.New(rand.NewPCG(1, 2))); err != nil {
		t.Fatal(err)
	}
	alive := func() (ids []int) {
		for _, m := range s.members[:s.bred] {
			ids = append(ids, m.id)
		}
		slices.Sort(ids)
		return ids
	}
	inf := math.Inf(1)
	for i, c := range []struct {
		values []float64
		alive  []int
	}{
		{[]float64{.2, 30}, nil},
		{[]float64{.3, 20}, nil},
		{[]float64{inf}, []int{1, 2, 3}}, // failed: it has no further value
		{[]float64{.25, 25}, []int{1, 2, 3}},
		{[]float64{.1, 25}, []int{1, 2, 3}},
		// 5 and 6 dominate the others, of which 1 and 2 are the ends of a front; 1 comes first.
		{[]float64{.3, 10}, []int{1, 5, 6}},
		{[]float64{.05, 24}, []int{1, 5, 6}},
		{[]float64{math.NaN(), 1}, []int{1, 5, 6}}, // no loss: it failed
		{[]float64{.4, 5}, []int{6, 7, 9}},         // 7 dominates 5
	} {
		var p evolve.Proposal
		if !s.Ask(&p) {
			t.Fatalf("trial %d is not proposed", i+1)
		}
		if parents := p.Parents != [2]int{}; parents != (s.bred > 0) {
			t.Errorf("trial %d has the parents %v, and %d members are told", i+1, p.Parents, s.bred)
		}
		tellValues(t, s, p, i+1, c.values...)
		if got := alive(); !slices.Equal(got, c.alive) {
			t.Errorf("after trial %d the population is of trials %v, want %v", i+1, got, c.alive)
		}
	}
}

// The population grows from its first members by one each 20 trials, as far as it may.
func TestNSGA2Grows(t *testing.T) {
	s := &NSGA2{Population: 12, Start: 5}
	r := rand.New(rand.NewPCG(9, 10))
	if err := s.Init(twoObjectives(), r); err != nil {
		t.Fatal(err)
	}
	most := 0
	for id := 1; id <= 400; id++ {
		var p evolve.Proposal
		s.Ask(&p)
		tellValues(t, s, p, id, r.Float64(), r.Float64())
		switch want := min(12, max(5, id/20)); {
		case id < 5 && s.bred != 0, id >= 5 && s.bred < 5, s.bred < most, s.bred > want:
			t.Fatalf("after trial %d the population has %d members, after one before %d", id, s.bred, most)
		}
		most = max(most, s.bred)
	}
	if most != 12 {
		t.Errorf("the population grows to %d members, want 12", most)
	}
}

// A parent wins by its front, then by how lonely it is there, and by a coin where neither decides.
func TestNSGA2Tournament(t *testing.T) {
	s := &NSGA2{r: rand.New(rand.NewPCG(3, 4)), bred: 4, members: []member{
		{id: 0, front: 0, apart: 1}, {id: 1, front: 0, apart: math.Inf(1)}, {id: 2, front: 1, apart: math.Inf(1)},
		{id: 3, front: 1, apart: math.Inf(1)}}}
	const n = 16_000
	counts := make([]int, 4)
	for range n {
		counts[s.tournament().id]++
	}
	// Of 16 pairs 1 wins 7; 0 wins 5, all but those with 1; 2 and 3 win those of the two, half of them each.
	for id, want := range []float64{5. / 16, 7. / 16, 2. / 16, 2. / 16} {
		if got := float64(counts[id]) / n; math.Abs(got-want) > 4*math.Sqrt(want*(1-want)/n) {
			t.Errorf("member %d wins %.3f of the tournaments, want %.3f", id, got, want)
		}
	}
}

// Whoever asks is never told to wait, be the workers many more than the members.
func TestNSGA2NeverWaits(t *testing.T) {
	s := &NSGA2{Population: 4, Start: 4, Crossover: .5}
	r := rand.New(rand.NewPCG(5, 6))
	if err := s.Init(twoObjectives(), r); err != nil {
		t.Fatal(err)
	}
	var running []evolve.Proposal
	for id := 1; id <= 500; id++ {
		for len(running) < 30 {
			var p evolve.Proposal
			if !s.Ask(&p) {
				t.Fatalf("nothing is proposed after %d trials, with %d running", id-1, len(running))
			}
			running = append(running, p)
		}
		k := r.IntN(len(running))
		tellValues(t, s, running[k], id, r.Float64(), r.Float64())
		running = slices.Delete(running, k, k+1)
	}
	if s.bred != 4 || len(s.members) > 8 {
		t.Errorf("%d members of %d rooms, want 4 of at most 8", s.bred, len(s.members))
	}
}

// A search of a generation and more costs no memory but for what it remembers of proposals.
func TestNSGA2Allocations(t *testing.T) {
	s := &NSGA2{Population: 50, Start: 50}
	r := rand.New(rand.NewPCG(7, 8))
	if err := s.Init(twoObjectives(), r); err != nil {
		t.Fatal(err)
	}
	res, tr := evolve.Result{Others: make([]float64, 1)}, evolve.Trial{}
	generations := func() {
		for range 100 {
			tr.Proposal = evolve.Proposal{}
			s.Ask(&tr.Proposal)
			tr.ID++
			res.Loss, res.Others[0] = r.Float64(), r.Float64()
			if err := s.Tell(&tr, &res); err != nil {
				t.Fatal(err)
			}
		}
	}
	generations()
	generations()
	if n := testing.AllocsPerRun(20, generations); n > 2 {
		t.Errorf("%g allocations in two generations", n)
	}
}

// A child has one parent or, by the chance of crossover, two, and is one mutation away from what it has of them.
func TestNSGA2Parents(t *testing.T) {
	for crossover, want := range map[float64]int{0: 0, .5: 500, 1: 1000} {
		s := &NSGA2{Population: 8, Start: 8, Crossover: crossover}
		r := rand.New(rand.NewPCG(11, 12))
		if err := s.Init(twoObjectives(), r); err != nil {
			t.Fatal(err)
		}
		archs := map[int]evolve.Arch{}
		for id := 1; id <= 8; id++ {
			var p evolve.Proposal
			s.Ask(&p)
			archs[id] = p.Arch
			tellValues(t, s, p, id, r.Float64(), r.Float64())
		}
		crossed := 0
		for range 1000 {
			var p evolve.Proposal
			s.Ask(&p)
			a, b := archs[p.Parents[0]], archs[p.Parents[0]]
			if p.Parents[1] != 0 {
				crossed++
				b = archs[p.Parents[1]]
			}
			own := 0
			for i := range p.Arch {
				if p.Arch[i] != a[i] && p.Arch[i] != b[i] {
					own++
				}
			}
			if own > 1 || crossover == 0 && own == 0 {
				t.Fatalf("%s of %s and %s: %d decisions of its own", p.Arch, a, b, own)
			}
		}
		if math.Abs(float64(crossed-want)) > 4*math.Sqrt(1000*crossover*(1-crossover)) {
			t.Errorf("crossover=%g: %d of 1,000 children have two parents, want %d", crossover, crossed, want)
		}
	}
}
