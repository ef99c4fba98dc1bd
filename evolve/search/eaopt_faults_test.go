package search_test

import (
	"math/rand"
	"sync"
	"testing"

	"github.com/MaxHalford/eaopt"
)

// The faults of eaopt v0.4.2 that EAOpt is built around. A test that fails here says that
// an upgrade mended one: read the notes of EAOpt again.

// number is a genome whose fitness is its value.
type number struct {
	v    float64
	both bool // crossover changes the mate too, as eaopt's own operators do
}

func (n *number) Evaluate() (float64, error) { return n.v, nil }
func (n *number) Mutate(r *rand.Rand)        { n.v += r.NormFloat64() }
func (n *number) Clone() eaopt.Genome        { c := *n; return &c }
func (n *number) Crossover(g eaopt.Genome, r *rand.Rand) {
	m := g.(*number)
	mean := (n.v + m.v) / 2
	if n.both {
		m.v = mean
	}
	n.v = mean
}

// individuals are evaluated ones of these values.
func individuals(t *testing.T, r *rand.Rand, values ...float64) eaopt.Individuals {
	t.Helper()
	var in eaopt.Individuals
	for _, v := range values {
		in = append(in, eaopt.NewIndividual(&number{v: v, both: true}, r))
	}
	if err := in.Evaluate(false); err != nil {
		t.Fatal(err)
	}
	return in
}

// stale counts the individuals whose fitness is not their genome's.
func stale(in eaopt.Individuals) (n int) {
	for _, x := range in {
		if x.Fitness != x.Genome.(*number).v {
			n++
		}
	}
	return n
}

func minimize(t *testing.T, m eaopt.Model, seed int64, both bool) *eaopt.GA {
	t.Helper()
	c := eaopt.NewDefaultGAConfig()
	c.NPops, c.PopSize, c.NGenerations, c.Model, c.RNG = 1, 50, 3, m, rand.New(rand.NewSource(seed))
	ga, err := c.NewGA()
	if err != nil {
		t.Fatal(err)
	}
	if err := ga.Minimize(func(r *rand.Rand) eaopt.Genome { return &number{r.Float64(), both} }); err != nil {
		t.Fatal(err)
	}
	return ga
}

// Individual.Crossover takes the mate by value and marks a copy as unevaluated.
func TestEaoptFaultStaleMate(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	in := individuals(t, r, 1, 2)
	in[0].Crossover(in[1], r)
	if in[0].Evaluated || !in[1].Evaluated || stale(in[1:]) != 1 {
		t.Errorf("mended: after a crossover that changed both, receiver evaluated %t, mate evaluated %t", in[0].Evaluated, in[1].Evaluated)
	}
	sel := eaopt.SelTournament{NContestants: 3}
	for name, c := range map[string]struct {
		m     eaopt.Model
		both  bool
		stale bool
	}{
		"generational, both change":          {eaopt.ModGenerational{Selector: sel, CrossRate: 1}, true, true},
		"generational, the receiver alone":   {eaopt.ModGenerational{Selector: sel, CrossRate: 1, MutRate: .2}, false, false},
		"ring, both change":                  {eaopt.ModRing{Selector: eaopt.SelElitism{}}, true, true},
		"ring with mutation, receiver alone": {eaopt.ModRing{Selector: eaopt.SelElitism{}, MutRate: .5}, false, true},
	} {
		if n := stale(minimize(t, c.m, 3, c.both).Populations[0].Individuals); (n > 0) != c.stale {
			t.Errorf("%s: %d of 50 have a fitness that is not their genome's, expected some: %t", name, n, c.stale)
		}
	}
}

// SelTournament reports index 0 when the first contestant it drew wins.
func TestEaoptFaultTournamentIndex(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	in := individuals(t, r, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
	wrong, zero := 0, 0
	const draws = 1000
	for range draws {
		winners, at, err := eaopt.SelTournament{NContestants: 4}.Apply(1, in, r)
		if err != nil {
			t.Fatal(err)
		}
		if in[at[0]].Fitness != winners[0].Fitness {
			wrong++
			if at[0] == 0 {
				zero++
			}
		}
	}
	// Its reservoir sampling puts low indexes first, and 0 is often right.
	if wrong == 0 || zero != wrong {
		t.Errorf("mended: the index is not the winner's in %d of %d draws, in %d it is 0", wrong, draws, zero)
	}
}

// The hall of fame sees what survives a generation, not what was evaluated in it.
func TestEaoptFaultHallOfFame(t *testing.T) {
	m := &passing{}
	if ga := minimize(t, m, 1, false); ga.HallOfFame[0].Fitness <= -1 || m.applied != 3 {
		t.Errorf("mended: the hall of fame has %g, evaluated within a generation and dropped", ga.HallOfFame[0].Fitness)
	}
}

// passing evaluates an excellent individual and drops it.
type passing struct {
	mu      sync.Mutex
	applied int
	rngs    map[*rand.Rand]bool
}

func (m *passing) Validate() error { return nil }

func (m *passing) Apply(p *eaopt.Population) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.applied++
	if m.rngs == nil {
		m.rngs = map[*rand.Rand]bool{}
	}
	m.rngs[p.RNG] = true
	in := eaopt.NewIndividual(&number{v: -1}, p.RNG)
	return in.Evaluate()
}

// Islands share one model value and call it from a goroutine each: state in it races.
func TestEaoptFaultSharedModel(t *testing.T) {
	m := &passing{}
	c := eaopt.NewDefaultGAConfig()
	c.NPops, c.PopSize, c.NGenerations, c.Model, c.RNG = 4, 10, 1, m, rand.New(rand.NewSource(1))
	ga, err := c.NewGA()
	if err != nil {
		t.Fatal(err)
	}
	if err := ga.Minimize(func(r *rand.Rand) eaopt.Genome { return &number{v: r.Float64()} }); err != nil {
		t.Fatal(err)
	}
	if m.applied != 4 || len(m.rngs) != 4 {
		t.Errorf("mended? one model was applied %d times to %d populations, expected 4 and 4", m.applied, len(m.rngs))
	}
}

// MigRing is a chain: the last population gives the first nothing.
func TestEaoptFaultMigRing(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	var pops eaopt.Populations
	for i := range 3 {
		pops = append(pops, eaopt.Population{Individuals: individuals(t, r, float64(i), float64(i)), RNG: r})
	}
	eaopt.MigRing{NMigrants: 1}.Apply(pops[:2], r)
	if in := pops[0].Individuals; in[0].Fitness+in[1].Fitness != 1 {
		t.Errorf("two populations exchange one member: the first has %g and %g", in[0].Fitness, in[1].Fitness)
	}
	last := 0
	for range 200 {
		for i := range pops {
			pops[i].Individuals = individuals(t, r, float64(i), float64(i))
		}
		eaopt.MigRing{NMigrants: 1}.Apply(pops, r)
		for _, in := range pops[0].Individuals {
			if in.Fitness == 2 {
				last++
			}
		}
	}
	if last > 0 {
		t.Errorf("mended: a member of the last of three populations reaches the first in %d of 200 migrations", last)
	}
}
