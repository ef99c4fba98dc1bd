package stats

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Sample describes the values of independent runs.
type Sample struct {
	N              int
	Mean, Std      float64 // Std with n-1; NaN for fewer than two
	CI             float64 // half the width of the 95 % interval of the mean, Student's t; NaN for fewer than two
	Q1, Median, Q3 float64 // as [Quantile]
}

// Describe summarises values; all fields but N are NaN for none, or when one is NaN.
func Describe(xs []float64) Sample {
	nan := math.NaN()
	s := Sample{len(xs), nan, nan, nan, nan, nan, nan}
	if len(xs) == 0 || slices.ContainsFunc(xs, math.IsNaN) {
		return s
	}
	sorted := slices.Sorted(slices.Values(xs))
	s.Q1, s.Median, s.Q3 = Quantile(sorted, .25), Quantile(sorted, .5), Quantile(sorted, .75)
	s.Mean = laneSum(sorted) / float64(len(sorted))
	if n := float64(len(xs)); n > 1 {
		s.Std = deviation(sorted, s.Mean)
		s.CI = t975(n-1) * s.Std / math.Sqrt(n)
	}
	return s
}

// t975 is the 97.5 % quantile of Student's t with nu degrees of freedom, which bounds a two-sided 95 % interval.
func t975(nu float64) float64 { return distuv.StudentsT{Sigma: 1, Nu: nu}.Quantile(.975) }

// laneSum adds values in eight lanes, then folds the lanes: less is lost to rounding than in one running sum. The
// order is that of gonum's sum on amd64, whose means are on record, and is the same in every build.
func laneSum(xs []float64) float64 {
	var l [8]float64
	add := func(width int) {
		for i, x := range xs[:width] {
			l[i] += x
		}
		xs = xs[width:]
	}
	for len(xs) >= 8 {
		add(8)
	}
	l[0], l[1], l[2], l[3] = l[0]+l[6], l[1]+l[7], l[2]+l[4], l[3]+l[5]
	if len(xs) >= 4 {
		add(4)
	}
	l[0], l[1] = l[0]+l[2], l[1]+l[3]
	if len(xs) >= 2 {
		add(2)
	}
	l[0] += l[1]
	if len(xs) == 1 {
		add(1)
	}
	return l[0]
}

// deviation has n-1. The second sum takes off what rounding left of the mean (Chan, Golub and LeVeque, The
// American Statistician 37, 1983, formula 1.7).
func deviation(xs []float64, mean float64) float64 {
	var squares, off float64
	for _, x := range xs {
		d := x - mean
		squares += float64(d * d)
		off += d
	}
	n := float64(len(xs))
	return math.Sqrt((squares - float64(off*off)/n) / (n - 1))
}

// Quantile interpolates linearly between the order statistics of a sorted, non-empty sample: type 7 of Hyndman and
// Fan (The American Statistician 50, 1996), the default of numpy and R.
func Quantile(sorted []float64, p float64) float64 {
	h := float64(p * float64(len(sorted)-1))
	i := int(h)
	if i+1 >= len(sorted) || sorted[i] == sorted[i+1] {
		return sorted[i]
	}
	return sorted[i] + float64((h-float64(i))*(sorted[i+1]-sorted[i]))
}

// Mode is the most frequent value of a sorted, non-empty sample; of equally frequent ones the lowest.
func Mode[T cmp.Ordered](sorted []T) (mode T) {
	most := 0
	for i := 0; i < len(sorted); {
		j := i + 1
		for j < len(sorted) && sorted[j] == sorted[i] {
			j++
		}
		if j-i > most {
			mode, most = sorted[i], j-i
		}
		i = j
	}
	return mode
}

// Mean adds the values in their order. NaN for none.
func Mean(xs []float64) float64 {
	var sum float64
	for _, x := range xs {
		sum += x
	}
	return sum / float64(len(xs))
}

// MeanSD is the mean with the standard deviation of n-1, which is NaN for fewer than two values.
func MeanSD(xs []float64) (mean, sd float64) {
	mean = Mean(xs)
	if len(xs) < 2 {
		return mean, math.NaN()
	}
	return mean, math.Sqrt(Squares(xs, mean) / float64(len(xs)-1))
}

// Squares sums the squared distances from a value.
func Squares(xs []float64, from float64) (sum float64) {
	for _, x := range xs {
		sum += float64((x - from) * (x - from))
	}
	return sum
}

// Difference of two means with half the width of its 95 % interval (Welch, Biometrika 34, 1947). Half is NaN when
// either sample has fewer than two values.
func Difference(mean1, sd1 float64, n1 int, mean2, sd2 float64, n2 int) (diff, half float64) {
	diff = mean1 - mean2
	if n1 < 2 || n2 < 2 {
		return diff, math.NaN()
	}
	v1, v2 := sd1*sd1/float64(n1), sd2*sd2/float64(n2)
	if v1+v2 == 0 {
		return diff, 0
	}
	nu := (v1 + v2) * (v1 + v2) / (float64(v1*v1)/float64(n1-1) + float64(v2*v2)/float64(n2-1))
	return diff, t975(nu) * math.Sqrt(v1+v2)
}
