package evolve_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// costs answers trial n with a loss of n/100 and the n-th cost, over and over.
type costs struct {
	list  []float64
	calls int
}

func (c *costs) Evaluate(_ context.Context, t *evolve.Trial, r *evolve.Result) error {
	c.calls++
	r.Loss, r.Cost = float64(t.ID)/100, c.list[(t.ID-1)%len(c.list)]
	return nil
}

// evaluator is a function as an evaluator.
type evaluator func(context.Context, *evolve.Trial, *evolve.Result) error

func (f evaluator) Evaluate(ctx context.Context, t *evolve.Trial, r *evolve.Result) error {
	return f(ctx, t, r)
}

// chain proposes an architecture that depends on all that it was told and in which order.
type chain struct {
	limit int // of proposals; 0 = none
	known *evolve.Result
	asked int
	state uint64
	told  []float64
}

func (c *chain) Init(_ evolve.Problem, r *rand.Rand) error {
	c.asked, c.state, c.told = 0, r.Uint64(), nil
	return nil
}

func (c *chain) Ask(p *evolve.Proposal) bool {
	if c.limit > 0 && c.asked == c.limit {
		return false
	}
	c.asked++
	p.Arch, p.Tag, p.Known = evolve.Arch(fmt.Sprintf("%016x", c.state)), c.asked, c.known
	return true
}

func (c *chain) Tell(_ *evolve.Trial, r *evolve.Result) error {
	c.state = evolve.Mix(c.state, math.Float64bits(r.Loss))
	c.told = append(c.told, r.Loss)
	return nil
}

// tape keeps outcomes.
type tape []evolve.Outcome

func (r *tape) Record(o *evolve.Outcome) error {
	*r = append(*r, *o)
	return nil
}

func (r tape) ids() (ids []int) {
	for _, o := range r {
		ids = append(ids, o.ID)
	}
	return ids
}

func (r tape) archs() (archs []evolve.Arch) {
	for _, o := range r {
		archs = append(archs, o.Arch)
	}
	return archs
}

func equal[T comparable](t *testing.T, what string, got, want []T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}
