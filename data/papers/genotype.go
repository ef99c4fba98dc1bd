package papers

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/evolve/notes"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// Metrics of rows and claims that look at the cells which methods of weight sharing answer with, and at what they
// favoured on the way.
const (
	// Skips counts the skip connections of a run's answer.
	Skips = "skips"
	// Collapsed is 1 of a run whose answer has nothing but skip connections on its edges, else 0.
	Collapsed = "collapsed"
	// SkipShare is the probability that the last epoch gives skip connections, the mean over edges.
	SkipShare = "skip-share"
	// SkipRise is how much higher that is than after the first epoch.
	SkipRise = "skip-rise"
)

// skip is what spaces of cells call the operation.
const skip = "skip_connect"

// genotypes are the values of one of these metrics, one a run, NaN where a run has none.
func genotypes(o *lab.Outcome, arm *trace.Arm, metric string) (xs []float64, err error) {
	for i := range arm.Runs {
		x := math.NaN()
		if metric == Skips || metric == Collapsed {
			x, err = skipsOf(o, arm.Runs[i].Final.Arch, metric)
		} else if o.Set.RunNotes != nil {
			var n *notes.Notes
			if n, err = o.Set.RunNotes(arm.Algo, i); errors.Is(err, fs.ErrNotExist) {
				err = nil // of a searcher that trains no shared weights
			} else if err == nil && len(n.Epochs) > 0 {
				x = shareOf(n, len(n.Epochs)-1)
				if metric == SkipRise {
					x -= shareOf(n, 0)
				}
			}
		}
		if err != nil {
			return nil, err
		}
		xs = append(xs, x)
	}
	return xs, nil
}

// skipsOf is a run's value of Skips or Collapsed; NaN of one without an answer.
func skipsOf(o *lab.Outcome, arch, metric string) (float64, error) {
	if arch == "" {
		return math.NaN(), nil
	}
	skips, edges := skipsIn(o.Bench.Problem().Space, evolve.Arch(arch))
	switch {
	case edges == 0:
		return 0, fmt.Errorf("metric %s: the space of %s has no notation that names the operations of edges: %w",
			metric, o.Spec.Benchmark, evolve.ErrUnsupported)
	case metric == Skips:
		return float64(skips), nil
	case skips == edges:
		return 1, nil
	}
	return 0, nil
}

// skipsIn counts the skip connections of an architecture and all edges, by its notation: nb201 writes an edge as
// |OPERATION~NODE|, darts as ('OPERATION', NODE). There are no edges where the notation is another.
func skipsIn(s evolve.Space, a evolve.Arch) (skips, edges int) {
	n, ok := s.(evolve.Notation)
	if !ok {
		return 0, 0
	}
	text := n.Format(a)
	return strings.Count(text, skip), strings.Count(text, "~") + strings.Count(text, "('")
}

// shareOf is the mean over edges of the probability that an epoch gives skip connections; NaN where it notes none.
func shareOf(n *notes.Notes, epoch int) float64 {
	shares, sum := n.Epochs[epoch].Shares, 0.0
	for g, p := range shares {
		if n.Ops[g%len(n.Ops)] == skip {
			sum += p
		}
	}
	return sum / float64(len(shares)/max(len(n.Ops), 1))
}
