package search_test

import (
	"math"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/search"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"gonum.org/v1/gonum/stat"
)

// What an architecture that was seen before costs: all of it again, nothing, or it is not proposed. That is the same in
// every searcher. With same=network it is so of every genome of one network.
func TestRepeat(t *testing.T) {
	const trials = 1500
	for _, c := range []struct {
		repeat   string
		repeats  bool // an architecture may be proposed again
		reckoned bool // and is then evaluated again
	}{{"", true, true}, {"charge", true, true}, {"cache", true, false}, {"skip", false, true}} {
		for _, same := range []string{"", "genome", "network"} {
			for name, s := range map[string]evolve.Searcher{
				"random": &search.Random{Repeat: c.repeat, Same: same},
				"regevo": &search.RegEvo{Population: 20, Sample: 10, Repeat: c.repeat, Same: same},
				"eaopt": &search.EAOpt{Population: 20, Contest: 3, CrossRate: .7, MutRate: .5, Repeat: c.repeat,
					Same: same},
				"eaopt, crossover alone": &search.EAOpt{Population: 20, Contest: 3, CrossRate: 1, Repeat: c.repeat,
					Same: same},
			} {
				t.Run(name+"/"+c.repeat+"/"+same, func(t *testing.T) {
					b := &invented{space: space.NB201{}, calls: map[evolve.Arch]int{}}
					paid := 0
					first := map[evolve.Arch]evolve.Outcome{}
					r := b.study(t, s, 1, trials, 1)
					if len(r) != trials {
						t.Fatalf("%d trials count, want %d", len(r), trials)
					}
					for _, o := range r {
						id := o.Arch
						if same == "network" {
							id, _ = space.NB201{}.Canon(id)
						}
						was, again := first[id]
						if !again {
							first[id] = o
						}
						free := again && !c.reckoned
						if !free {
							paid++
						}
						if (o.Cost == 0) != free || free && o.Loss != was.Loss {
							t.Fatalf("trial %d, %s: cost %g, loss %g; seen before %t", o.ID, o.Arch, o.Cost, o.Loss, again)
						}
					}
					if (len(first) < trials) != c.repeats {
						t.Errorf("%d different ones in %d trials", len(first), trials)
					}
					calls := 0
					for _, n := range b.calls {
						calls += n
					}
					if calls != paid {
						t.Errorf("%d evaluations, want %d", calls, paid)
					}
				})
			}
		}
	}
}

// Architectures that mean one network are proposed once with same=network, until there is no other network.
func TestNetworksAreUsedUp(t *testing.T) {
	networks := map[evolve.Arch]bool{}
	s := space.NB201{}
	for i := range s.Size() {
		a, err := s.Canon(s.At(i))
		if err != nil {
			t.Fatal(err)
		}
		networks[a] = true
	}
	b := &invented{space: s}
	for name, searcher := range map[string]evolve.Searcher{
		"random": &search.Random{Repeat: "skip", Same: "network"},
		"regevo": &search.RegEvo{Population: 50, Sample: 10, Repeat: "skip", Same: "network"},
	} {
		r := b.study(t, searcher, 4, space.NB201Size, 1)
		for _, o := range r {
			a, _ := s.Canon(o.Arch)
			delete(networks, a)
		}
		if name == "random" && len(networks) > 0 {
			t.Errorf("%s: %d networks were not proposed", name, len(networks))
		}
		if len(r) >= space.NB201Size || len(r) != r.distinct() {
			t.Errorf("%s: %d trials of %d genomes", name, len(r), r.distinct())
		}
	}
}

// Pick draws what may be drawn again, and pays for it or not.
func TestPickRepeats(t *testing.T) {
	p := proxies(space.NB201{})
	for repeat, want := range map[string][2]int{"charge": {7000, 7000}, "cache": {7000, -1}, "skip": {7000, 7000}} {
		r := run(t, p, &search.Pick{By: "number", Drawn: 7000, Repeat: repeat}, &invented{space: space.NB201{}}, 1, 8000, 1)
		paid := 0
		for _, o := range r {
			if o.Cost > 0 {
				paid++
			}
		}
		if want[1] < 0 {
			want[1] = r.distinct()
		}
		if (r.distinct() == len(r)) != (repeat == "skip") || len(r) != want[0] || paid != want[1] {
			t.Errorf("%s: %d trials of %d architectures, %d paid", repeat, len(r), r.distinct(), paid)
		}
	}
	networks := picked(t, &search.Pick{By: "number", Repeat: "skip", Same: "network"}, p, 1)
	seen := map[evolve.Arch]bool{}
	for _, a := range networks {
		c, _ := space.NB201{}.Canon(a)
		if seen[c] {
			t.Fatalf("%s is proposed as another network's genome was", a)
		}
		seen[c] = true
	}
	if len(networks) >= space.NB201Size {
		t.Errorf("%d networks", len(networks))
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
		{"random", &search.Random{Repeat: "skip"}, 8},
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
	if r := b.study(t, &search.Random{Repeat: "skip"}, 2, 100, 1); len(r) != 3 || r.distinct() != 3 {
		t.Errorf("%d trials, want all 3", len(r))
	}
}

// The best of n different ones out of N has an expected rank of (N+1)/(n+1): 154.7 for 100
// of 15,625. Ranks are those of the official index, which sampling knows nothing about.
func TestRandomRank(t *testing.T) {
	const n, runs = 100, 400
	var ranks []float64
	for seed := range uint64(runs) {
		s := &search.Random{Repeat: "skip"}
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

// Of n draws from N architectures one at least is among the k best with the chance 1 - C(N-k, n)/C(N, n) without
// repeats and 1 - (1 - k/N)ⁿ with them: 0.4020 and 0.3777.
func TestRandomFindsOneOfTheBest(t *testing.T) {
	const all, best, n, runs = 128, 3, 20, 20_000
	for repeat, want := range map[string]float64{
		"skip":   1 - choose(all-best, n)/choose(all, n),
		"charge": 1 - math.Pow(1-float64(best)/all, n),
	} {
		found := 0
		s := &search.Random{Repeat: repeat}
		for seed := range uint64(runs) {
			begin(t, s, space.Bits{Length: 7}, seed)
			for range n {
				if a := ask(t, s).Arch; a == "0000000" || a == "0000001" || a == "0000010" {
					found++
					break
				}
			}
		}
		// Four standard deviations are less than the two chances are apart.
		if got := float64(found) / runs; math.Abs(got-want) > 4*math.Sqrt(want*(1-want)/runs) {
			t.Errorf("repeat=%s: found in %.4f of the runs, want %.4f", repeat, got, want)
		}
	}
}
