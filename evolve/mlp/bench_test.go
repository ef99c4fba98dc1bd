package mlp_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve/mlp"
)

// small is about what a searcher fits again and again.
var small = mlp.Params{Nets: 5, Depth: 2, Width: 16, Epochs: 20, Batch: 16, Rate: .01, Fade: true}

// drawn are rows of which a fifth of the numbers are not 0, and a target that is a sum of products.
func drawn(rows, cols int, seed uint64) (x [][]float32, y []float64) {
	r := rand.New(rand.NewPCG(seed, 1))
	for range rows {
		row := make([]float32, cols)
		for c := range row {
			if r.IntN(5) == 0 {
				row[c] = float32(1 + r.IntN(3))
			}
		}
		x = append(x, row)
		y = append(y, float64(row[0]-row[1]*row[2])+.5*float64(row[3]))
	}
	return x, y
}

func BenchmarkFit(b *testing.B) {
	for _, rows := range []int{20, 140} {
		b.Run(fmt.Sprintf("rows=%d", rows), func(b *testing.B) {
			x, y := drawn(rows, 150, 1)
			for b.Loop() {
				mlp.Fit(x, y, small, 1)
			}
		})
	}
}
