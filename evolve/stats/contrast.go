package stats

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Contrast holds two of several methods against each other over the same rows: by their average ranks, by the pairs
// that rows make of them, and by their values alone. Of the values the higher are the better.
type Contrast struct {
	A, B        string
	Difference  float64 // of the average ranks, A's minus B's
	PNemenyi    float64 // of this difference among those of all pairs
	Signed      Signed  // rows are pairs
	PSignedHolm float64
	Test        Test // rows are runs that have nothing to do with each other
	PHolm       float64
	Effect      Effect
	Resampled   Effect // by the bootstrap; the zero value where none was asked for
}

// Contrasts compares every pair of columns. Resamplings above 0 ask for that many of the bootstrap, each pair from the
// stream of its own that it is given for its two names.
func Contrasts(names []string, rows [][]float64, resamplings int, stream func(a, b string) *rand.Rand) []Contrast {
	columns := make([][]float64, len(names))
	for _, row := range rows {
		for j, x := range row {
			columns[j] = append(columns[j], x)
		}
	}
	average := Friedman(rows).Ranks
	tests := Compare(names, columns)
	var all []Contrast
	var ps []float64
	least := 1.0 // what a signed-rank test of so many rows can reach
	if n := float64(len(rows)); n > 0 {
		least = math.Pow(2, 1-n)
	}
	for i := range names {
		for j := i + 1; j < len(names); j++ {
			t := tests[len(all)]
			c := Contrast{A: names[i], B: names[j], Difference: average[i] - average[j], Test: t.Test, PHolm: t.PHolm,
				Signed: Wilcoxon(columns[i], columns[j]), Effect: A12(columns[i], columns[j])}
			c.PNemenyi = NemenyiP(c.Difference, len(rows), len(names))
			if resamplings > 0 {
				c.Resampled = BootstrapA12(columns[i], columns[j], resamplings, stream(names[i], names[j]))
			}
			all, ps = append(all, c), append(ps, c.Signed.P)
		}
	}
	for i, p := range Holm(ps) {
		all[i].PSignedHolm = p
		if least < Alpha && least*float64(len(all)) >= Alpha {
			all[i].Signed.Notes = append(all[i].Signed.Notes, fmt.Sprintf(
				"too few rows for %d comparisons: none can reach p < %g after Holm's correction", len(all), Alpha))
		}
	}
	return all
}
