package search_test

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/evolvetest"
	"github.com/amoeba-nas/amoeba/evolve/search"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// filled starts a searcher and tells its first generation these losses, trials 1, 2, ….
func filled(t *testing.T, e *search.RegEvo, losses []float64, seed uint64) {
	t.Helper()
	begin(t, e, space.NB201{}, seed)
	var first []evolve.Proposal
	for range losses {
		first = append(first, ask(t, e))
	}
	if e.Ask(new(evolve.Proposal)) {
		t.Fatal("a child before the first generation is known")
	}
	for i, p := range first {
		told(t, e, p, i+1, losses[i])
	}
}

// losses are n different ones, best first.
func losses(n int) []float64 {
	l := make([]float64, n)
	for i := range l {
		l[i] = float64(i) / float64(n)
	}
	return l
}

// choose is the binomial coefficient.
func choose(n, k int) float64 {
	c := 1.0
	for i := range k {
		c *= float64(n-i) / float64(k-i)
	}
	return c
}

// The winner's rank k among P, 0 the best, when S are drawn: with replacement
// P(rank ≥ k) = ((P-k)/P)^S, without C(P-k, S)/C(P, S). So the best of 100 wins a
// tournament of 25 with chance 0.2222 and 0.25.
func TestTournamentPressure(t *testing.T) {
	draws := 200_000
	if testing.Short() {
		draws = 50_000
	}
	for _, c := range []struct {
		p, s     int
		distinct bool
		best     float64 // chance that the best wins
	}{
		{100, 25, false, .2222}, {50, 10, false, .1829}, {10, 3, false, .2710}, {7, 40, false, .9979}, {5, 1, false, .2}, {1, 4, false, 1},
		{100, 25, true, .25}, {50, 10, true, .2}, {10, 3, true, .3}, {10, 10, true, 1}, {5, 1, true, .2},
	} {
		name := fmt.Sprintf("P=%d/S=%d/distinct=%t", c.p, c.s, c.distinct)
		t.Run(name, func(t *testing.T) {
			atLeast := func(k int) float64 {
				if c.distinct {
					return choose(c.p-k, c.s) / choose(c.p, c.s)
				}
				return math.Pow(float64(c.p-k)/float64(c.p), float64(c.s))
			}
			chance := make([]float64, c.p)
			for k := range chance {
				chance[k] = atLeast(k) - atLeast(k+1)
			}
			if math.Abs(chance[0]-c.best) > 5e-5 {
				t.Fatalf("the formula gives the best %.4f, want %.4f", chance[0], c.best)
			}
			e := &search.RegEvo{Population: c.p, Sample: c.s, Distinct: c.distinct}
			filled(t, e, losses(c.p), 1)
			counts := make([]int, c.p)
			for range draws {
				counts[ask(t, e).Parents[0]-1]++
			}
			chiSquare(t, "rank of the winner", counts, chance)
		})
	}
}

