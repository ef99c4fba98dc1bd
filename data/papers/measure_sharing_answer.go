package papers

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// answerNumbers are what is told of a run and of its answer, in the order of contender.run.
var answerNumbers = []struct {
	name, unit string // of the unit metric: the unit of the benchmark's metric
	falls      bool
	truth      bool // is known by a table alone
}{
	{name: "seconds", unit: "s", falls: true},
	{name: "val", unit: "metric"},
	{name: "test", unit: "metric"},
	{name: "skips", unit: "skip connections"},
	{name: "dead", unit: "of 1"}, // 1 of an answer without a path from input to output
	{name: "loss", unit: "by the table", falls: true, truth: true},
	// The share of all architectures of the table that are better than the answer.
	{name: "quantile", unit: "of 1", falls: true, truth: true},
}

// open is a single run of a searcher on a benchmark, to its own end or within a budget of seconds.
func (c contender) open(benchmark evolve.Spec, seed uint64, budget float64) (*lab.Experiment, error) {
	s := lab.Default()
	s.Benchmark, s.Algos, s.Seeds, s.Seed, s.Budget = benchmark.String(), []string{c.spec.String()}, 1, seed, budget
	return lab.Open(s)
}

// run gives the numbers of a single run, NaN where it has none.
func (c contender) run(ctx context.Context, benchmark evolve.Spec, seed uint64, budget float64, known *truth) (
	[]float64, error) {
	e, err := c.open(benchmark, seed, budget)
	if err != nil {
		return nil, err
	}
	out, err := e.Run(ctx, lab.Options{Procs: 1})
	if err != nil {
		return nil, err
	}
	arm := out.Set.Arms[0]
	end := arm.Runs[0].Final
	row := []float64{end.Seconds}
	for _, m := range []trace.Measure{out.Set.Validation(), out.Set.Test()} {
		row = append(row, arm.Ends(m)[0])
	}
	b, _, err := evolve.Benchmarks.Open(benchmark)
	if err != nil {
		return nil, err
	}
	skips, dead, loss, quantile := math.NaN(), math.NaN(), math.NaN(), math.NaN()
	if s, a := b.Problem().Space, evolve.Arch(end.Arch); a != "" && !arm.Runs[0].Partial {
		if n, edges := skipsIn(s, a); edges > 0 {
			skips = float64(n)
		}
		if m, ok := space.MortalOf(s); ok {
			dead = 0
			if m.Dead(a) {
				dead = 1
			}
		}
		if known != nil {
			if loss, err = known.of(a); err != nil {
				return nil, err
			}
			quantile = known.better(loss)
		}
	}
	return append(row, skips, dead, loss, quantile), nil
}

// truth is a table that says of the architectures of a space how good they are.
type truth struct {
	evolve.Benchmark
	sorted []float64 // test results of all that it knows, one a network, the best first
}

// openTruth opens a table; nil where none is named. The error wraps evolve.ErrUnsupported where its space cannot be
// listed.
func openTruth(spec evolve.Spec) (*truth, error) {
	if spec.Name == "" {
		return nil, nil
	}
	b, _, err := evolve.Benchmarks.Open(spec)
	if err != nil {
		return nil, err
	}
	all, ok := b.Problem().Space.(evolve.Enumerable)
	if !ok {
		return nil, fmt.Errorf("%s: its architectures cannot be listed: %w", spec, evolve.ErrUnsupported)
	}
	t := &truth{Benchmark: b}
	for i := range all.Size() {
		a := all.At(i)
		if c, err := b.Problem().Space.Canon(a); err != nil || c != a {
			continue // another architecture means the same network
		}
		x, err := t.of(a)
		if err != nil {
			return nil, err
		}
		if !math.IsNaN(x) {
			t.sorted = append(t.sorted, x)
		}
	}
	slices.Sort(t.sorted)
	return t, nil
}

// of is the test result of an architecture, lower being better; NaN of one that the table does not know.
func (t *truth) of(a evolve.Arch) (float64, error) {
	s, err := t.Score(&evolve.Trial{ID: 1, Proposal: evolve.Proposal{Arch: a}})
	return s.Test, err
}

// better is the share of all architectures that are better than a result.
func (t *truth) better(result float64) float64 {
	if math.IsNaN(result) {
		return math.NaN()
	}
	n, _ := slices.BinarySearch(t.sorted, result)
	return float64(n) / float64(len(t.sorted))
}
