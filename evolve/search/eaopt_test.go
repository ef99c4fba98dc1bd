package search

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/evolvetest"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// invented answers with a loss that belongs to the genome and a cost that does not follow it.
type invented struct{}

func (invented) loss(a evolve.Arch) float64 {
	return float64(evolve.Mix(1, uint64(space.NB201{}.Index(a)))>>11) / (1 << 53)
}

func (b invented) Evaluate(_ context.Context, t *evolve.Trial, r *evolve.Result) error {
	r.Loss, r.Cost = b.loss(t.Arch), float64(1+t.Seed%5)
	return nil
}

// watched looks on while a study drives EAOpt.
type watched struct {
	*EAOpt
	t       *testing.T
	asked   []evolve.Proposal // trial 1 first
	told    int
	waits   int // Ask had nothing while trials were running
	barrier int // trials that were proposed when this generation began
}

func (w *watched) Ask(p *evolve.Proposal) bool {
	if !w.EAOpt.Ask(p) {
		w.waits++
		return false
	}
	if w.told == len(w.asked) {
		w.barrier = w.told
	}
	for _, id := range p.Parents {
		if id > w.barrier {
			w.t.Errorf("trial %d descends from trial %d of its own generation", len(w.asked)+1, id)
		}
	}
	w.asked = append(w.asked, *p)
	return true
}

func (w *watched) Tell(t *evolve.Trial, r *evolve.Result) error {
	w.told++
	err := w.EAOpt.Tell(t, r)
	for _, in := range slices.Concat(w.islands[0].pop.Individuals, w.islands[0].young) {
		if a := in.Genome.(*genome).arch; in.Evaluated && in.Fitness != (invented{}).loss(a) {
			w.t.Fatalf("after trial %d: %s has the fitness %g, its own is %g", t.ID, a, in.Fitness, (invented{}).loss(a))
		}
	}
	return err
}

// watch runs EAOpt on nb201.
func watch(t *testing.T, e EAOpt, workers, trials int) *watched {
	t.Helper()
	w := &watched{EAOpt: &e, t: t}
	_, err := (&evolve.Study{Problem: evolve.Problem{Space: space.NB201{}}, Searcher: w, Pool: evolve.Simulate(invented{}, workers), Trials: trials, Seed: 1}).Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// No individual ever has a fitness that is not its genome's, and nobody descends from its
// own generation: with eight workers the search waits for a generation's last member. Who
// ends first says nothing, so that the proposals do not depend on the workers.
func TestEAOptGenerations(t *testing.T) {
	e := EAOpt{Population: 30, Contest: 3, CrossRate: .7, MutRate: .5}
	one, eight := watch(t, e, 1, 1000), watch(t, e, 8, 1000)
	if one.waits > 0 || eight.waits == 0 {
		t.Errorf("waited %d times with one worker, %d with eight; want none and some", one.waits, eight.waits)
	}
	if !slices.Equal(one.asked, eight.asked) {
		t.Error("eight workers change what is proposed")
	}
}

// Lineage: without crossover a child is one mutation away from its only parent; without
// mutation each of its operations is one of its two parents'.
func TestEAOptLineage(t *testing.T) {
	for _, c := range []struct {
		name        string
		cross, mut  float64
		descendants func(child, a, b evolve.Arch) bool
		parents     int
	}{
		{"mutation", 0, 1, func(child, a, _ evolve.Arch) bool {
			return slices.Contains(space.NB201{}.Neighbors(nil, a), child)
		}, 1},
		{"crossover", 1, 0, func(child, a, b evolve.Arch) bool {
			for i := range len(child) {
				if child[i] != a[i] && child[i] != b[i] {
					return false
				}
			}
			return true
		}, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := EAOpt{Population: 20, Contest: 2, CrossRate: c.cross, MutRate: c.mut}
			w := watch(t, e, 8, 400)
			for i, p := range w.asked[e.Population:] {
				parents := [2]evolve.Arch{}
				for k := range c.parents {
					if p.Parents[k] == 0 {
						t.Fatalf("child %d has parents %v, want %d", i+1, p.Parents, c.parents)
					}
					parents[k] = w.asked[p.Parents[k]-1].Arch
				}
				if c.parents == 1 && p.Parents[1] != 0 || !c.descendants(p.Arch, parents[0], parents[1]) {
					t.Fatalf("child %d, %s, cannot descend from %v, %v", i+1, p.Arch, p.Parents, parents)
				}
			}
		})
	}
}

