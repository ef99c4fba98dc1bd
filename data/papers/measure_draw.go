package papers

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve"
)

// Repeat calls f once for each of n repetitions, on a.Procs goroutines and in any order, and gives what each of them
// found. The first error, or ctx's, ends it. Repetitions that are done are kept in the folder of the experiment: when
// the measurement goes on, f is not called for them. A measurement calls Repeat once.
func (a Asked) Repeat(ctx context.Context, n int, f func(i int) ([]float64, error)) ([][]float64, error) {
	var next, done atomic.Int64
	errs, found := make([]error, n), make([][]float64, n)
	var stop atomic.Bool
	var wg sync.WaitGroup
	for range min(max(a.Procs, 1), n) {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n || stop.Load() {
					return
				}
				if errs[i] = ctx.Err(); errs[i] == nil {
					found[i], errs[i] = a.part(i, f)
				}
				if errs[i] != nil {
					stop.Store(true)
					return
				}
				if k := done.Add(1); a.Progress != nil {
					a.Progress(int(k), n)
				}
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// part is what a repetition found, now or before.
func (a Asked) part(i int, f func(i int) ([]float64, error)) ([]float64, error) {
	if values, ok := a.kept.get(i); ok {
		return values, nil
	}
	values, err := f(i)
	if err == nil {
		err = a.kept.put(i, values)
	}
	return values, err
}

// Column is the k-th value of each repetition.
func Column(found [][]float64, k int) []float64 {
	xs := make([]float64, len(found))
	for i := range found {
		xs[i] = found[i][k]
	}
	return xs
}

// Distinct draws n genomes from a space's initial distribution, none of them twice. The error wraps
// evolve.ErrUnsupported where a space has too few.
func Distinct(s evolve.Space, r *rand.Rand, n int) ([]evolve.Arch, error) {
	const patience = 1000 // draws in a row that give nothing new, after which a space has no more
	seen := make(map[evolve.Arch]bool, n)
	all := make([]evolve.Arch, 0, n)
	for misses := 0; len(all) < n; {
		a := s.Sample(r)
		if seen[a] {
			if misses++; misses == patience {
				return nil, fmt.Errorf("%d architectures of %s: after %d there was none new among %d draws; "+
					"ask for fewer: %w", n, s.Name(), len(all), patience, evolve.ErrUnsupported)
			}
			continue
		}
		seen[a], misses = true, 0
		all = append(all, a)
	}
	return all, nil
}

// accuracies are −1 times the validation errors that a benchmark reports after the full schedule: rank correlations
// with them are those with the accuracy, and of a metric that falls those with how good it is.
func accuracies(b evolve.Benchmark, archs []evolve.Arch) ([]float64, error) {
	ys := make([]float64, len(archs))
	for i, a := range archs {
		s, err := b.Score(&evolve.Trial{Proposal: evolve.Proposal{Arch: a}})
		if err != nil {
			return nil, err
		}
		ys[i] = -s.Val
	}
	return ys, nil
}

// BenchmarkParam is the option of the benchmark that a measurement looks at.
func BenchmarkParam(def string) evolve.Param {
	return evolve.Nested("benchmark", "benchmark", def, "the benchmark")
}

// TablesParam is an option for imported tables that a benchmark does without but a measurement does not, as numbers
// would depend on whether they are there; see [Imported].
func TablesParam() evolve.Param {
	return evolve.Text("tables", evolve.None, "imported tables that the measurement wants beside the benchmark's, "+
		"such as nb201-zc for its training-free scores, with + between them")
}

// Imported says which of these tables is not imported: the error is a *data.Absent.
func Imported(tables string) error {
	if tables == evolve.None {
		return nil
	}
	for name := range strings.SplitSeq(tables, "+") {
		if _, err := data.Open(name); err != nil {
			return err
		}
	}
	return nil
}
