package search

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/pareto"
)

// fixedPopulation is a lemonade whose population are six members with such numbers of parameters, none dominated.
func fixedPopulation(t *testing.T, children, accept int) (s *Lemonade, params []float64) {
	t.Helper()
	s = &Lemonade{Start: 6, Children: children, Accept: accept}
	r := rand.New(rand.NewPCG(1, 2))
	if err := s.Init(twoObjectives(), r); err != nil {
		t.Fatal(err)
	}
	params = []float64{1000, 1100, 1200, 1300, 20_000, 400_000}
	for i, n := range params {
		var p evolve.Proposal
		if !s.Ask(&p) {
			t.Fatal("nothing is proposed")
		}
		tellValues(t, s, p, i+1, .9-float64(i)/10, n)
	}
	return s, params
}

// density is that of the logarithms of numbers at another one, by its formula.
func density(numbers []float64, at float64) (sum float64) {
	var x []float64
	for _, n := range numbers {
		x = append(x, math.Log(n))
	}
	width := stat.PopStdDev(x, nil) * math.Pow(float64(len(x)), -1./5)
	for _, center := range x {
		sum += distuv.Normal{Mu: center, Sigma: width}.Prob(math.Log(at)) / float64(len(x))
	}
	return sum
}

// holds fails where counts are too far from chances: χ² beyond what luck alone brings one time in 10,000.
func holds(t *testing.T, what string, counts []int, chance []float64) {
	t.Helper()
	n, x := 0, 0.0
	for _, c := range counts {
		n += c
	}
	for i, c := range counts {
		want := chance[i] * float64(n)
		x += (float64(c) - want) * (float64(c) - want) / want
	}
	if limit := (distuv.ChiSquared{K: float64(len(counts) - 1)}).Quantile(1 - 1e-4); x > limit {
		t.Errorf("%s: %v, want chances %.3f: χ² is %.1f, at most %.1f", what, counts, chance, x, limit)
	}
}

// Parents are drawn with chances that are inverse to the density of parameters in the population: the two that are
// alone with their sizes more often than the four small ones.
func TestLemonadeParents(t *testing.T) {
	s, params := fixedPopulation(t, 10, 10)
	counts := make([]int, len(params))
	for range 20_000 {
		var p evolve.Proposal
		if !s.Ask(&p) {
			t.Fatal("nothing is proposed")
		}
		counts[p.Parents[0]-1]++
	}
	var chance []float64
	all := 0.0
	for _, n := range params {
		chance = append(chance, 1/density(params, n))
		all += 1 / density(params, n)
	}
	for i := range chance {
		chance[i] /= all
	}
	holds(t, "parents", counts, chance)
	if chance[5] < 2*chance[1] {
		t.Errorf("chances %.3f: the lonely one is drawn hardly more often than one among four", chance)
	}
}

// Where the size of a child is known before it is evaluated, children are accepted with chances that are inverse to the
// density at their own sizes, here one where four members are and one where none is.
func TestLemonadeAcceptance(t *testing.T) {
	const small, large, runs = 1150, 90_000, 2000
	sizeOf := func(a evolve.Arch) float64 {
		if mixed(a)%4 == 0 {
			return large
		}
		return small
	}
	got, want, spread := 0.0, 0.0, 0.0
	for seed := range uint64(runs) {
		s, params := fixedPopulation(t, 40, 1)
		s.r = rand.New(rand.NewPCG(seed, 4))
		lonely, all := 0.0, 0.0
		weight := map[float64]float64{small: 1 / density(params, small), large: 1 / density(params, large)}
		s.knows, s.cheap[0].score = true, func(a evolve.Arch) (float64, error) {
			x := sizeOf(a)
			if all += weight[x]; x == large {
				lonely += weight[x]
			}
			return x, nil
		}
		var p evolve.Proposal
		if !s.Ask(&p) {
			t.Fatal("nothing is proposed")
		}
		if sizeOf(p.Arch) == large {
			got++
		}
		chance := lonely / all
		want += chance
		spread += chance * (1 - chance)
	}
	if math.Abs(got-want) > 4*math.Sqrt(spread) {
		t.Errorf("%g of %d accepted children are where no member is, want %.1f ± %.1f", got, runs, want, math.Sqrt(spread))
	}
	if even := float64(runs) / 4; want < 1.2*even {
		t.Errorf("%.1f are wanted, hardly more than the %g of children that are drawn evenly", want, even)
	}
}

