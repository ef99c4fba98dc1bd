package surrogate

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sort"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/surrogate/model"
)

// NB101Noise is the validation accuracy of one run at 108 epochs given a cell's mean test
// accuracy, fitted on the measured cells: its quantiles at several test accuracies, and between
// them in proportion. No normal distribution would do: a poor mean often comes of one run in
// three that failed, and then most single runs are good.
type NB101Noise struct {
	Cells     int         `json:"cells"`     // fitted on
	Centers   []float64   `json:"centers"`   // test accuracies, rising
	Quantiles [][]float64 `json:"quantiles"` // of validation at each, noiseSteps+1 evenly spaced, rising
	means     []float64
}

const (
	noiseBins  = 40  // some 500 measured cells each
	noiseSteps = 100 // intervals between quantiles
)

// fitNoise fits the model on cells whose validation accuracy is not NaN.
func fitNoise(test, val []float64) (*NB101Noise, error) {
	var known []int
	for i, v := range val {
		if !math.IsNaN(v) {
			known = append(known, i)
		}
	}
	if len(known) < 10*noiseBins {
		return nil, fmt.Errorf("%d measured validation accuracies, want at least %d: %w",
			len(known), 10*noiseBins, evolve.ErrInvalid)
	}
	slices.SortStableFunc(known, func(i, j int) int { return cmp.Compare(test[i], test[j]) })
	n := &NB101Noise{Cells: len(known)}
	for b := range noiseBins {
		cells := known[b*len(known)/noiseBins : (b+1)*len(known)/noiseBins]
		center, vals := test[cells[len(cells)/2]], model.Pick(val, cells)
		// Within a bin validation rises with test; only what is left is noise. In the first bin,
		// of means that failed runs made, it does not.
		if b > 0 {
			for k, i := range cells {
				vals[k] -= test[i] - center
			}
		}
		slices.Sort(vals)
		q := make([]float64, noiseSteps+1)
		for k := range q {
			// To 10⁻⁶, a hundredth of an image: what is kept is read by people too.
			q[k] = math.Round(vals[k*(len(vals)-1)/noiseSteps]*1e6) / 1e6
		}
		n.Centers, n.Quantiles = append(n.Centers, center), append(n.Quantiles, q)
	}
	return n, n.settle()
}

// settle checks what was fitted or read, and computes the means.
func (n *NB101Noise) settle() error {
	if n.Cells < 1 || len(n.Centers) != noiseBins || len(n.Quantiles) != noiseBins || !slices.IsSorted(n.Centers) {
		return fmt.Errorf("noise at %d and %d test accuracies, want %d rising: %w",
			len(n.Centers), len(n.Quantiles), noiseBins, evolve.ErrInvalid)
	}
	for i, q := range n.Quantiles {
		if len(q) != noiseSteps+1 || !slices.IsSorted(q) || i > 0 && n.Centers[i] == n.Centers[i-1] {
			return fmt.Errorf("%d quantiles of the noise at test accuracy %g, want %d rising: %w",
				len(q), n.Centers[i], noiseSteps+1, evolve.ErrInvalid)
		}
		sum := (q[0] + q[noiseSteps]) / 2
		for _, x := range q[1:noiseSteps] {
			sum += x
		}
		n.means = append(n.means, sum/noiseSteps)
	}
	return nil
}

// between finds the places around a test accuracy and the share of the upper. Beyond the upper
// end the validation goes on as the test does: rest is to be added. Below the lower, among
// means that failed runs made, a single run is as good as there.
func (n *NB101Noise) between(test float64) (at int, share, rest float64) {
	at = sort.SearchFloat64s(n.Centers, test)
	switch {
	case at == 0:
		return 0, 0, 0
	case at == len(n.Centers):
		return at - 2, 1, test - n.Centers[at-1]
	}
	return at - 1, (test - n.Centers[at-1]) / (n.Centers[at] - n.Centers[at-1]), 0
}

// Mean is the expected validation accuracy of a run.
func (n *NB101Noise) Mean(test float64) float64 {
	i, s, rest := n.between(test)
	return clip01(n.means[i] + float64(s*(n.means[i+1]-n.means[i])) + rest)
}

// draw is a run's validation accuracy; the seed decides.
func (n *NB101Noise) draw(test float64, seed uint64) float64 {
	i, s, rest := n.between(test)
	at := float64(float64(seed>>11) / (1 << 53) * noiseSteps) // converted: not fused with what follows
	k := int(at)
	low, high := n.Quantiles[i][k:k+2], n.Quantiles[i+1][k:k+2]
	part := at - float64(k)
	a, b := low[0]+float64(part*(low[1]-low[0])), high[0]+float64(part*(high[1]-high[0]))
	return clip01(a + float64(s*(b-a)) + rest)
}

func clip01(x float64) float64 { return min(max(x, 0), 1) }
