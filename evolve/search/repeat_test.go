package search_test

import (
	"math"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/search"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"gonum.org/v1/gonum/stat"
)

// What an architecture that was seen before costs: all of it again, nothing, or it is not
// proposed.
func TestRepeat(t *testing.T) {
	const trials = 1500
	for _, c := range []struct {
		repeat   string
		repeats  bool // an architecture may be proposed again
		reckoned bool // and is then evaluated again
	}{{"charge", true, true}, {"cache", true, false}, {"skip", false, true}} {
		t.Run(c.repeat, func(t *testing.T) {
			b := &invented{space: space.NB201{}, calls: map[evolve.Arch]int{}}
			r := b.study(t, &search.RegEvo{Population: 20, Sample: 10, Repeat: c.repeat}, 1, trials, 1)
			if len(r) != trials {
				t.Fatalf("%d trials count, want %d", len(r), trials)
			}
			if d := r.distinct(); (d < trials) != c.repeats || len(b.calls) != d {
				t.Errorf("%d different architectures in %d trials, %d evaluated", d, trials, len(b.calls))
			}
			first := map[evolve.Arch]evolve.Outcome{}
			clock := 0.0
			for _, o := range r {
				clock += o.Cost
				was, again := first[o.Arch]
				if !again {
					first[o.Arch] = o
				}
				if free := again && !c.reckoned; (o.Cost == 0) != free || again && o.Loss != was.Loss || o.End != clock {
					t.Fatalf("trial %d of %s: cost %g, loss %g, end %g; seen before %t", o.ID, o.Arch, o.Cost, o.Loss, o.End, again)
				}
			}
			for a, n := range b.calls {
				if n > 1 && !(c.repeats && c.reckoned) {
					t.Errorf("%s was evaluated %d times", a, n)
				}
			}
		})
	}
}

// Who may not repeat proposes every one of the 15,625 cells once and is then done, with one
// worker and with eight; what is bred says truly from whom.
func TestSpaceIsUsedUp(t *testing.T) {
	for _, c := range []struct {
		name    string
		s       evolve.Searcher
		workers int
	}{
		{"random", &search.Random{NoRepeats: true}, 8},
		{"regevo", &search.RegEvo{Population: 50, Sample: 10, Repeat: "skip"}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := &invented{space: space.NB201{}}
			r := b.study(t, c.s, c.workers, space.NB201Size+1000, 1)
			if len(r) != space.NB201Size || r.distinct() != space.NB201Size {
				t.Fatalf("%d trials of %d architectures, want %d of each", len(r), r.distinct(), space.NB201Size)
			}
			bred := 0
			for _, o := range r {
				if p := o.Parents[0]; p != 0 {
					bred++
					if !isChild(r[p-1].Arch, o.Arch) {
						t.Fatalf("trial %d, %s, is no child of trial %d, %s", o.ID, o.Arch, p, r[p-1].Arch)
					}
				}
			}
			if _, evolves := c.s.(*search.RegEvo); evolves != (bred > 0) {
				t.Errorf("%d trials are bred", bred)
			}
		})
	}
}

// A space that cannot be counted is used up when sampling finds nothing more.
func TestSmallSpaceIsUsedUp(t *testing.T) {
	b := &invented{space: bare{}}
	if r := b.study(t, &search.Random{NoRepeats: true}, 2, 100, 1); len(r) != 3 || r.distinct() != 3 {
		t.Errorf("%d trials, want all 3", len(r))
	}
}

// The best of n different ones out of N has an expected rank of (N+1)/(n+1): 154.7 for 100
// of 15,625. Ranks are those of the official index, which sampling knows nothing about.
func TestRandomRank(t *testing.T) {
	const n, runs = 100, 400
	var ranks []float64
	for seed := range uint64(runs) {
		s := &search.Random{NoRepeats: true}
		begin(t, s, space.NB201{}, seed)
		best := space.NB201Size
		for range n {
			best = min(best, 1+space.NB201{}.Index(ask(t, s).Arch))
		}
		ranks = append(ranks, float64(best))
	}
	want := float64(space.NB201Size+1) / (n + 1)
	// The rank is nearly exponential: its deviation is its mean.
	if got := stat.Mean(ranks, nil); math.Abs(got-want) > 3.5*want/math.Sqrt(runs) {
		t.Errorf("the best of %d has rank %.1f on average, want %.1f", n, got, want)
	}
}