// alive are the members that can be parents, of a tournament of one.
func alive(t *testing.T, e *search.RegEvo) []int {
	seen := map[int]bool{}
	for range 60 * e.Population {
		seen[ask(t, e).Parents[0]] = true
	}
	ids := make([]int, 0, len(seen))
	for id := range seen {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// Under kill=oldest a member dies after exactly P further tells: alive are the last P told.
func TestOldestDies(t *testing.T) {
	const p = 7
	e := &search.RegEvo{Population: p, Sample: 1, Kill: "oldest"}
	filled(t, e, losses(p), 2)
	for id := p + 1; id < 4*p; id++ {
		told(t, e, ask(t, e), id, 1/float64(id))
		want := make([]int, p)
		for i := range want {
			want[i] = id - p + 1 + i
		}
		if got := alive(t, e); !slices.Equal(got, want) {
			t.Fatalf("after trial %d alive are %v, want %v", id, got, want)
		}
	}
}

// Of equally bad ones kill=worst drops the oldest; a child that is worse than all never joins.
func TestWorstDies(t *testing.T) {
	e := &search.RegEvo{Population: 3, Sample: 1, Kill: "worst"}
	filled(t, e, []float64{.5, .5, .2}, 3)
	for _, c := range []struct {
		id   int
		loss float64
		want []int
	}{
		{4, .5, []int{2, 3, 4}},
		{5, .9, []int{2, 3, 4}},
		{6, .1, []int{3, 4, 6}},
		{7, math.Inf(1), []int{3, 4, 6}},
		{8, .15, []int{3, 6, 8}},
	} {
		told(t, e, ask(t, e), c.id, c.loss)
		if got := alive(t, e); !slices.Equal(got, c.want) {
			t.Errorf("after trial %d of loss %g alive are %v, want %v", c.id, c.loss, got, c.want)
		}
	}
}

// One architecture was lucky once. When all of the population compete without replacement
// the parent is the best alive, so that it shows how long luck is remembered: P tells under
// kill=oldest, for ever under kill=worst, P+1 on average under kill=random (a child takes
// the place of one of P+1, itself among them).
func TestLuckIsForgotten(t *testing.T) {
	const p, limit = 10, 500
	remembered := func(kill string, seed uint64) int {
		e := &search.RegEvo{Population: p, Sample: p, Distinct: true, Kill: kill}
		l := make([]float64, p)
		for i := range l {
			l[i] = .5
		}
		l[p-1] = 0 // the last told
		filled(t, e, l, seed)
		for n := range limit {
			c := ask(t, e)
			if c.Parents[0] != p {
				return n
			}
			told(t, e, c, p+1+n, .5)
		}
		return limit
	}
	if n := remembered("oldest", 1); n != p {
		t.Errorf("oldest: remembered for %d tells, want %d", n, p)
	}
	if n := remembered("worst", 1); n != limit {
		t.Errorf("worst: forgotten after %d tells, want never", n)
	}
	sum := 0
	const runs = 1000
	for seed := range uint64(runs) {
		sum += remembered("random", seed)
	}
	// Geometric: the standard deviation of the mean is 10.5/√1000 = 0.33.
	if mean := float64(sum) / runs; math.Abs(mean-(p+1)) > 1.3 {
		t.Errorf("random: remembered for %.2f tells on average, want %d", mean, p+1)
	}
}

// Without selection mutation alone decides: a parent with k ones has a child with
// k + 1 - 2k/100 on average, and a population of all ones drifts to 50.
func TestNoSelectionDrifts(t *testing.T) {
	const p, runs, cycles = 10, 40, 3000
	var ones float64
	for seed := range uint64(runs) {
		e := &search.RegEvo{Population: p, Sample: 1}
		begin(t, e, space.Bits{Length: 100}, seed)
		for id := 1; id <= p+cycles; id++ {
			c := ask(t, e)
			if id <= p {
				text := make([]byte, 100)
				for i := range text {
					text[i] = '1'
				}
				c.Arch = evolve.Arch(text)
			}
			n := space.Ones(c.Arch)
			if id > p+cycles-p {
				ones += float64(n) / p / runs
			}
			told(t, e, c, id, 1-float64(n)/100)
		}
	}
	// One population's mean has a standard deviation of at most 5, 40 of 0.8.
	if math.Abs(ones-50) > 3 {
		t.Errorf("%.1f ones on average, want 50", ones)
	}
}

func TestRegEvoRefuses(t *testing.T) {
	for _, text := range []string{"regevo,population=0", "regevo,sample=0", "regevo,sample=x", "regevo,population=9,sample=10,replace=no",
		"regevo,kill=youngest", "regevo,repeat=maybe", "random,repeats=perhaps",
		"eaopt,population=1", "eaopt,population=3,sample=3", "eaopt,crossover=0,mutate=0", "eaopt,mutate=1.5", "eaopt,crossover=-1"} {
		searcher, err := evolvetest.TryOpen(evolve.Searchers, text)
		if err == nil {
			err = searcher.Init(evolve.Problem{Space: space.NB201{}}, evolve.Stream(1, ""))
		}
		if !isRefusal(err) {
			t.Errorf("%s: %v, want ErrInvalid or ErrUnknown", text, err)
		}
	}
	// The space's own operators decide which names there are.
	for _, s := range []evolve.Searcher{&search.RegEvo{Population: 5, Sample: 2, Mutation: "natz"}, &search.EAOpt{Population: 5, Contest: 2, MutRate: 1, Mutation: "natz"}} {
		if err := s.Init(evolve.Problem{Space: space.NB201{}}, evolve.Stream(1, "")); !isRefusal(err) {
			t.Errorf("%T with mutation natz: %v, want ErrUnknown", s, err)
		}
		if err := s.Init(evolve.Problem{Space: bare{}}, evolve.Stream(1, "")); !isUnsupported(err) {
			t.Errorf("%T on a space without operators: %v, want ErrUnsupported", s, err)
		}
	}
}

// A weight on the first objective alone proposes what no weight does, in every detail.
func TestRegEvoWeightOnFirstIsPlain(t *testing.T) {
	b := &evolvetest.Invented{Space: space.NB201{}, Rungs: true}
	for _, workers := range []int{1, 4} {
		for _, set := range []string{"", ",repeat=skip,kill=worst"} {
			plain := run(t, b.Problem(), evolvetest.Open(t, evolve.Searchers, "regevo"+set), b, workers, 500, 5)
			for _, scalar := range []string{"weighted:1+0", "weighted:0.3+0", "chebyshev:1+0"} {
				s := evolvetest.Open(t, evolve.Searchers, "regevo,scalar="+scalar+set)
				if got := run(t, b.Problem(), s, b, workers, 500, 5); !reflect.DeepEqual(got, plain) {
					t.Errorf("%s%s with %d workers proposes otherwise than without", scalar, set, workers)
				}
			}
		}
	}
}

// Under a constraint a run that met an architecture that keeps it answers with the best of these, and one that met none
// with what is nearest.
func TestRegEvoAnswersWithinConstraints(t *testing.T) {
	b := &evolvetest.Invented{Space: space.NB201{}, Rungs: true}
	met := 0
	for seed := range uint64(40) {
		s := evolvetest.Open(t, evolve.Searchers, "regevo,population=10,sample=3,constraints=params<20")
		a := trace.NewArchive(b.Problem(), trace.Highest)
		a.RankBy(s.(evolve.Ranker).Ahead)
		var answer evolve.Outcome
		least, nearest := math.Inf(1), math.Inf(1)
		for _, o := range run(t, b.Problem(), s, b, 1, 30, seed) {
			if o.Others[0] < 20 {
				least = min(least, o.Loss)
			}
			nearest = min(nearest, o.Others[0])
			if a.Add(&o) && a.Leads() {
				answer = o
			}
		}
		switch {
		case !math.IsInf(least, 1):
			if met++; answer.Others[0] >= 20 || answer.Loss != least {
				t.Errorf("seed %d answers with loss %g, params %g, want a loss of %g", seed, answer.Loss, answer.Others[0], least)
			}
		case answer.Others[0] != nearest:
			t.Errorf("seed %d answers with params %g, want %g", seed, answer.Others[0], nearest)
		}
	}
	if met == 0 || met == 40 {
		t.Errorf("%d of 40 runs met one that keeps the constraint: both kinds are wanted", met)
	}
}
