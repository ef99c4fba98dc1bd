package search_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/evolvetest"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// invented is a benchmark without any structure that counts evaluations.
type invented struct {
	space evolve.Space
	calls map[evolve.Arch]int
}

func (b *invented) Evaluate(ctx context.Context, t *evolve.Trial, r *evolve.Result) error {
	if b.calls != nil {
		b.calls[t.Arch]++
	}
	return (&evolvetest.Invented{Space: b.space}).Evaluate(ctx, t, r)
}

// study runs a searcher on it and returns the outcomes.
func (b *invented) study(t testing.TB, s evolve.Searcher, workers, trials int, seed uint64) tape {
	t.Helper()
	return run(t, evolve.Problem{Space: b.space}, s, b, workers, trials, seed)
}

// run runs a searcher on a problem and returns the outcomes.
func run(t testing.TB, p evolve.Problem, s evolve.Searcher, e evolve.Evaluator, workers, trials int, seed uint64) tape {
	t.Helper()
	var r tape
	_, err := (&evolve.Study{Problem: p, Searcher: s, Pool: evolve.Simulate(e, workers), Recorder: &r, Trials: trials, Seed: seed}).Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

type tape []evolve.Outcome

func (r *tape) Record(o *evolve.Outcome) error {
	*r = append(*r, *o)
	return nil
}

// distinct is the number of different architectures.
func (r tape) distinct() int {
	seen := map[evolve.Arch]bool{}
	for _, o := range r {
		seen[o.Arch] = true
	}
	return len(seen)
}

// ask is Ask where it must propose.
func ask(t testing.TB, s evolve.Searcher) evolve.Proposal {
	t.Helper()
	var p evolve.Proposal
	if !s.Ask(&p) {
		t.Fatal("the searcher proposes nothing")
	}
	return p
}

// told gives a proposal back as trial id.
func told(t testing.TB, s evolve.Searcher, p evolve.Proposal, id int, loss float64) {
	t.Helper()
	if err := s.Tell(&evolve.Trial{ID: id, Proposal: p}, &evolve.Result{Loss: loss}); err != nil {
		t.Fatal(err)
	}
}

// begin starts a searcher on a space.
func begin(t testing.TB, s evolve.Searcher, sp evolve.Space, seed uint64) {
	t.Helper()
	if err := s.Init(evolve.Problem{Space: sp}, evolve.Stream(seed, "search")); err != nil {
		t.Fatal(err)
	}
}

// chiSquare fails when the counts are too far from n times the chances: a fixed seed makes
// this a regression test, the bound (one in 10,000) makes it a fair one. Chances are merged
// from the end until each expects ten.
func chiSquare(t *testing.T, what string, counts []int, chance []float64) {
	t.Helper()
	n := 0
	for _, c := range counts {
		n += c
	}
	var obs, exp []float64
	o, e := 0.0, 0.0
	for i := range chance {
		o, e = o+float64(counts[i]), e+chance[i]*float64(n)
		if e >= 10 {
			obs, exp, o, e = append(obs, o), append(exp, e), 0, 0
		}
	}
	if last := len(exp) - 1; last >= 0 {
		obs[last], exp[last] = obs[last]+o, exp[last]+e
	}
	if sum := total(exp); math.Abs(sum-float64(n)) > 1e-6*float64(n) {
		t.Fatalf("%s: the chances sum to %g", what, sum/float64(n))
	}
	if len(exp) < 2 {
		if obs[0] != float64(n) {
			t.Errorf("%s: %g of %d", what, obs[0], n)
		}
		return
	}
	if x, limit := stat.ChiSquare(obs, exp), (distuv.ChiSquared{K: float64(len(exp) - 1)}).Quantile(1-1e-4); x > limit {
		t.Errorf("%s: χ² = %.1f with %d degrees of freedom, want at most %.1f\nseen %v\nwant %.1f", what, x, len(exp)-1, limit, obs, exp)
	}
}

func total(xs []float64) (sum float64) {
	for _, x := range xs {
		sum += x
	}
	return sum
}

// isChild says whether b is one change away from a.
func isChild(a, b evolve.Arch) bool {
	for _, n := range (space.NB201{}).Neighbors(nil, a) {
		if n == b {
			return true
		}
	}
	return false
}

func isRefusal(err error) bool {
	return errors.Is(err, evolve.ErrInvalid) || errors.Is(err, evolve.ErrUnknown)
}

func isUnsupported(err error) bool { return errors.Is(err, evolve.ErrUnsupported) }

// bare is a space that can do nothing but sample.
type bare struct{}

func (bare) Name() string                             { return "bare" }
func (bare) Sample(r *rand.Rand) evolve.Arch          { return evolve.Arch('a' + rune(r.IntN(3))) }
func (bare) Canon(a evolve.Arch) (evolve.Arch, error) { return a, nil }
