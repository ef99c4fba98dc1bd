package search

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"gonum.org/v1/gonum/stat"
)

// plane is a space of decisions of every kind, whose genomes are the numbers that apply. Without refuse it takes all.
type plane struct {
	all    []evolve.Decision
	refuse func(x []float64) bool
}

func (s *plane) Name() string                    { return "plane" }
func (s *plane) Decisions() []evolve.Decision    { return s.all }
func (s *plane) Sample(r *rand.Rand) evolve.Arch { return s.arch(uniformChoices(s.all, r)) }

// uniformChoices draws every decision evenly over its options, its range or the logarithm of that.
func uniformChoices(all []evolve.Decision, r *rand.Rand) []float64 {
	x := make([]float64, len(all))
	for i, d := range all {
		switch {
		case d.Options > 0:
			x[i] = float64(r.IntN(d.Options))
		case d.Log:
			x[i] = d.Lo * math.Pow(d.Hi/d.Lo, r.Float64())
		default:
			x[i] = d.Lo + r.Float64()*(d.Hi-d.Lo)
		}
	}
	return x
}

func (s *plane) arch(x []float64) evolve.Arch {
	var parts []string
	for i, v := range x {
		if text := strconv.FormatFloat(v, 'g', -1, 64); evolve.Applies(s.all, x, i) {
			parts = append(parts, text)
		} else {
			parts = append(parts, "-")
		}
	}
	return evolve.Arch(strings.Join(parts, ","))
}

func (s *plane) Choose(x []float64) (evolve.Arch, error) {
	if err := evolve.CheckChoices(s.all, x); err != nil {
		return "", err
	}
	if s.refuse != nil && s.refuse(x) {
		return "", fmt.Errorf("refused: %w", evolve.ErrInvalid)
	}
	return s.arch(x), nil
}

func (s *plane) Choices(dst []float64, a evolve.Arch) []float64 {
	for _, text := range strings.Split(string(a), ",") {
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			v = math.NaN()
		}
		dst = append(dst, v)
	}
	return dst
}

func (s *plane) Canon(a evolve.Arch) (evolve.Arch, error) { return s.Choose(s.Choices(nil, a)) }

// formula is a benchmark on it.
type formula struct {
	s *plane
	f func(x []float64) float64
}

func (b *formula) Evaluate(_ context.Context, t *evolve.Trial, r *evolve.Result) error {
	if r.Loss = b.f(b.s.Choices(nil, t.Arch)); math.IsInf(r.Loss, 1) {
		return fmt.Errorf("no number: %w", evolve.ErrFailed)
	}
	r.Cost = 1
	return nil
}

// lowest is the lowest loss of a run.
func (b *formula) lowest(t *testing.T, s evolve.Searcher, trials int, seed uint64) float64 {
	t.Helper()
	var best best
	study := evolve.Study{Problem: evolve.Problem{Space: b.s}, Searcher: s, Pool: evolve.Simulate(b, 1), Recorder: &best,
		Trials: trials, Seed: seed}
	if _, err := study.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	return best.loss
}

// branin is the function of that name, on its usual square; its minimum is 0.397887.
var branin = &formula{&plane{all: []evolve.Decision{{Name: "x", Lo: -5, Hi: 10}, {Name: "y", Lo: 0, Hi: 15}}},
	func(x []float64) float64 {
		a := x[1] - 5.1/(4*math.Pi*math.Pi)*x[0]*x[0] + 5/math.Pi*x[0] - 6
		return a*a + 10*(1-1/(8*math.Pi))*math.Cos(x[0]) + 10
	}}

// On Branin's function, after 60 trials, the mean regret of Optuna 5.0.0's TPE is 0.182 ± 0.019 and its median 0.134
// (measured, 80 seeds). Ours were 0.171 and 0.134 with kernels as wide as Optuna's.
func TestTPEOnBranin(t *testing.T) {
	const runs = 200
	var regrets []float64
	for seed := range uint64(runs) {
		s := &TPE{Start: 10, Candidates: 24, Gamma: .1, Repeat: repeatSkip}
		regrets = append(regrets, branin.lowest(t, s, 60, seed)-.397887)
	}
	slices.Sort(regrets)
	mean, median := stat.Mean(regrets, nil), regrets[runs/2]
	if mean < .015 || mean > .05 || median < .005 || median > .02 {
		t.Errorf("regret %.3f, median %.3f; want about 0.030 and 0.010", mean, median)
	}
}

