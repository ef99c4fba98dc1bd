package features

import (
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/stats"
)

// How many architectures a scale is measured on, and how many standard deviations from the mean a number is at most:
// a column that is nearly always 0 would otherwise put the few others out of everyone's reach.
const (
	scaleSample  = 1500
	maxDeviation = 4
)

// Scale brings the features of a space to comparable size: a group that has other numbers than 0 and 1 column by column
// to mean 0 and variance 1, then every group so that two random architectures are at a mean squared distance of 1.
type Scale struct {
	Groups []Group
	Usual  []float32 // the most frequent number of each column, scaled
	mean   []float64
	factor []float64 // the group's included
	limit  []float64 // of what is multiplied, from the mean
}

// NewScale measures a scale on a sample of the space, the same whenever it is asked for: once a process.
func NewScale(s evolve.Space, encoding string) (*Scale, error) {
	return Once(&scales, s, encoding, newScale)
}

func newScale(s evolve.Space, encoding string) (*Scale, error) {
	c, err := NewCoder(s, encoding)
	if err != nil {
		return nil, err
	}
	r := evolve.Stream(0, "features scale")
	draw := func() evolve.Arch { return s.Sample(r) }
	if all, ok := s.(evolve.Enumerable); ok {
		draw = func() evolve.Arch { return all.At(r.IntN(all.Size())) }
	}
	var sample []float32
	for range scaleSample {
		if sample, err = c.Encode(sample, draw()); err != nil {
			return nil, err
		}
	}
	return measure(sample, c.Groups()), nil
}

// MeasureScale is the scale of features that are not of a space, such as training-free scores: one group of some
// columns, row by row.
func MeasureScale(x []float32, name string, cols int) *Scale {
	return measure(x, []Group{{name, 0, cols}})
}

func measure(x []float32, groups []Group) *Scale {
	cols := groups[len(groups)-1].To
	rows := float64(len(x) / cols)
	sc := &Scale{Groups: groups, mean: make([]float64, cols), factor: make([]float64, cols),
		limit: make([]float64, cols)}
	for _, g := range groups {
		bits := true
		spread := 0.0 // the mean squared distance of two rows is twice the sum of the variances
		for f := g.From; f < g.To; f++ {
			sum, squares := 0.0, 0.0
			for at := f; at < len(x); at += cols {
				v := float64(x[at])
				bits = bits && (v == 0 || v == 1)
				sum += v
			}
			mean := sum / rows
			for at := f; at < len(x); at += cols {
				d := float64(x[at]) - mean
				squares += float64(d * d)
			}
			sc.mean[f], sc.factor[f] = mean, squares/rows
		}
		for f := g.From; f < g.To; f++ {
			variance := sc.factor[f]
			switch {
			case bits:
				sc.mean[f], sc.factor[f], sc.limit[f] = 0, 1, 1
				spread += 2 * variance
			case variance > 0:
				sc.factor[f] = 1 / math.Sqrt(variance)
				sc.limit[f] = maxDeviation * math.Sqrt(variance)
				for at := f; at < len(x); at += cols {
					d := sc.deviation(f, x[at]) * sc.factor[f]
					spread += 2 * float64(d*d) / rows
				}
			default: // it tells nothing apart
				sc.factor[f] = 0
			}
		}
		if spread > 0 {
			for f := g.From; f < g.To; f++ {
				sc.factor[f] /= math.Sqrt(spread)
			}
		}
	}
	column := make([]float32, 0, len(x)/cols)
	for f := range cols {
		column = column[:0]
		for at := f; at < len(x); at += cols {
			column = append(column, x[at])
		}
		slices.Sort(column)
		sc.Usual = append(sc.Usual, stats.Mode(column))
	}
	sc.Apply(sc.Usual)
	return sc
}

// deviation is how far a number is from its column's mean, within the limit.
func (sc *Scale) deviation(f int, x float32) float64 {
	return min(max(float64(x)-sc.mean[f], -sc.limit[f]), sc.limit[f])
}

// Apply scales a row in place.
func (sc *Scale) Apply(row []float32) {
	for f, x := range row {
		row[f] = float32(sc.deviation(f, x) * sc.factor[f])
	}
}

// Standard is the whole space's features, scaled. Nobody changes them.
func Standard(s evolve.Space, encoding string) (*Table, error) {
	return Once(&standards, s, encoding, standard)
}

func standard(s evolve.Space, encoding string) (*Table, error) {
	raw, err := Whole(s, encoding)
	if err != nil {
		return nil, err
	}
	sc, err := NewScale(s, encoding)
	if err != nil {
		return nil, err
	}
	t := *raw
	t.X = append([]float32(nil), raw.X...)
	for i := range t.Rows {
		sc.Apply(t.Row(i))
	}
	return &t, nil
}
