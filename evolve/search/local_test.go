package search_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/evolvetest"
	"github.com/amoeba-nas/amoeba/evolve/search"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/surrogate"
)

// climbs cuts a run into climbs. Draws have no parents: a climb begins with the first of them.
func climbs(r tape) (all []tape) {
	climbing := true
	for _, o := range r {
		if o.Parents[0] == 0 && climbing {
			all = append(all, nil)
		}
		climbing = o.Parents[0] != 0
		last := len(all) - 1
		all[last] = append(all[last], o)
	}
	return all
}

// lowest is the first of the lowest loss.
func (r tape) lowest() evolve.Outcome {
	return slices.MinFunc(r, func(a, b evolve.Outcome) int {
		if a.Loss != b.Loss {
			return int(math.Copysign(1, a.Loss-b.Loss))
		}
		return a.ID - b.ID
	})
}

// Where every decision counts for itself a climb ends at the best of the space. On a string of n bits a climb from one
// with d wrong bits makes d moves and looks at most at n neighbours for each, and at n of the last.
func TestLocalOnBits(t *testing.T) {
	const n = 20
	b := &surrogate.Bits{Length: n, Cost: 1}
	for _, best := range []bool{false, true} {
		s := &search.Local{Best: best, Draws: 1, Repeat: "charge"}
		found := 0
		for i, c := range climbs(run(t, b.Problem(), s, b, 1, 5000, 1)) {
			if c.lowest().Loss > 0 {
				continue // the bound of trials cut the last climb
			}
			found++
			d := int(math.Round(c[0].Loss * n))
			moves := map[int]bool{}
			for _, o := range c[1:] {
				moves[o.Parents[0]] = true
			}
			looks := len(c) - 1
			if best && looks != (d+1)*n || !best && looks > (d+1)*n {
				t.Errorf("best=%v climb %d: %d neighbours for %d wrong bits", best, i+1, looks, d)
			}
			// Neighbours were visited of the start, and of where each of d moves led.
			if len(moves) != d+1 {
				t.Errorf("best=%v climb %d: stood at %d places for %d wrong bits", best, i+1, len(moves), d)
			}
		}
		if found < 10 {
			t.Errorf("best=%v: %d climbs ended at the best", best, found)
		}
	}
}

// basins computes exactly where climbs on NAS-Bench-201 end, from a uniform draw: the chance of every local optimum.
// Moving to the first improvement goes to each better neighbour with the same chance, as their order is random;
// moving to the best goes to one of the equally best, the first in that order.
func basins(loss []float64, best bool) []float64 {
	s := space.NB201{}
	order := make([]int, len(loss)) // the worst first, so that all of a cell's chance is there when it passes it on
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return int(math.Copysign(1, loss[b]-loss[a])) })
	chance := make([]float64, len(loss))
	for i := range chance {
		chance[i] = 1 / float64(len(loss))
	}
	for _, i := range order {
		var to []int
		for _, a := range s.Neighbors(nil, s.At(i)) {
			j := s.Index(a)
			switch {
			case loss[j] >= loss[i]:
			case !best || to == nil || loss[j] == loss[to[0]]:
				to = append(to, j)
			case loss[j] < loss[to[0]]:
				to = append(to[:0], j)
			}
		}
		for _, j := range to {
			chance[j] += chance[i] / float64(len(to))
		}
		if to != nil {
			chance[i] = 0
		}
	}
	return chance
}

// Climbs on the embedded surrogate of NAS-Bench-201 end where exact enumeration of its 15,625 cells and 24 neighbours
// each says that they do, and how often it says. No step looks at more than the 24.
func TestLocalEndsInBasins(t *testing.T) {
	b := evolvetest.Open(t, evolve.Benchmarks, "nb201:cifar10,source=surrogate")
	s := space.NB201{}
	loss := make([]float64, s.Size())
	for i := range loss {
		var r evolve.Result
		if err := b.Evaluate(context.Background(), &evolve.Trial{Proposal: evolve.Proposal{Arch: s.At(i)}}, &r); err != nil {
			t.Fatal(err)
		}
		loss[i] = r.Loss
	}
	for _, c := range []struct {
		name   string
		best   bool
		optima int // with a chance above 0, a number of the surrogate as it is embedded
	}{{"first", false, 54}, {"best", true, 54}} {
		t.Run(c.name, func(t *testing.T) {
			chance := basins(loss, c.best)
			var ends []int // local optima, the likeliest first
			for i, p := range chance {
				if p > 0 {
					ends = append(ends, i)
				}
			}
			slices.SortFunc(ends, func(a, b int) int { return int(math.Copysign(1, chance[b]-chance[a])) })
			if len(ends) != c.optima {
				t.Errorf("%d local optima, want %d", len(ends), c.optima)
			}
			counts := make([]int, len(ends))
			all := climbs(run(t, b.Problem(), &search.Local{Best: c.best, Draws: 1, Repeat: "charge"}, b, 1, 200_000, 1))
			for _, climb := range all[:len(all)-1] {
				looks := map[int]int{}
				for _, o := range climb[1:] {
					looks[o.Parents[0]]++
				}
				for id, n := range looks {
					if n > 24 {
						t.Fatalf("%d neighbours of trial %d", n, id)
					}
				}
				end := slices.Index(ends, s.Index(climb.lowest().Arch))
				if end < 0 {
					t.Fatalf("a climb ends at %s, which is no local optimum", climb.lowest().Arch)
				}
				counts[end]++
			}
			likely := make([]float64, len(ends))
			for i, e := range ends {
				likely[i] = chance[e]
			}
			chiSquare(t, "ends of climbs", counts, likely)
		})
	}
}