// Cheap are exact objectives behind the first, or all behind it, and children are known where scores have their names.
func TestCheapObjectives(t *testing.T) {
	e, params := evolve.NewObjective(evolve.ErrorObjective), evolve.NewObjective(evolve.ParamsObjective)
	latency := evolve.NewObjective(evolve.LatencyOf + "pi")
	score := []evolve.Proxy{{Name: "params_m", Score: func(evolve.Arch) (float64, error) { return 7, nil }}}
	for _, c := range []struct {
		objectives []evolve.Objective
		proxies    []evolve.Proxy
		at         []int
		known      bool
	}{
		{[]evolve.Objective{e, params}, score, []int{1}, true},
		{[]evolve.Objective{e, params}, nil, []int{1}, false},
		{[]evolve.Objective{e, latency, params}, score, []int{2}, true},
		{[]evolve.Objective{e, latency}, score, []int{1}, false},
		{[]evolve.Objective{params, e}, score, []int{1}, false},
	} {
		cheap, known := cheapObjectives(evolve.Problem{Objectives: c.objectives, Proxies: c.proxies})
		var at []int
		for _, x := range cheap {
			at = append(at, x.at)
		}
		if !slices.Equal(at, c.at) || known != c.known {
			t.Errorf("of %v cheap are %v, known before: %t; want %v, %t", evolve.ObjectiveNames(c.objectives), at, known,
				c.at, c.known)
		}
	}
}

// The population are the trials that none dominates, of equal ones the first.
func TestLemonadePopulation(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	s := &Lemonade{Start: 3, Children: 4, Accept: 2}
	if err := s.Init(twoObjectives(), r); err != nil {
		t.Fatal(err)
	}
	var all [][]float64
	for id := 1; id <= 300; id++ {
		var p evolve.Proposal
		if !s.Ask(&p) {
			t.Fatal("nothing is proposed")
		}
		v := []float64{float64(r.IntN(30)) / 30, float64(1 + r.IntN(30))}
		if id%7 == 0 {
			v = []float64{math.Inf(1), math.Inf(1)}
		}
		all = append(all, v)
		tellValues(t, s, p, id, v...)
		var got, want []string
		for _, m := range s.alive {
			got = append(got, fmt.Sprint(m.id))
		}
		for _, i := range pareto.First(all) {
			first := slices.IndexFunc(all, func(u []float64) bool { return slices.Equal(u, all[i]) }) == i
			if first && !math.IsInf(all[i][0], 1) {
				want = append(want, fmt.Sprint(i+1))
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("after trial %d the population are trials %v, want %v", id, got, want)
		}
	}
}

// A lottery draws by its chances, also when some numbers are taken out and when all that are left have none.
func TestLottery(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	l := newLottery([]float64{math.Log(1), math.Log(2), math.Log(5), -5000})
	counts := make([]int, 4)
	for range 8000 {
		counts[l.draw(r)]++
	}
	holds(t, "all", counts[:3], []float64{1. / 8, 2. / 8, 5. / 8})
	l.remove(2)
	counts = make([]int, 4)
	for range 8000 {
		counts[l.draw(r)]++
	}
	holds(t, "without the third", counts[:2], []float64{1. / 3, 2. / 3})
	l.remove(0)
	l.remove(1)
	if got := l.draw(r); got != 3 {
		t.Errorf("draws %d, want the last", got)
	}
}
