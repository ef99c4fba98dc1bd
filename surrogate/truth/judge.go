package truth

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/stats"
)

// Row is how a prediction agrees with a view; positive means the same order. What is not known is NaN.
type Row struct {
	stats.Agreement
	Low, High stats.Agreement // ends of 95 % intervals
}

// Judge says how the cells' scores, in the order of the view's rows and greater for the better, agree with the means
// of all runs. The intervals are over cells, by so many resamplings, or NaN for fewer than two.
func (v *View) Judge(scores []float64, resamplings int, rng *rand.Rand) Row {
	return judge(resamplings, rng, [][2][]float64{{scores, v.means}})
}

// Params is the row of the number of parameters alone, the greater the better.
func (v *View) Params(resamplings int, rng *rand.Rand) Row {
	return v.Judge(v.params, resamplings, rng)
}

// OneRun is how a run of each cell agrees with the mean of its others, which is what somebody gets who trains each cell
// once; the mean over the seeds. Where means alone are known, it is of the cells of which a run is known beside them,
// and NaN where there are none.
func (v *View) OneRun(resamplings int, rng *rand.Rand) Row {
	all := v.singles
	if v.runs != nil {
		all = pairs(v.runs)
	}
	if len(all) == 0 {
		return unknownRow()
	}
	return judge(resamplings, rng, all)
}

// Singles is the number of cells that [View.OneRun] is of.
func (v *View) Singles() int {
	switch {
	case v.runs != nil:
		return len(v.runs)
	case len(v.singles) > 0:
		return len(v.singles[0][0])
	}
	return 0
}

// unknownRow is a row of which nothing is known.
func unknownRow() Row { return Row{agreement(nil), agreement(nil), agreement(nil)} }

// pairs are each seed's run and the sum of the others.
func pairs(runs [][]float64) [][2][]float64 {
	all := make([][2][]float64, len(runs[0]))
	for s := range all {
		for _, r := range runs {
			all[s][0], all[s][1] = append(all[s][0], r[s]), append(all[s][1], sum(r, s))
		}
	}
	return all
}

// judge compares several predictions, each with the truth beside it, and returns the mean of their agreements.
func judge(resamplings int, rng *rand.Rand, all [][2][]float64) Row {
	row := Row{Agreement: mean(all)}
	// Rows that are sorted already are sorted again in a fraction of the time, resampling by resampling.
	orders, part := make([][]int, len(all)), make([][2][]float64, len(all))
	for k, p := range all {
		for i := range p[0] {
			orders[k] = append(orders[k], i)
		}
		slices.SortFunc(orders[k], func(i, j int) int {
			return cmp.Or(cmp.Compare(p[0][i], p[0][j]), cmp.Compare(p[1][i], p[1][j]))
		})
	}
	low, high := stats.Bootstrap(len(all[0][0]), resamplings, rng, func(times []int) []float64 {
		for k, p := range all {
			predicted, truth := part[k][0][:0], part[k][1][:0]
			for _, i := range orders[k] {
				for range times[i] {
					predicted, truth = append(predicted, p[0][i]), append(truth, p[1][i])
				}
			}
			part[k] = [2][]float64{predicted, truth}
		}
		return numbers(mean(part))
	})
	row.Low, row.High = agreement(low), agreement(high)
	return row
}

func mean(all [][2][]float64) stats.Agreement {
	var sum []float64
	for _, p := range all {
		xs := numbers(stats.Agree(p[0], p[1]))
		if sum == nil {
			sum = make([]float64, len(xs))
		}
		for i, x := range xs {
			sum[i] += x / float64(len(all))
		}
	}
	return agreement(sum)
}

// numbers are an agreement's in a row, and agreement puts them back; of none it is NaN.
func numbers(a stats.Agreement) []float64 {
	return append([]float64{a.TauB, a.Spearman}, a.Precision[:]...)
}

func agreement(xs []float64) (a stats.Agreement) {
	if len(xs) == 0 {
		nan := math.NaN()
		return stats.Agreement{TauB: nan, Spearman: nan, Precision: [len(stats.TopShares)]float64{nan, nan, nan}}
	}
	a.TauB, a.Spearman = xs[0], xs[1]
	copy(a.Precision[:], xs[2:])
	return a
}

// Stream is the stream of a row's resamplings, which depends on nothing that is computed beside it.
func (v *View) Stream(seed uint64, row string) *rand.Rand {
	cells := "all"
	if v.Live {
		cells = "live"
	}
	return evolve.Stream(seed, "truth/"+v.By+"/"+cells+"/"+row)
}

// References are one run, the limit and the parameters of a view, as [Truth.Report] measures them. Where runs are not
// known, and none can be simulated, the limit is the one by ranks.
func (v *View) References(resamplings, tables int, seed uint64) (one, limit, params Row) {
	one = v.OneRun(resamplings, v.Stream(seed, "one run"))
	if limit = v.Simulate(tables, v.Stream(seed, "limit")).Limit; math.IsNaN(limit.TauB) {
		limit = v.RankLimit(one)
	}
	return one, limit, v.Params(resamplings, v.Stream(seed, "params"))
}