// Decisions of all kinds, conditions among them, are proposed within their ranges, and the better ones found.
func TestTPEOnAllKinds(t *testing.T) {
	b := &formula{s: &plane{all: []evolve.Decision{
		{Name: "solver", Options: 3},
		{Name: "rate", Lo: 1e-4, Hi: 1, Log: true},
		{Name: "momentum", Lo: 0, Hi: .99, If: evolve.Condition{Place: 0, Options: []int{0, 2}}},
		{Name: "nesterov", Options: 2, If: evolve.Condition{Place: 0, Options: []int{2}}},
	}}}
	b.f = func(x []float64) float64 {
		if err := evolve.CheckChoices(b.s.all, x); err != nil {
			t.Error(err)
		}
		loss := math.Abs(math.Log10(x[1]) + 2)
		switch x[0] {
		case 1:
			return loss + 1
		case 2:
			loss -= .5 * x[3]
		}
		return loss + math.Abs(x[2]-.9)
	}
	for _, univariate := range []bool{false, true} {
		ours, random := 0.0, 0.0
		for seed := range uint64(20) {
			ours += b.lowest(t, &TPE{Start: 10, Candidates: 24, Gamma: .1, Univariate: univariate, Repeat: repeatSkip}, 60, seed) / 20
			random += b.lowest(t, &Random{}, 60, 1000+seed) / 20
		}
		if ours > -.3 || random < -.3 { // the lowest is -0.5
			t.Errorf("univariate %v: %.3f, random search %.3f", univariate, ours, random)
		}
	}
}

// The good trials are ⌈n/10⌉ and never more than 25; of the others the latest 25 weigh 1 and older ones less, evenly
// down to 1/n (numpy.linspace(1/n, 1, n-25), as Optuna has it). What runs and what failed is among the others.
func TestTPESplits(t *testing.T) {
	for _, c := range []struct{ ended, failed, running, good int }{
		{10, 0, 0, 1}, {11, 0, 0, 2}, {20, 0, 5, 2}, {29, 1, 0, 3}, {40, 3, 2, 4}, {251, 0, 0, 25}, {400, 0, 1, 25},
	} {
		s := begun(t, &TPE{Start: 1000, Candidates: 24, Gamma: .1}, evolve.Problem{Space: space.NB201{}})
		loss := map[int]float64{}
		for i := range c.ended + c.failed + c.running {
			var p evolve.Proposal
			s.Ask(&p)
			loss[i] = math.Inf(1)
			if i < c.ended {
				loss[i] = float64(evolve.Mix(1, uint64(i)) % 1000)
			}
			if i < c.ended+c.failed {
				if err := s.Tell(&evolve.Trial{ID: i + 1, Proposal: p}, &evolve.Result{Loss: loss[i]}); err != nil {
					t.Fatal(err)
				}
			}
		}
		s.fit()
		good, others, w := s.rows[0], s.rows[1], s.weights[1]
		if len(good) != c.good || len(good)+len(others) != len(s.trials) || len(w) != len(others) || slices.Max(s.weights[0]) != 1 || slices.Min(s.weights[0]) != 1 {
			t.Errorf("%+v: %d good and %d others, weights %v", c, len(good), len(others), s.weights[0])
		}
		if !slices.IsSorted(others) || !slices.IsSorted(good) {
			t.Errorf("%+v: not in the order of asking", c)
		}
		for _, g := range good {
			for _, o := range others {
				if loss[o] < loss[g] {
					t.Errorf("%+v: trial %d is among the good, trial %d is better", c, g+1, o+1)
				}
			}
		}
		n := len(others)
		for i, got := range w {
			want := 1.
			if i < n-25 {
				want = 1 / float64(n)
				if n > 26 {
					want += float64(i) / float64(n-26) * (1 - 1/float64(n))
				}
			}
			if math.Abs(got-want) > 1e-12 {
				t.Errorf("%+v: weight %d of %d is %g, want %g", c, i, n, got, want)
			}
		}
	}
}