// Crossover leaves the mate alone: eaopt would not evaluate it again.
func TestEAOptCrossoverLeavesTheMate(t *testing.T) {
	e := &EAOpt{Population: 2, Contest: 1, CrossRate: 1}
	if err := e.Init(evolve.Problem{Space: space.NB201{}}, evolve.Stream(1, "search")); err != nil {
		t.Fatal(err)
	}
	for range 100 {
		a, b := e.space.Sample(e.r), e.space.Sample(e.r)
		x, y := &genome{arch: a, id: 1, parents: [2]int{1}, e: e}, &genome{arch: b, id: 2, parents: [2]int{2}, e: e}
		x.Crossover(y, nil)
		if *y != (genome{arch: b, id: 2, parents: [2]int{2}, e: e}) {
			t.Fatalf("the mate %s became %+v", b, *y)
		}
		if x.parents != [2]int{1, 2} {
			t.Fatalf("parents %v, want [1 2]", x.parents)
		}
	}
}

// The incumbent is the study's affair: the best evaluated is lost from the population of a
// generational algorithm, and no end of the search depends on it.
func TestEAOptPopulationForgets(t *testing.T) {
	e := EAOpt{Population: 10, Contest: 1, CrossRate: 0, MutRate: 1}
	w := watch(t, e, 1, 300)
	best := 1.0
	for _, p := range w.asked {
		best = min(best, invented{}.loss(p.Arch))
	}
	for _, in := range w.islands[0].pop.Individuals {
		if in.Fitness == best {
			t.Fatalf("the best of 300 trials, %g, is still in the population: this seed shows nothing", best)
		}
	}
}

// A population in which nobody changes any more ends the search.
func TestEAOptIdle(t *testing.T) {
	e := &EAOpt{Population: 3, Contest: 1, MutRate: 1e-12}
	w := watch(t, *e, 1, 100)
	if len(w.asked) != e.Population {
		t.Errorf("%d proposals without any operator, want the first %d", len(w.asked), e.Population)
	}
}

