// Package front knows the exact fronts of benchmarks whose every architecture can be looked at. They are for analysis,
// as a benchmark's best value is: no searcher can reach them.
package front

import (
	"context"
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
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
		points = enter(points, t.Arch, s.Val, r.Others)
	}
	slices.SortFunc(points, func(p, q Point) int { return slices.Compare(p.Values, q.Values) })
	return points, true
}

// enter adds a point to those of a front, unless one of them is no worse in any objective, and removes those that it
// beats.
func enter(front []Point, a evolve.Arch, first float64, others []float64) []Point {
	for i := range front {
		if noWorse(front[i].Values, first, others) {
			return front
		}
	}
	values := append([]float64{first}, others...)
	front = slices.DeleteFunc(front, func(p Point) bool { return noWorse(values, p.Values[0], p.Values[1:]) })
	return append(front, Point{a, values})
}

// noWorse says whether values are at most the others in every objective.
func noWorse(values []float64, first float64, others []float64) bool {
	if values[0] > first {
		return false
	}
	for i, x := range others {
		if values[i+1] > x {
			return false
		}
	}
	return true
}
