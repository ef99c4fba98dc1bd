package stats

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mathext"
)

// Ranking compares several methods over several data sets by their ranks on each (Demšar, JMLR 7, 2006).
type Ranking struct {
	Rows, Methods int
	Ranks         []float64 // average ranks; 1 is the best, equal values share theirs
	// Friedman's statistic (JASA 32, 1937), and Iman and Davenport's F of it (Communications in Statistics 9, 1980). A
	// missing one is NaN.
	Plain ChiF
	// The same with Friedman's statistic corrected for ties.
	Corrected ChiF
	// CD is Nemenyi's critical difference at the level Alpha: average ranks that are further apart differ.
	CD    float64
	Notes []string // in words, why it says less than it seems to
}

// ChiF is a statistic of ranks with χ² distribution and its F, each with its p-value.
type ChiF struct{ Chi2, PChi2, F, PF float64 }

// Friedman ranks the methods, the columns, on each row. Of the values the higher are the better. It panics when the
// rows differ in length.
func Friedman(rows [][]float64) Ranking {
	nan := math.NaN()
	none := ChiF{nan, nan, nan, nan}
	r := Ranking{Rows: len(rows), Plain: none, Corrected: none, CD: nan}
	if len(rows) > 0 {
		r.Methods = len(rows[0])
	}
	r.Ranks = make([]float64, r.Methods)
	ties := 0.0
	for _, row := range rows {
		if len(row) != r.Methods {
			panic("stats: rows of different lengths")
		}
		lower := make([]float64, len(row))
		for i, x := range row {
			lower[i] = -x
		}
		for i, rank := range Ranks(lower) {
			r.Ranks[i] += rank
		}
		ties += tieSum(row)
	}
	n, k := float64(r.Rows), float64(r.Methods)
	for i := range r.Ranks {
		r.Ranks[i] /= n
	}
	switch {
	case slices.ContainsFunc(rows, func(row []float64) bool { return slices.ContainsFunc(row, math.IsNaN) }):
		for i := range r.Ranks {
			r.Ranks[i] = nan
		}
		r.Notes = append(r.Notes, "a value is missing, so there is no ranking")
		return r
	case r.Rows < 2 || r.Methods < 2:
		r.Notes = append(r.Notes, fmt.Sprintf("%s: a test needs two of each", sized(r.Rows, r.Methods)))
		return r
	}
	r.CD = NemenyiCD(r.Rows, r.Methods)
	spread := Squares(r.Ranks, float64((k+1)/2))
	r.Plain = chiF(12*n/(k*(k+1))*spread, n, k)
	if whole := n * k * (float64(k*k) - 1); ties < whole {
		r.Corrected = chiF(12*n/(k*(k+1))*spread/(1-ties/whole), n, k)
	} else {
		r.Notes = append(r.Notes, "the methods are equal on every row: nothing is left to correct for ties")
	}
	for _, x := range []ChiF{r.Plain, r.Corrected} {
		if math.IsInf(x.F, 1) {
			r.Notes = append(r.Notes, "every row orders the methods alike: F has no bound and gives no p-value")
			break
		}
	}
	// Friedman's tables of exact values end where Demšar lets the approximation begin.
	if r.Rows <= 10 && r.Methods <= 5 {
		r.Notes = append(r.Notes, fmt.Sprintf("%s are few for the approximations of chi-square and F",
			sized(r.Rows, r.Methods)))
	}
	return r
}

func sized(rows, methods int) string {
	count := func(n int, what string) string {
		if n == 1 {
			return "1 " + what
		}
		return fmt.Sprintf("%d %ss", n, what)
	}
	return count(rows, "row") + " and " + count(methods, "method")
}

// chiF is F of a χ² of k methods on n rows, and the tails of both.
func chiF(chi2, n, k float64) ChiF {
	x := ChiF{Chi2: chi2, PChi2: mathext.GammaIncRegComp((k-1)/2, chi2/2)}
	left := float64(n*(k-1)) - chi2
	if left <= 1e-12*chi2 { // rounding leaves a trace of what is none
		x.F, x.PF = math.Inf(1), math.NaN() // 0 would be said of any two rows that agree
		return x
	}
	x.F = (n - 1) * chi2 / left
	d1, d2 := k-1, float64((k-1)*(n-1))
	x.PF = mathext.RegIncBeta(d2/2, d1/2, d2/(d2+float64(d1*x.F)))
	return x
}

// NemenyiCD is the critical difference of average ranks of so many methods on so many rows at the level [Alpha]
// (Nemenyi 1963; Demšar, JMLR 7, 2006, section 3.2.2).
func NemenyiCD(rows, methods int) float64 {
	k := float64(methods)
	return RangeQuantile(1-Alpha, methods) / math.Sqrt2 * math.Sqrt(k*(k+1)/(6*float64(rows)))
}

// NemenyiP is the p-value of a difference of two average ranks.
func NemenyiP(difference float64, rows, methods int) float64 {
	k := float64(methods)
	return RangeTail(math.Abs(difference)/math.Sqrt(k*(k+1)/(6*float64(rows)))*math.Sqrt2, methods)
}
