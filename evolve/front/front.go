// Package front knows the exact fronts of benchmarks whose every architecture can be looked at. They are for analysis,
// as a benchmark's best value is: no searcher can reach them.
package front

import (
	"context"
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/pareto"
)

// Point is an architecture with a loss of each objective, in the order of the benchmark's.
type Point struct {
	Arch   evolve.Arch
	Values []float64
}

// mostPredicted is so many architectures as models are asked for: the surrogate of NAS-Bench-101 takes a minute of a
// core for all of its cells.
const mostPredicted = 100_000

// Exact is the front of all architectures of a benchmark: the points that no other is at least as good as in every
// objective and better than in one, in rising order. Of equal points the first of the space is there. The first
// objective is what is reported after the full schedule, see [evolve.Benchmark], the others are as a trial is told.
//
// ok is false where the front is not known: of a space that cannot be enumerated, of trainings, of models that would
// have to predict more than a hundred thousand architectures, and of a result of training that is not the first
// objective and of which trials are told something else than what is reported.
func Exact(b evolve.Benchmark) (points []Point, ok bool) {
	space, lists := b.Problem().Space.(evolve.Enumerable)
	if !lists || b.About().Trains() || b.About().Kind != "table" && space.Size() > mostPredicted {
		return nil, false
	}
	trained, reports := slices.IndexFunc(b.Problem().Objectives, evolve.Objective.Trained), evolve.OfTraining(b)
	var values []float64
	for i := range space.Size() {
		t := evolve.Trial{Proposal: evolve.Proposal{Arch: space.At(i)}}
		var r evolve.Result
		if b.Evaluate(context.Background(), &t, &r) != nil {
			continue // an architecture that fails is on no front
		}
		s, err := b.Score(&t)
		if err != nil || math.IsNaN(s.Val) || slices.ContainsFunc(r.Others, math.IsNaN) {
			continue
		}
		if trained > 0 {
			if told, err := reports.Score(&t); err != nil || told.Val != r.Others[trained-1] {
				return nil, false
			}
		}
		values = append(append(values[:0], s.Val), r.Others...)
		points = enter(points, t.Arch, values)
	}
	slices.SortFunc(points, func(p, q Point) int { return slices.Compare(p.Values, q.Values) })
	return points, true
}

// enter adds a point to those of a front, unless one of them is no worse in any objective, and removes those that it
// beats.
func enter(front []Point, a evolve.Arch, values []float64) []Point {
	if slices.ContainsFunc(front, func(p Point) bool { return pareto.NoWorse(p.Values, values) }) {
		return front
	}
	front = slices.DeleteFunc(front, func(p Point) bool { return pareto.NoWorse(values, p.Values) })
	return append(front, Point{a, slices.Clone(values)})
}