// begun is a searcher that has begun.
func begun[S evolve.Searcher](t *testing.T, s S, p evolve.Problem) S {
	t.Helper()
	if err := s.Init(p, evolve.Stream(1, "search")); err != nil {
		t.Fatal(err)
	}
	return s
}

// A longer training counts before a shorter one, however high its loss; an architecture that was never asked for is a
// trial more, and may still be proposed.
func TestTPELearns(t *testing.T) {
	p := evolve.Problem{Space: space.NB201{}, Fidelities: []evolve.Fidelity{{Epochs: 1}}}
	s := begun(t, &TPE{Start: 10, Candidates: 24, Gamma: .1, Repeat: repeatSkip}, p)
	var asked []evolve.Trial
	for i := range 3 {
		tr := evolve.Trial{ID: i + 1}
		s.Ask(&tr.Proposal)
		asked = append(asked, tr)
		if err := s.Tell(&tr, &evolve.Result{Loss: float64(i) / 10}); err != nil {
			t.Fatal(err)
		}
	}
	learn := func(a evolve.Arch, epochs int, loss float64) {
		s.Learn(&evolve.Trial{ID: -9, Proposal: evolve.Proposal{Arch: a, Epochs: epochs}}, &evolve.Result{Loss: loss})
	}
	learn(asked[2].Arch, 3, .9)
	learn("000000", 3, .8)
	learn(asked[0].Arch, 3, math.Inf(1)) // failed: not among the good any more
	if want := []int{3, 2, 1}; !slices.Equal(s.ranked, want) {
		t.Errorf("ranked %v, want %v", s.ranked, want)
	}
	learn("000000", 9, .95)
	learn("111111", 1, .05)
	if want := []int{3, 2, 4, 1}; !slices.Equal(s.ranked, want) || len(s.trials) != 5 {
		t.Errorf("%d trials ranked %v, want 5 and %v", len(s.trials), s.ranked, want)
	}
	var tr evolve.Trial // of which a longer training ends before it does
	s.Ask(&tr.Proposal)
	learn(tr.Arch, 3, .85)
	for range 2 {
		_ = s.Tell(&tr, &evolve.Result{Loss: .01})
	}
	learn("000000", 3, .01)
	if want := []int{3, 5, 2, 4, 1}; !slices.Equal(s.ranked, want) {
		t.Errorf("ranked %v, want %v: shorter trainings change nothing", s.ranked, want)
	}
	if !s.memory.has("000000") {
		t.Error("what was learned may be proposed, and paid for again")
	}
}

// Only the order of losses matters.
func TestTPEIgnoresScale(t *testing.T) {
	tb := new(table)
	r := rand.New(rand.NewPCG(3, 4))
	for i := range tb.val {
		tb.val[i], tb.cost[i] = r.Float64(), 1
	}
	archs := func(f func(float64) float64) (all []evolve.Arch) {
		s := begun(t, &TPE{Start: 10, Candidates: 24, Gamma: .1, Repeat: repeatSkip}, evolve.Problem{Space: space.NB201{}})
		for i := range 60 {
			tr, r := evolve.Trial{ID: i + 1}, evolve.Result{}
			s.Ask(&tr.Proposal)
			_ = tb.Evaluate(context.Background(), &tr, &r)
			r.Loss = f(r.Loss)
			_ = s.Tell(&tr, &r)
			all = append(all, tr.Arch)
		}
		return all
	}
	if !slices.Equal(archs(func(x float64) float64 { return x }), archs(func(x float64) float64 { return math.Exp(9*x) - 5 })) {
		t.Error("another scale of losses, other proposals")
	}
}

