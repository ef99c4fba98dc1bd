package surrogate

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sort"

	"github.com/amoeba-nas/amoeba/evolve"
)

// nb101Noise is how a run's validation accuracy differs from a cell's mean test accuracy at 108
// epochs, fitted on the measured cells: the quantiles of the difference, by test accuracy.
// Differences of poor cells are wide and skewed, so no normal distribution would do.
type nb101Noise struct {
	Centers   []float64   `json:"centers"`   // median test accuracy of each bin, rising
	Quantiles [][]float64 `json:"quantiles"` // of validation less test, noiseSteps+1 evenly spaced, by bin
	means     []float64
}

const (
	noiseBins  = 40  // some 500 measured cells each
	noiseSteps = 100 // intervals between quantiles
)

// fitNoise fits the model on cells whose validation accuracy is not NaN.
func fitNoise(test, val []float64) (*nb101Noise, error) {
	var known []int
	for i, v := range val {
		if !math.IsNaN(v) {
			known = append(known, i)
		}
	}
	if len(known) < 10*noiseBins {
		return nil, fmt.Errorf("%d measured validation accuracies, want at least %d: %w", len(known), 10*noiseBins, evolve.ErrInvalid)
	}
	slices.SortStableFunc(known, func(i, j int) int { return cmp.Compare(test[i], test[j]) })
	n := &nb101Noise{}
	for b := range noiseBins {
		cells := known[b*len(known)/noiseBins : (b+1)*len(known)/noiseBins]
		diffs := make([]float64, len(cells))
		for k, i := range cells {
			diffs[k] = val[i] - test[i]
		}
		slices.Sort(diffs)
		q := make([]float64, noiseSteps+1)
		for k := range q {
			// To 10⁻⁶, a hundredth of an image: what is kept is read by people too.
			q[k] = math.Round(diffs[k*(len(diffs)-1)/noiseSteps]*1e6) / 1e6
		}
		n.Centers, n.Quantiles = append(n.Centers, test[cells[len(cells)/2]]), append(n.Quantiles, q)
	}
	return n, n.settle()
}

// settle checks what was fitted or read, and computes the means.
func (n *nb101Noise) settle() error {
	if len(n.Centers) != noiseBins || len(n.Quantiles) != noiseBins || !slices.IsSorted(n.Centers) {
		return fmt.Errorf("noise of %d and %d bins, want %d rising: %w", len(n.Centers), len(n.Quantiles), noiseBins, evolve.ErrInvalid)
	}
	for _, q := range n.Quantiles {
		if len(q) != noiseSteps+1 || !slices.IsSorted(q) {
			return fmt.Errorf("%d quantiles of the noise, want %d rising: %w", len(q), noiseSteps+1, evolve.ErrInvalid)
		}
		sum := (q[0] + q[noiseSteps]) / 2
		for _, x := range q[1:noiseSteps] {
			sum += x
		}
		n.means = append(n.means, sum/noiseSteps)
	}
	return nil
}

// between finds the bins around a test accuracy and the share of the upper.
func (n *nb101Noise) between(test float64) (bin int, share float64) {
	at := sort.SearchFloat64s(n.Centers, test)
	if at == 0 {
		return 0, 0
	}
	if at == len(n.Centers) {
		return at - 2, 1
	}
	return at - 1, (test - n.Centers[at-1]) / (n.Centers[at] - n.Centers[at-1])
}

// mean is the expected validation accuracy of a run.
func (n *nb101Noise) mean(test float64) float64 {
	b, s := n.between(test)
	return clip01(test + n.means[b] + float64(s*(n.means[b+1]-n.means[b])))
}

// draw is a run's validation accuracy; the seed decides.
func (n *nb101Noise) draw(test float64, seed uint64) float64 {
	b, s := n.between(test)
	// The bits below the first 32 choose between the bins around, the first a place between
	// two quantiles.
	if float64(uint32(seed))/(1<<32) < s {
		b++
	}
	at := float64(seed>>32) / (1 << 32) * noiseSteps
	k := int(at)
	q := n.Quantiles[b]
	return clip01(test + q[k] + float64((at-float64(k))*(q[k+1]-q[k])))
}

func clip01(x float64) float64 { return min(max(x, 0), 1) }
