package census

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// Largest bounds the architectures of a census: NAS-Bench-101 has 423,624, and a list of many more would take minutes.
const Largest = 1 << 21

// LargestPredicted bounds the architectures of a surrogate, which takes about 0.1 ms to predict each. FullCost of
// package lab draws the line at the same number.
const LargestPredicted = 1 << 16

// A Census is a benchmark whose architectures can be listed.
type Census struct {
	About    evolve.About
	Spec     evolve.Spec
	bench    evolve.Benchmark // with the results after the full schedule
	space    evolve.Enumerable
	notation evolve.Notation
	querier  evolve.Querier
}

// Entry is an architecture. Val and Test are results of the full schedule in the unit of the metric, NaN where they are
// not known.
type Entry struct {
	Arch      evolve.Arch
	Val, Test float64
}

// New opens a benchmark's census. The error wraps [evolve.ErrUnsupported] where the benchmark trains, or where its
// space is not listed or has more architectures than [Largest] or, of a surrogate, [LargestPredicted].
func New(b evolve.Benchmark, spec evolve.Spec) (*Census, error) {
	c := &Census{About: b.About(), Spec: spec, bench: evolve.OfTraining(b)}
	if c.About.Shared {
		return nil, fmt.Errorf("benchmark %s has no list of results: what shared weights say of an architecture is "+
			"none, and it trains the answers of searches alone: want the folder of an experiment on it: %w",
			spec.Name, evolve.ErrUnsupported)
	}
	if c.About.Trains() {
		return nil, fmt.Errorf("benchmark %s trains each architecture when it is asked, and has no list of results: "+
			"want the folder of an experiment on it: %w", spec.Name, evolve.ErrUnsupported)
	}
	s := b.Problem().Space
	var ok bool
	if c.space, ok = s.(evolve.Enumerable); !ok {
		return nil, fmt.Errorf("space %s of benchmark %s is too large to be listed: want the folder of an experiment "+
			"on it: %w", s.Name(), spec.Name, evolve.ErrUnsupported)
	}
	if n := c.space.Size(); n > Largest {
		return nil, fmt.Errorf("space %s of benchmark %s has %d architectures, and at most %d are listed: "+
			"want the folder of an experiment on it: %w", s.Name(), spec.Name, n, Largest, evolve.ErrUnsupported)
	}
	if n := c.space.Size(); n > LargestPredicted && c.About.Kind == "surrogate" {
		return nil, fmt.Errorf("benchmark %s predicts its %d architectures one by one, which takes minutes, "+
			"and at most %d are listed: want the table itself, see amoeba data list: %w", spec.Name, n,
			LargestPredicted, evolve.ErrUnsupported)
	}
	c.notation, _ = s.(evolve.Notation)
	c.querier, _ = evolve.As[evolve.Querier](b)
	return c, nil
}

// Size is the number of architectures.
func (c *Census) Size() int { return c.space.Size() }

// Entry is the architecture of a number. ok is false where the benchmark refuses it or its training failed.
func (c *Census) Entry(i int) (e Entry, ok bool, err error) {
	e = Entry{c.space.At(i), math.NaN(), math.NaN()}
	s, err := c.bench.Score(&evolve.Trial{Proposal: evolve.Proposal{Arch: e.Arch}})
	switch {
	case errors.Is(err, evolve.ErrFailed):
		return e, false, nil
	case err != nil:
		return e, false, err
	}
	m := c.bench.About().Metric
	e.Val, e.Test = m.Value(s.Val), m.Value(s.Test)
	return e, !math.IsNaN(e.Val) || !math.IsNaN(e.Test), nil
}

// Facts are all that the benchmark knows of an architecture; none where it answers no query or refuses it.
func (c *Census) Facts(a evolve.Arch) ([]evolve.Fact, error) {
	if c.querier == nil {
		return nil, nil
	}
	facts, err := c.querier.Query(a)
	if errors.Is(err, evolve.ErrFailed) {
		return nil, nil
	}
	return facts, err
}

// Notation is an architecture as the literature writes it.
func (c *Census) Notation(a evolve.Arch) string {
	if c.notation == nil {
		return string(a)
	}
	return c.notation.Format(a)
}

// Key is the name by which the benchmark finds an architecture, see [space.Key]; "" where it has none.
func (c *Census) Key(a evolve.Arch) string { return space.Key(c.bench.Problem().Space, a) }

// The orders that every benchmark has, beside objectives such as params.
const (
	ByVal  = "val"
	ByTest = "test"
)

// An Order orders architectures by val, by test, or by a fact that can be an objective.
type Order struct {
	Name   string
	Rises  bool // greater numbers are better
	isFact bool
}

// NewOrder is the order of a name, which an architecture's facts must have unless it is val or test. The error wraps
// [evolve.ErrUnknown] and names the orders there are.
func (c *Census) NewOrder(name string) (Order, error) {
	if name == ByVal || name == ByTest {
		return Order{Name: name, Rises: !c.bench.About().Metric.Falls()}, nil
	}
	known := []string{ByVal, ByTest}
	for i := range min(c.Size(), 100) { // one fact or another may be missing of some
		facts, err := c.Facts(c.space.At(i))
		if err != nil {
			return Order{}, err
		}
		for _, f := range facts {
			if Objective(f.Name) && !slices.Contains(known, f.Name) {
				known = append(known, f.Name)
			}
		}
	}
	if !slices.Contains(known, name) {
		return Order{}, evolve.Unknown("order of "+c.Spec.Name, name, known)
	}
	return Order{Name: name, Rises: evolve.NewObjective(name).Maximised, isFact: true}, nil
}

// Objective says whether the fact of a name means the same on every benchmark and has a direction.
func Objective(name string) bool {
	return name == evolve.ParamsObjective || name == evolve.FLOPsObjective ||
		strings.HasPrefix(name, evolve.LatencyOf) || strings.HasPrefix(name, evolve.ThroughputOf)
}

// of is the number by which an order places an architecture, NaN where it is not known.
func (c *Census) of(e *Entry, by Order) (float64, error) {
	switch {
	case by.isFact:
		facts, err := c.Facts(e.Arch)
		for _, f := range facts {
			if f.Name == by.Name {
				return f.Value, err
			}
		}
		return math.NaN(), err
	case by.Name == ByTest:
		return e.Test, nil
	}
	return e.Val, nil
}

// Best returns the n best architectures by an order, the best first; of equal ones the earlier in the space comes
// first. An architecture whose number is not known is left out. Best looks at every architecture.
func (c *Census) Best(ctx context.Context, n int, by Order) ([]Entry, error) {
	type ranked struct {
		Entry
		x float64
	}
	var best []ranked
	for i := range c.Size() {
		if i%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		e, ok, err := c.Entry(i)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		x, err := c.of(&e, by)
		if err != nil {
			return nil, err
		}
		if by.Rises {
			x = -x
		}
		if math.IsNaN(x) || len(best) == n && !(x < best[n-1].x) {
			continue
		}
		at, _ := slices.BinarySearchFunc(best, x, func(r ranked, x float64) int {
			if r.x <= x {
				return -1
			}
			return 1
		})
		if best = slices.Insert(best, at, ranked{e, x}); len(best) > n {
			best = best[:n]
		}
	}
	all := make([]Entry, len(best))
	for i, r := range best {
		all[i] = r.Entry
	}
	return all, nil
}