// A space is used up to its last architecture, also where it refuses most of what is chosen; a space that refuses all
// is sampled.
func TestTPEIsDone(t *testing.T) {
	for _, univariate := range []bool{false, true} {
		s := begun(t, &TPE{Start: 10, Candidates: 24, Gamma: .1, Univariate: univariate, Repeat: repeatSkip}, evolve.Problem{Space: space.Bits{Length: 7}})
		seen := map[evolve.Arch]bool{}
		for i := 0; ; i++ {
			tr := evolve.Trial{ID: i + 1}
			if !s.Ask(&tr.Proposal) {
				break
			}
			seen[tr.Arch] = true
			if err := s.Tell(&tr, &evolve.Result{Loss: float64(strings.Count(string(tr.Arch), "1"))}); err != nil || i >= 128 {
				t.Fatalf("trial %d, %v", i+1, err)
			}
		}
		if len(seen) != 128 {
			t.Errorf("%d of 128 strings", len(seen))
		}
	}
	picky := &plane{all: []evolve.Decision{{Name: "x", Lo: 0, Hi: 1}}, refuse: func([]float64) bool { return true }}
	s := begun(t, &TPE{Start: 1, Candidates: 24, Gamma: .1, Repeat: repeatSkip}, evolve.Problem{Space: picky})
	for i := range 5 {
		tr := evolve.Trial{ID: i + 1}
		if !s.Ask(&tr.Proposal) {
			t.Fatal("it proposes nothing")
		}
		_ = s.Tell(&tr, &evolve.Result{Loss: 1})
	}
}

// Decision by decision, the candidate of the highest ratio is taken for each by itself: with many candidates the
// option of the highest ratio of all.
func TestTPEUnivariate(t *testing.T) {
	s := begun(t, &TPE{Start: 10, Candidates: 2000, Gamma: .2, Univariate: true, Repeat: repeatCharge}, evolve.Problem{Space: space.NB201{}})
	r := rand.New(rand.NewPCG(5, 6))
	for i := range 50 {
		tr := evolve.Trial{ID: i + 1}
		tr.Arch = space.NB201{}.Sample(r)
		tr.Tag = s.add(tr.Arch)
		_ = s.Tell(&tr, &evolve.Result{Loss: r.Float64()})
	}
	var p evolve.Proposal
	s.Ask(&p)
	got := space.NB201{}.Choices(nil, p.Arch)
	for axis := range got {
		best, top := 0., math.Inf(-1)
		for k := range 5 {
			if ratio := s.good.LogAxis(axis, float64(k)) - s.others.LogAxis(axis, float64(k)); ratio > top+1e-9 {
				best, top = float64(k), ratio
			}
		}
		if got[axis] != best {
			t.Errorf("decision %d: option %g, want %g", axis, got[axis], best)
		}
	}
}

// Of all candidates the one of the highest ratio of both densities is proposed: with many candidates the architecture
// of the highest ratio of all.
func TestTPEMultivariate(t *testing.T) {
	of := space.Bits{Length: 6}
	for seed := range uint64(10) {
		s := begun(t, &TPE{Start: 10, Candidates: 4000, Gamma: .2, Repeat: repeatCharge}, evolve.Problem{Space: of})
		r := rand.New(rand.NewPCG(7, seed))
		for i := range 50 {
			tr := evolve.Trial{ID: i + 1}
			tr.Arch = of.Sample(r)
			tr.Tag = s.add(tr.Arch)
			_ = s.Tell(&tr, &evolve.Result{Loss: r.Float64()})
		}
		var p evolve.Proposal
		s.Ask(&p)
		ratio := func(x []float64) float64 { return s.good.Log(x) - s.others.Log(x) }
		top, x := math.Inf(-1), make([]float64, 6)
		for i := range 64 {
			for bit := range x {
				x[bit] = float64(i >> bit & 1)
			}
			top = max(top, ratio(x))
		}
		if got := ratio(of.Choices(nil, p.Arch)); got < top-1e-9 {
			t.Errorf("seed %d: %s has the ratio %g, the highest is %g", seed, p.Arch, got, top)
		}
	}
}

func TestTPERefuses(t *testing.T) {
	for _, s := range []*TPE{{}, {Start: 10}, {Start: 10, Candidates: 1, Gamma: 2}, {Start: 1, Candidates: 1, Repeat: "never"}} {
		err := s.Init(evolve.Problem{Space: space.NB201{}}, evolve.Stream(1, "search"))
		if !errors.Is(err, evolve.ErrInvalid) && !errors.Is(err, evolve.ErrUnknown) {
			t.Errorf("%+v: %v", s, err)
		}
	}
}
