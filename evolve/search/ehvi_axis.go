package search

import (
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/gauss"
	"github.com/amoeba-nas/amoeba/evolve/stats"
)

// ehviAxis is what is thought of one objective of the architectures that are looked at, by their places: all of a
// listed space, or those that were drawn.
type ehviAxis struct {
	exact  func(evolve.Arch) (float64, error) // the loss where it is known; nil where it is modelled
	values []float64                          // of it, by place
	model  ehviModel                          // nil where the loss is known
	scale  ehviScale
	y      []float64
}

// ehviModel is a process with its candidates: a [gauss.Field] of all of a listed space, or [gauss.Rows] of those that
// were drawn.
type ehviModel interface {
	Fit(rows []int, y []float64)
	Condition(y []float64)
	Bound(place int) (mean, sd float64)
	Posterior(place int) (mean, sd float64)
}

// ehviScale turns losses into the targets of a process.
type ehviScale struct{ reference, mean, sd float64 }

// exactly is the k-th objective of architectures as a loss where it is known of them without training: exact, and a
// training-free score of its name. It is nil where it is not.
func exactly(p evolve.Problem, k int) func(evolve.Arch) (float64, error) {
	o := p.Objectives[k]
	at := slices.IndexFunc(p.Proxies, func(x evolve.Proxy) bool { return x.Name == o.Name })
	if !o.Exact || at < 0 {
		return nil
	}
	score := p.Proxies[at].Score
	return func(a evolve.Arch) (float64, error) {
		x, err := score(a)
		if o.Maximised {
			x = 0 - x
		}
		return x, err
	}
}

// know finds the values of n places.
func (a *ehviAxis) know(n int, at func(place int) evolve.Arch) error {
	a.values = a.values[:0]
	for place := range n {
		x, err := a.exact(at(place))
		if err != nil {
			return err
		}
		a.values = append(a.values, x)
	}
	return nil
}

// measure sets the scale of an axis, by which the targets of rows have mean 0 and variance 1.
func (a *ehviAxis) measure(reference float64, k int, loss [][2]float64, told []int) {
	targets := make([]float64, len(told))
	for n, i := range told {
		targets[n] = min(loss[i][k], reference)
	}
	mean := stats.Mean(targets)
	a.scale = ehviScale{reference, mean, math.Sqrt(stats.Squares(targets, mean)/float64(len(targets))) + 1e-12}
}

// target is what a process sees of a loss.
func (c ehviScale) target(loss float64) float64 { return (min(loss, c.reference) - c.mean) / c.sd }

// value is a loss in the units of an axis.
func (a *ehviAxis) value(loss float64) float64 {
	if a.exact != nil {
		return loss
	}
	return a.scale.target(loss)
}

// bound is what is thought of a place at best, guess as it is.
func (a *ehviAxis) bound(place int) gauss.Guess {
	if a.exact != nil {
		return gauss.Guess{Mean: a.values[place]}
	}
	mean, sd := a.model.Bound(place)
	return gauss.Guess{Mean: mean, SD: sd}
}

func (a *ehviAxis) guess(place int) gauss.Guess {
	if a.exact != nil {
		return gauss.Guess{Mean: a.values[place]}
	}
	mean, sd := a.model.Posterior(place)
	return gauss.Guess{Mean: mean, SD: sd}
}
