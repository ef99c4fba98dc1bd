package mlp

import (
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve/stats"
)

// clipped is how many deviations from the commonest value of its column a number may be. Rows that are predicted may be
// far from all that were fitted, and a network answers such inputs with anything.
const clipped = 4

// inputs is how numbers become inputs: each column minus its commonest value, over its standard deviation. Columns of
// zeros and ones are only centred, so that a rare one is no louder than a common one.
type inputs struct {
	centre, scale []float32
	live          []int32 // columns that are not the same in all rows, rising
	norm          float64 // mean square of a row's length, for the first layer's initial weights
}

// row is the inputs that are not 0.
type row struct {
	at []int32
	v  []float32
}

func newInputs(x [][]float32) inputs {
	cols := len(x[0])
	in := inputs{centre: make([]float32, cols), scale: make([]float32, cols)}
	column := make([]float32, len(x))
	for c := range cols {
		mean, bits := 0.0, true
		for i := range x {
			v := x[i][c]
			column[i] = v
			mean += float64(v)
			bits = bits && (v == 0 || v == 1)
		}
		mean /= float64(len(x))
		slices.Sort(column)
		in.centre[c], in.scale[c] = stats.Mode(column), 1
		if column[0] == column[len(column)-1] {
			continue
		}
		in.live = append(in.live, int32(c))
		squares := 0.0
		for _, v := range column {
			d := float64(v) - mean
			squares += float64(d * d)
		}
		if !bits {
			in.scale[c] = float32(1 / math.Sqrt(squares/float64(len(x))))
		}
	}
	for i := range x {
		for _, v := range in.row(x[i]).v {
			in.norm += float64(v * v)
		}
	}
	in.norm = max(in.norm/float64(len(x)), 1)
	return in
}

// row makes inputs of numbers.
func (in *inputs) row(x []float32) row {
	var r row
	for c, v := range x {
		if v != in.centre[c] {
			r.at = append(r.at, int32(c))
			r.v = append(r.v, min(max((v-in.centre[c])*in.scale[c], -clipped), clipped))
		}
	}
	return r
}
