package predictor

import (
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/surrogate/model"
)

// Inputs of a model: what it is told of an architecture. The names are those of NAS-Bench-Suite-Zero's columns.
const (
	encodingOnly = "encoding"
	proxiesOnly  = "proxies"
	both         = "both"
)

// inputs are what models are told of architectures, train first: the columns of an encoding, those of training-free
// scores, and what is to be predicted, validation accuracies in per cent.
type inputs struct {
	encoded [][]uint8   // [column][architecture]
	scores  [][]float64 // [proxy][architecture]
	y       []float64
}

// inputsOf asks a benchmark about architectures.
func inputsOf(b evolve.Benchmark, p evolve.Problem, e evolve.Encoder, encoding string,
	archs []evolve.Arch) (*inputs, error) {
	in := &inputs{y: make([]float64, len(archs))}
	at := func(i int) evolve.Arch { return archs[i] }
	var err error
	if in.encoded, err = model.Columns(e, encoding, len(archs), at); err != nil {
		return nil, err
	}
	for i, a := range archs {
		s, err := b.Score(&evolve.Trial{Proposal: evolve.Proposal{Arch: a}})
		if err != nil {
			return nil, err
		}
		in.y[i] = 100 * (1 - s.Val)
	}
	for _, proxy := range p.Proxies {
		column := make([]float64, len(archs))
		for i, a := range archs {
			if column[i], err = proxy.Score(a); err != nil {
				return nil, err
			}
		}
		in.scores = append(in.scores, column)
	}
	return in, nil
}

// split gives the columns of the first n architectures and of those from the place test on. Scores become numbers of
// bins, whose limits the first n alone decide.
func (in *inputs) split(which string, n, test int) (train, tested [][]uint8) {
	if which != proxiesOnly {
		for _, c := range in.encoded {
			train, tested = append(train, c[:n]), append(tested, c[test:])
		}
	}
	if which != encodingOnly {
		for _, c := range in.scores {
			limits := quantiles(c[:n])
			train, tested = append(train, bins(c[:n], limits)), append(tested, bins(c[test:], limits))
		}
	}
	return train, tested
}

// quantiles are at most 255 rising limits between bins of about equally many values, as LightGBM's histograms have
// (Ke et al., NeurIPS 2017): all different values where they are few.
func quantiles(values []float64) []float64 {
	sorted := slices.Compact(slices.Sorted(slices.Values(values)))
	if len(sorted) <= math.MaxUint8 {
		return sorted
	}
	limits := make([]float64, math.MaxUint8)
	for k := range limits {
		limits[k] = sorted[k*len(sorted)/len(limits)]
	}
	return limits
}

// bins counts, for each value, the limits that it reaches.
func bins(values, limits []float64) []uint8 {
	all := make([]uint8, len(values))
	for i, v := range values {
		at, found := slices.BinarySearch(limits, v)
		if found {
			at++
		}
		all[i] = uint8(at)
	}
	return all
}