// Ten draws begin a climb and the best of them is where it starts; nothing is evaluated twice; with minimum=continue
// nothing else is ever drawn, and the search goes on until the space is used up.
func TestLocalDraws(t *testing.T) {
	b := &invented{space: space.NB201{}}
	all := climbs(b.study(t, &search.Local{Draws: 10, Repeat: "skip"}, 1, 2000, 1))
	if len(all) < 5 {
		t.Fatalf("%d climbs in 2,000 trials", len(all))
	}
	for i, c := range all[:len(all)-1] {
		if at := slices.IndexFunc(c, func(o evolve.Outcome) bool { return o.Parents[0] != 0 }); at != 10 {
			t.Errorf("climb %d begins with %d draws", i+1, at)
		} else if from := c[:10].lowest().ID; c[10].Parents[0] != from {
			t.Errorf("climb %d starts from trial %d, want %d", i+1, c[10].Parents[0], from)
		}
	}
	onward := b.study(t, &search.Local{Draws: 10, Continue: true, Repeat: "skip"}, 1, space.NB201Size, 1)
	if n := len(climbs(onward)); n != 1 || onward.distinct() != space.NB201Size {
		t.Errorf("%d climbs, %d cells: want one climb over all cells", n, onward.distinct())
	}
}

// Where a climb ends the search goes on from the best architecture that has neighbours not visited yet.
func TestLocalContinues(t *testing.T) {
	r := (&invented{space: space.NB201{}}).study(t, &search.Local{Draws: 3, Continue: true, Repeat: "skip"}, 1, 600, 2)
	visited := map[evolve.Arch]bool{}
	loss := map[int]float64{}
	open := func(a evolve.Arch) bool {
		return slices.ContainsFunc(space.NB201{}.Neighbors(nil, a), func(n evolve.Arch) bool { return !visited[n] })
	}
	resumed, from := 0, 0
	for i, o := range r {
		if p := o.Parents[0]; p != 0 && p != from {
			if from != 0 && loss[p] > loss[from] { // no improvement led there
				resumed++
				for _, x := range r[:i] {
					if x.Loss < loss[p] && open(x.Arch) {
						t.Fatalf("trial %d goes on from trial %d, though trial %d is better", o.ID, p, x.ID)
					}
				}
			}
			from = p
		}
		visited[o.Arch], loss[o.ID] = true, o.Loss
	}
	if resumed < 5 {
		t.Errorf("went on %d times", resumed)
	}
}

// Where all draws failed there is nowhere to climb from: it draws again, and climbs from the first that did not fail.
func TestLocalDrawsAgain(t *testing.T) {
	s := &search.Local{Draws: 3, Repeat: "skip"}
	begin(t, s, space.NB201{}, 1)
	for id := 1; id <= 9; id++ {
		p, loss := ask(t, s), math.Inf(1)
		if p.Parents[0] != 0 {
			t.Fatalf("trial %d is a neighbour of trial %d, where all failed", id, p.Parents[0])
		}
		if id == 8 {
			loss = .5
		}
		told(t, s, p, id, loss)
	}
	if p := ask(t, s); p.Parents[0] != 8 {
		t.Errorf("trial 10 is a neighbour of trial %d, want 8, which alone did not fail", p.Parents[0])
	}
}

func TestLocalRefusals(t *testing.T) {
	for _, s := range []*search.Local{{}, {Draws: 1, Continue: true}, {Draws: 1, Continue: true, Repeat: "cache"}, {Draws: 1, Repeat: "never"}} {
		if err := s.Init(evolve.Problem{Space: space.NB201{}}, evolve.Stream(1, "search")); !isRefusal(err) {
			t.Errorf("%+v: %v", s, err)
		}
	}
	if err := (&search.Local{Draws: 1}).Init(evolve.Problem{Space: bare{}}, nil); !isUnsupported(err) {
		t.Errorf("%v", err)
	}
}
