package model

import (
	"fmt"
	"math"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/features"
)

// Columns encodes n architectures as x[feature][row] for [Fit] and [Trees.PredictAll].
// The encoding may be groups, as in [features.Append]. It refuses one with values that are not integers 0..255.
func Columns(e evolve.Encoder, encoding string, n int, at func(i int) evolve.Arch) ([][]uint8, error) {
	var x [][]uint8
	var values []float64
	for i := range n {
		var err error
		if values, err = features.Append(values[:0], e, encoding, at(i)); err != nil {
			return nil, fmt.Errorf("model: architecture %d: %w", i, err)
		}
		if i == 0 {
			x = make([][]uint8, len(values))
			for f := range x {
				x[f] = make([]uint8, n)
			}
		}
		if len(values) != len(x) {
			return nil, fmt.Errorf("model: architecture %d has %d features, others %d: %w",
				i, len(values), len(x), evolve.ErrInvalid)
		}
		for f, v := range values {
			if !(v >= 0 && v <= math.MaxUint8) || v != math.Trunc(v) {
				return nil, fmt.Errorf("model: architecture %d: feature %d is %v, not an integer 0..255: %w",
					i, f, v, evolve.ErrInvalid)
			}
			x[f][i] = uint8(v)
		}
	}
	return x, nil
}
