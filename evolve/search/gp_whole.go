package search

import (
	"math"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/features"
	"github.com/amoeba-nas/amoeba/evolve/gauss"
)

// gpWhole sees all of a listed space.
type gpWhole struct {
	list   evolve.Enumerable
	field  *gauss.Field
	memory *memory
}

func (w *gpWhole) show(a evolve.Arch) error {
	w.field.Show(w.list.Index(a))
	return nil
}

func (w *gpWhole) condition(y []float64) { w.field.Condition(y) }

func (w *gpWhole) best(promise gauss.Acquisition, exact bool, _ func() []evolve.Arch) (evolve.Arch, error) {
	at := -1
	if exact {
		at = w.field.Max(promise, w.memory.hasAt)
	} else {
		top := math.Inf(-1)
		w.field.All(w.memory.hasAt, func(point int, mean, sd float64) {
			if v := gauss.Round(promise(mean, sd)); v > top || at < 0 {
				at, top = point, v
			}
		})
	}
	if at < 0 {
		return "", nil
	}
	return w.list.At(at), nil
}

// gpPoints are the points of whole spaces by their features, once a process.
var gpPoints features.Memo

// points are the features of a listed space.
func (c *gpCoder) points(around *candidates) (*gauss.Points, error) {
	if c.extra == nil {
		return features.Once(&gpPoints, c.problem.Space, c.encoding,
			func(s evolve.Space, encoding string) (*gauss.Points, error) {
				table, err := features.Standard(s, encoding)
				if err != nil {
					return nil, err
				}
				return gauss.NewPoints(table.X, table.Cols, c.ends), nil
			})
	}
	table := new(features.Table)
	if c.features != nil {
		var err error
		if table, err = features.Standard(c.problem.Space, c.encoding); err != nil {
			return nil, err
		}
	}
	var x []float32
	for i := range around.whole() {
		if c.features != nil {
			x = append(x, table.Row(i)...)
		}
		var err error
		if x, err = c.behind(x, around.list.At(i)); err != nil {
			return nil, err
		}
	}
	return gauss.NewPoints(x, c.cols(), c.ends), nil
}
