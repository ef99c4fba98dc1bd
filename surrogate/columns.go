package surrogate

import (
	"math"

	"github.com/amoeba-nas/amoeba/evolve"
)

// everyOf are the numbers below n.
func everyOf(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// byRow turns columns of single runs into the runs of each row.
func byRow(columns [][]float64) [][]float64 {
	rows, all := make([][]float64, len(columns[0])), make([]float64, 0, len(columns)*len(columns[0]))
	for i := range rows {
		from := len(all)
		for _, c := range columns {
			if !math.IsNaN(c[i]) {
				all = append(all, c[i])
			}
		}
		rows[i] = all[from:len(all):len(all)]
	}
	return rows
}

// ErrorsOf turns accuracies into losses: per cent with whole 100, fractions with whole 1.
func ErrorsOf(accuracies []float64, whole float64) []float64 {
	xs := make([]float64, len(accuracies))
	for i, a := range accuracies {
		xs[i] = 1 - a/whole
	}
	return xs
}

// PerCent turns losses to accuracies.
func PerCent(loss []float64) []float64 {
	xs := make([]float64, len(loss))
	for i, l := range loss {
		xs[i] = 100 * (1 - l)
	}
	return xs
}

// share is the part of 108 epochs' seconds that fewer take: training is linear in epochs.
func share(seconds []float64, epochs int) []float64 {
	xs := make([]float64, len(seconds))
	for i, s := range seconds {
		xs[i] = s * float64(epochs) / 108
	}
	return xs
}

// scores pairs losses.
func scores(val, test []float64) []evolve.Score {
	all := make([]evolve.Score, len(val))
	for i := range all {
		all[i] = evolve.Score{Val: val[i], Test: test[i]}
	}
	return all
}

func ones(n int) []float64 {
	xs := make([]float64, n)
	for i := range xs {
		xs[i] = 1
	}
	return xs
}
