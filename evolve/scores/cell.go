package scores

import (
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/stats"
)

// Summary is how runs are summed up in one number.
type Summary string

// The summaries.
const (
	Mean   Summary = "mean"   // with the interval of Student's t
	Median Summary = "median" // with the interval between two order statistics
	IQM    Summary = "iqm"    // the interquartile mean
)

// Summaries are all of them.
var Summaries = []string{string(Mean), string(Median), string(IQM)}

// ReadSummary is the summary of a name, which must be one of them.
func ReadSummary(name string) (Summary, error) {
	if !slices.Contains(Summaries, name) {
		return "", evolve.Unknown("summary", name, Summaries)
	}
	return Summary(name), nil
}

// Cell sums up a method's runs on a row. A number that is not known is NaN.
type Cell struct {
	stats.Sample                  // of the runs that have a result
	MedianLow, MedianHigh float64 // the median's 95 % interval
	IQM                   float64 // the interquartile mean
	Runs                  int     // all of them, those without a result included
	Value                 float64 // by the summary that was asked for
	Best                  bool    // no method of the row has a better Value
	// Against is Mann-Whitney's test against the best of the row; the zero value of the best.
	Against stats.Test
	PHolm   float64 // corrected for all methods of the row that are not the best; NaN for none
}

// Tied says whether a cell is not the best of its row and cannot be told apart from it.
func (c *Cell) Tied() bool { return !c.Best && !math.IsNaN(c.PHolm) && c.PHolm >= stats.Alpha }

// summed returns the runs that a cell sums up, sorted, and the values that its tests take. Runs without a result are
// left out of the summary and are the worst in the tests, as long as they are at most one in ten; where more lack a
// result, nothing sums the cell up.
func summed(runs []float64, lower bool) (sorted, tested []float64) {
	for _, x := range runs {
		if !math.IsNaN(x) {
			sorted = append(sorted, x)
		}
		switch {
		case math.IsNaN(x):
			tested = append(tested, math.Inf(-1))
		case lower:
			tested = append(tested, -x)
		default:
			tested = append(tested, x)
		}
	}
	if lacking := len(runs) - len(sorted); lacking*10 > len(runs) {
		return nil, nil
	}
	slices.Sort(sorted)
	slices.Sort(tested)
	return sorted, tested
}

// cellOf sums up the runs of a method on a row.
func cellOf(sorted []float64, runs int, by Summary) Cell {
	nan := math.NaN()
	c := Cell{Sample: stats.Describe(sorted), MedianLow: nan, MedianHigh: nan, Runs: runs, PHolm: nan}
	c.IQM = stats.InterquartileMean(sorted)
	if len(sorted) > 0 {
		c.MedianLow, c.MedianHigh = stats.MedianInterval(sorted)
	}
	switch by {
	case Median:
		c.Value = c.Median
	case IQM:
		c.Value = c.IQM
	default:
		c.Value = c.Mean
	}
	return c
}

// judge marks the best cells of a row and tests the others against the first of these. tested are the values of each
// method, the higher the better.
func judge(cells []Cell, tested [][]float64, lower bool) {
	best := -1
	for i := range cells {
		v := cells[i].Value
		if !math.IsNaN(v) && (best < 0 || lower && v < cells[best].Value || !lower && v > cells[best].Value) {
			best = i
		}
	}
	if best < 0 {
		return
	}
	var ps []float64
	for i := range cells {
		c := &cells[i]
		p := math.NaN()
		if c.Best = c.Value == cells[best].Value; !c.Best {
			c.Against = stats.MannWhitney(tested[i], tested[best])
			p = c.Against.P
		}
		ps = append(ps, p)
	}
	for i, p := range stats.Holm(ps) {
		cells[i].PHolm = p
	}
}
