package card

import (
	"fmt"
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/surrogate"
)

// Kinds of noise.
const (
	NoiseRuns    = "runs"    // trainings of one architecture
	NoiseRepeats = "repeats" // several rows of the table for one network
	NoiseTwins   = "twins"   // genomes that mean the same network, each with results of its own
	NoisePair    = "pair"    // one training against another measurement
)

// Noise describes the noise of a training, as far as the table shows it. The first group of fields is of
// the kinds runs, repeats and twins, the second of the kind pair.
type Noise struct {
	Kind string `json:"kind"`
	What string `json:"what"`
	Unit string `json:"unit,omitempty"`

	Groups    int          `json:"groups"`              // architectures or networks with several values; pairs
	Differing int          `json:"differing,omitempty"` // groups whose values are not all equal
	MeanSD    number.Short `json:"mean_sd"`             // mean over the groups of the deviation (n-1) within
	PooledSD  number.Short `json:"pooled_sd"`           // root of the pooled variance within the groups
	MaxRange  number.Short `json:"max_range"`           // largest difference within a group

	MeanDifference   number.Short `json:"mean_difference"`
	SDDifference     number.Short `json:"sd_difference"`              // n-1
	MedianDifference number.Short `json:"median_absolute_difference"` // which a few failed trainings do not move
	Tau              number.Short `json:"tau_b"`
}

// classes are the indexes of each network, in the order of the first.
func (l *landscape) classes() ([][]int, error) {
	at := make(map[evolve.Arch]int, len(l.Rows))
	var all [][]int
	for _, i := range l.Rows {
		c, err := l.Full.Canon(l.arch(i))
		if err != nil {
			return nil, err
		}
		k, ok := at[c]
		if !ok {
			k, at[c] = len(all), len(all)
			all = append(all, nil)
		}
		all[k] = append(all[k], i)
	}
	return all, nil
}

// noise is what can be known of it.
func (l *landscape) noise(classes [][]int) ([]Noise, error) {
	all := []Noise{}
	if l.Runs != nil {
		groups, most := [][]float64{}, 0
		for _, i := range l.Rows {
			if n := len(l.Runs[i]); n > 1 {
				groups, most = append(groups, l.Runs[i]), max(most, n)
			}
		}
		if most > 1 {
			all = append(all, within(NoiseRuns, fmt.Sprintf("architectures of several runs, at most %d", most),
				l.RunsUnit, groups))
		}
	}
	for _, p := range l.Pairs {
		all = append(all, ofPair(p))
	}
	for _, k := range slices.Compact([]int{l.Val, l.Test}) {
		m := l.Metrics[k]
		repeats, err := l.repeats(m)
		if err != nil {
			return nil, err
		}
		if len(repeats) > 0 {
			all = append(all, within(NoiseRepeats, "networks of several rows, "+l.label(m), l.About.Metric.Unit(),
				repeats))
		}
		var twins [][]float64
		for _, class := range classes {
			var xs []float64
			for _, i := range class {
				if x := m.Values[i]; !math.IsNaN(x) {
					xs = append(xs, l.About.Metric.Value(x))
				}
			}
			if len(xs) > 1 {
				twins = append(twins, xs)
			}
		}
		if len(twins) > 0 {
			all = append(all, within(NoiseTwins, "networks of several architectures, "+l.label(m),
				l.About.Metric.Unit(), twins))
		}
	}
	return all, nil
}

// repeats are the values of networks that have several rows in the table, where it names
// them and has a loss under its plain name.
func (l *landscape) repeats(m surrogate.Series) ([][]float64, error) {
	kind := map[string]string{surrogate.OfValidation: "val", surrogate.OfTest: "test"}[m.Of]
	column := fmt.Sprintf("%s_%d", kind, m.Epochs)
	if !l.Frame.Has("arch") || !l.Frame.Has(column) || l.About.Metric != evolve.Perplexity {
		return nil, nil // only of a perplexity the column is the loss
	}
	archs, err := l.Frame.Text("arch")
	if err != nil {
		return nil, err
	}
	losses, err := l.Frame.Floats(column)
	if err != nil {
		return nil, err
	}
	at := map[string]int{}
	var groups [][]float64
	for row, a := range archs {
		if math.IsNaN(losses[row]) {
			continue
		}
		k, ok := at[a]
		if !ok {
			k, at[a] = len(groups), len(groups)
			groups = append(groups, nil)
		}
		groups[k] = append(groups[k], l.About.Metric.Value(losses[row]))
	}
	return slices.DeleteFunc(groups, func(g []float64) bool { return len(g) < 2 }), nil
}

// within describes groups of at least two values.
func within(kind, what, unit string, groups [][]float64) Noise {
	nan := number.Short(math.NaN())
	n := Noise{Kind: kind, What: what, Unit: unit, Groups: len(groups), MeanDifference: nan, SDDifference: nan,
		MedianDifference: nan, Tau: nan}
	var sds, sum, freedom float64
	for _, g := range groups {
		mean, sd := stats.MeanSD(g)
		sds += sd
		sum += stats.Squares(g, mean)
		freedom += float64(len(g) - 1)
		span := slices.Max(g) - slices.Min(g)
		if span > 0 {
			n.Differing++
		}
		n.MaxRange = max(n.MaxRange, number.Short(span))
	}
	n.MeanSD, n.PooledSD = number.Short(sds/float64(len(groups))), number.Short(math.Sqrt(sum/freedom))
	return n
}

// ofPair describes two measurements by their differences.
func ofPair(p surrogate.Pair) Noise {
	var a, b, differences, sizes []float64
	for i := range p.A {
		if d := p.A[i] - p.B[i]; !math.IsNaN(d) {
			a, b = append(a, p.A[i]), append(b, p.B[i])
			differences, sizes = append(differences, d), append(sizes, math.Abs(d))
		}
	}
	d, nan := spread(differences), number.Short(math.NaN())
	return Noise{Kind: NoisePair, What: p.What, Unit: p.Unit, Groups: len(a), MeanSD: nan, PooledSD: nan, MaxRange: nan,
		MeanDifference: d.Mean, SDDifference: d.SD, MedianDifference: spread(sizes).Quantiles[2],
		Tau: number.Short(stats.KendallTauB(a, b))}
}
