package landscape

import (
	"fmt"
	"math"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Surface is a space with the loss of each of its architectures, without noise.
type Surface struct {
	Space evolve.Space
	Loss  func(evolve.Arch) float64 // NaN where none is known
	Best  float64                   // the lowest loss there is; NaN where nobody knows it
	Table bool                      // losses are looked up and not predicted: asking for a million takes no time
}

// Of is the surface of what a benchmark reports of an architecture after its full schedule: its validation, or its
// test. The error wraps ErrUnsupported for a benchmark that would have to train each architecture first.
func Of(b evolve.Benchmark, test bool) (*Surface, error) {
	about := b.About()
	if about.Trains() {
		return nil, fmt.Errorf("%s trains each architecture that it is asked for: "+
			"want a benchmark whose answers are known, such as nb201: %w", about.Title, evolve.ErrUnsupported)
	}
	s := &Surface{Space: b.Problem().Space, Best: about.BestVal, Table: about.Kind == "table"}
	if test {
		s.Best = about.BestTest
	}
	s.Loss = func(a evolve.Arch) float64 {
		t := evolve.Trial{ID: 1, Proposal: evolve.Proposal{Arch: a}}
		score, err := b.Score(&t)
		switch {
		case err != nil:
			return math.NaN()
		case test:
			return score.Test
		}
		return score.Val
	}
	return s, nil
}

// Listed is the space, if it numbers its architectures and all of them can be asked for in a moment.
func (s *Surface) Listed() (evolve.Enumerable, bool) {
	e, ok := s.Space.(evolve.Enumerable)
	return e, ok && (e.Size() <= wholeSize || s.Table && e.Size() <= listedSize)
}

// Losses are those of all architectures of a space, by index.
func (s *Surface) Losses(all evolve.Enumerable) []float64 {
	losses := make([]float64, all.Size())
	for i := range losses {
		losses[i] = s.Loss(all.At(i))
	}
	return losses
}

// Lowest are the architectures of the lowest of some losses, by their places; none where all are NaN.
func Lowest(losses []float64) (places []int) {
	least := math.Inf(1)
	for i, x := range losses {
		switch {
		case x < least:
			least, places = x, append(places[:0], i)
		case x == least:
			places = append(places, i)
		}
	}
	return places
}