// eaopt speaks math/rand; its numbers come from the study's stream and nowhere else.
func TestEAOptSource(t *testing.T) {
	a, b := rand.New(rand.NewPCG(1, 2)), rand.New(rand.NewPCG(1, 2))
	s := source{a}
	s.Seed(7)
	if got, want := fmt.Sprint(s.Uint64(), s.Int63()), fmt.Sprint(b.Uint64(), b.Uint64()>>1); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// followed is EAOpt whose populations are looked at after each generation.
type followed struct {
	*EAOpt
	look func(e *EAOpt) // when a generation was told and the next one bred
}

func (f *followed) Ask(p *evolve.Proposal) bool {
	past := f.past
	ok := f.EAOpt.Ask(p)
	if f.past != past {
		f.look(f.EAOpt)
	}
	return ok
}

// follow runs EAOpt on nb201 and looks after each generation.
func follow(t *testing.T, e EAOpt, workers, trials int, look func(e *EAOpt)) record {
	t.Helper()
	return climbOn(t, evolve.Problem{Space: space.NB201{}}, &followed{&e, look}, invented{}, workers, trials, 1)
}

// Who lives is what the model says, on one island and on three.
func TestEAOptModels(t *testing.T) {
	for _, islands := range []int{1, 3} {
		base := EAOpt{Population: 20, Contest: 3, CrossRate: .7, MutRate: .5, Islands: islands, Every: 1 << 30}
		for name, c := range map[string]struct {
			set   func(e *EAOpt)
			check func(before, after []float64) bool // of an island's fitness, place by place
			lasts bool                               // the best of an island never leaves
		}{
			"down-to-size": {func(e *EAOpt) {}, func(before, after []float64) bool {
				return slices.IsSorted(after) && after[19] <= slices.Max(before)
			}, true},
			"mutation-only": {func(e *EAOpt) { e.MutRate = 1 }, func(before, after []float64) bool {
				for i := range after {
					if after[i] > before[i] {
						return false
					}
				}
				return true
			}, true},
			"steady": {func(e *EAOpt) {}, func(before, after []float64) bool {
				changed := 0
				for i := range after {
					if after[i] != before[i] {
						changed++
					}
				}
				return changed <= 2
			}, true},
			"aging": {func(e *EAOpt) { e.MutRate, e.Offspring = 1, 4 }, func(before, after []float64) bool {
				changed := 0
				for i := range after {
					if after[i] != before[i] {
						changed++
					}
				}
				return changed <= 4
			}, false},
		} {
			t.Run(fmt.Sprintf("%s/islands=%d", name, islands), func(t *testing.T) {
				e := base
				e.Model = name
				c.set(&e)
				var before [][]float64
				generations := 0
				look := func(e *EAOpt) {
					generations++
					var now [][]float64
					for _, is := range e.islands {
						var all []float64
						for _, in := range is.pop.Individuals {
							if a := in.Genome.(*genome).arch; in.Evaluated && in.Fitness != (invented{}).loss(a) {
								t.Fatalf("%s has the fitness %g, its own is %g", a, in.Fitness, (invented{}).loss(a))
							}
							all = append(all, in.Fitness)
						}
						now = append(now, all)
					}
					for k := range now {
						if generations > 2 && !c.check(before[k], now[k]) || generations > 1 && c.lasts && slices.Min(now[k]) > slices.Min(before[k]) {
							t.Fatalf("generation %d: %v after %v", generations, now[k], before[k])
						}
					}
					before = now
				}
				one := follow(t, e, 1, 600, look)
				if generations < 5 {
					t.Errorf("%d generations", generations)
				}
				before, generations = nil, 0
				eight := follow(t, e, 8, 600, look)
				for _, o := range one {
					if o.Trial.Proposal != byID(eight, o.ID).Trial.Proposal {
						t.Fatalf("trial %d with eight workers is %+v, with one %+v", o.ID, byID(eight, o.ID).Trial, o.Trial)
					}
				}
			})
		}
	}
}

// Under aging with one offspring alive are the last that were told, as in Algorithm 1.
func TestEAOptAgingForgets(t *testing.T) {
	e := EAOpt{Population: 10, Contest: 3, MutRate: 1, Model: "aging"}
	follow(t, e, 1, 100, func(e *EAOpt) {
		var ids []int
		for _, in := range e.islands[0].pop.Individuals {
			ids = append(ids, in.Genome.(*genome).id)
		}
		slices.Sort(ids)
		for i := range ids {
			if ids[i] != ids[0]+i {
				t.Fatalf("alive are trials %v, want ten in a row", ids)
			}
		}
	})
}

// Islands share nobody's descendants until they migrate, and then they do.
func TestEAOptIslands(t *testing.T) {
	for _, every := range []int{1 << 30, 3} {
		e := EAOpt{Population: 10, Contest: 3, CrossRate: .7, MutRate: .5, Islands: 4, Every: every, Migrants: 2}
		island := map[int]int{} // of a trial
		mixed := 0
		for _, o := range follow(t, e, 1, 1000, func(*EAOpt) {}) {
			island[o.ID] = o.Tag / 10
			for _, p := range o.Parents {
				if p != 0 && island[p] != island[o.ID] {
					mixed++
				}
			}
		}
		if (mixed > 0) != (every == 3) {
			t.Errorf("migrating every %d generations: %d have a parent of another island", every, mixed)
		}
	}
}

// The options that have no effect on a model are refused with it, and a space without crossover has models without.
func TestEAOptModelOptions(t *testing.T) {
	for text, want := range map[string]error{
		"eaopt,model=mutation-only":                 nil,
		"eaopt,model=mutation-only,sample=2":        evolve.ErrUnsupported,
		"eaopt,model=mutation-only,crossover=0.5":   evolve.ErrUnsupported,
		"eaopt,model=aging,mutate=0.5":              evolve.ErrUnsupported,
		"eaopt,model=aging,offspring=8,sample=10":   nil,
		"eaopt,model=aging,offspring=51":            evolve.ErrInvalid,
		"eaopt,offspring=8":                         evolve.ErrUnsupported,
		"eaopt,model=down-to-size,offspring=120":    nil,
		"eaopt,model=down-to-size,strict=no":        evolve.ErrUnsupported,
		"eaopt,migrate=3":                           evolve.ErrUnsupported,
		"eaopt,islands=3,migrate=3,migrants=2":      nil,
		"eaopt,islands=3,population=10,migrants=10": evolve.ErrInvalid,
		"eaopt,model=steady,crossover=0,mutate=0":   evolve.ErrInvalid,
		"eaopt,model=ring":                          evolve.ErrUnknown,
	} {
		if _, err := evolvetest.TryOpen(evolve.Searchers, text); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", text, err, want)
		}
	}
}
