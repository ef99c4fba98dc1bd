package lab

import (
	"context"
	"errors"
	"fmt"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/front"
)

// So many listed architectures are predicted in a second or two. A table, whose rows are only read, is read whole.
const fullListed = 1 << 16

// A full training is priced by so many architectures of a space that is not listed: the mean of a thousand costs whose
// deviation is their mean, as wide as tables have them, is known to 3 %.
const fullSamples = 1000

// FullCost are the seconds that training one architecture for the full schedule takes in the mean: over all of a
// space that is listed (of predicted costs, if it is no larger than 65,536 architectures), else over 1,000
// architectures drawn from a stream that is the same for every experiment. Trials that fail
// are no full trainings. Where seconds are measured nobody knows them beforehand, and the error says what would do.
func FullCost(b evolve.Benchmark) (float64, error) {
	if b.About().Trains() {
		return 0, fmt.Errorf("what a full training takes is measured here and not known beforehand: "+
			"count epochs instead (--total-epochs N, total_epochs: N, x=epochs): %w", evolve.ErrUnsupported)
	}
	p, stream := b.Problem(), evolve.Stream(0, "full")
	n, arch := fullSamples, func(int) evolve.Arch { return p.Space.Sample(stream) }
	if all, ok := p.Space.(evolve.Enumerable); ok && (all.Size() <= fullListed || b.About().Kind == "table") {
		n, arch = all.Size(), all.At
	}
	sum, trained := 0.0, 0
	for i := range n {
		t, r := evolve.Trial{ID: i + 1, Seed: evolve.Mix(0, uint64(i+1))}, evolve.Result{}
		t.Arch = arch(i)
		switch err := b.Evaluate(context.Background(), &t, &r); {
		case err == nil:
			sum, trained = sum+r.Cost, trained+1
		case !errors.Is(err, evolve.ErrFailed):
			return 0, fmt.Errorf("what a full training takes: %s: %w", t.Arch, err)
		}
	}
	if !(sum > 0) {
		return 0, fmt.Errorf("a full training takes no time here: want a bound of trials: %w", evolve.ErrUnsupported)
	}
	return sum / float64(trained), nil
}

// fullCost is [FullCost] of an experiment that may have been read back, and whose benchmark may not be here.
func (e *Experiment) fullCost() (float64, error) {
	if e.FullCost > 0 {
		return e.FullCost, nil
	}
	bench, err := e.bench()
	if err != nil {
		return 0, fmt.Errorf("what a full training takes: %w", err)
	}
	return FullCost(bench)
}

// bench is the benchmark of an experiment that may have been read back. The error is of one that is not here, or rests
// on other data here.
func (e *Experiment) bench() (evolve.Benchmark, error) {
	if e.Bench != nil {
		return e.Bench, nil
	}
	spec, err := evolve.ParseSpec(e.Spec.Benchmark)
	if err != nil {
		return nil, err
	}
	bench, _, err := evolve.Benchmarks.Open(spec)
	if err == nil && bench.About().Hash != e.About.Hash {
		err = fmt.Errorf("%s rests on other data here: %w", e.Spec.Benchmark, evolve.ErrUnsupported)
	}
	return bench, err
}

// exactFront is the exact front of the benchmark, as losses; false where it is not known, or the benchmark not here.
func (e *Experiment) exactFront() ([][]float64, bool) {
	if e.About.Trains() || len(e.Objectives) < 2 {
		return nil, false
	}
	bench, err := e.bench()
	if err != nil {
		return nil, false
	}
	points, ok := front.Exact(bench)
	values := make([][]float64, len(points))
	for i, p := range points {
		values[i] = p.Values
	}
	return values, ok
}
