package method

import (
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// Remedies that stop a search early.
const (
	stopNever      = "none"
	stopSkips      = "skips"
	stopEigenvalue = "eigenvalue"
)

// mostSkips are so many that a search stops at them (Liang et al., "DARTS+", 2019, arXiv:1909.06035, Criterion 1: "the
// search procedure stops when there are two or more skip-connects in one normal cell").
const mostSkips = 2

// skips counts the skip connections of an architecture's normal cell, or of the one kind of cell that nb201 has.
func skips(supernet string, a evolve.Arch) (n int) {
	if supernet == "nb201" {
		for _, op := range a {
			if space.NB201Ops[op-'0'] == "skip_connect" {
				n++
			}
		}
		return n
	}
	g, err := space.DARTS{}.Genotype(a)
	if err != nil {
		return 0 // of what genotype does not make
	}
	for _, block := range g.Normal.Blocks {
		for _, e := range block {
			if e.Op == "skip_connect" {
				n++
			}
		}
	}
	return n
}

// The early stopping of Zela et al., "Understanding and Robustifying Differentiable Architecture Search", ICLR 2020,
// arXiv:1909.09656, section 4.3, with the settings that their code has (automl/RobustDARTS, src/utils.py, EVLocalAvg):
// the largest eigenvalue is taken at every second epoch, its mean over a window of five is compared with that of four
// eigenvalues before, and the search stops where it has grown to more than 1.3 times as much. The answer is that of the
// epoch four eigenvalues before the middle of the last window, which must be the eleventh or later. The paper's text is
// recalled, not read, as the inverse: stop where the earlier mean is below 0.75 of the later.
const (
	curvatureEvery  = 2
	curvatureWindow = 5
	curvatureBack   = 4
	curvatureFrom   = 10
	curvatureGrowth = 1.3
)

// curvature are the largest eigenvalues of a search, those after epochs 1, 3, 5 and on.
type curvature []float64

// due says whether the eigenvalue after an epoch, which count from 1, is taken.
func (curvature) due(epoch int) bool { return epoch%curvatureEvery == 1 }

// mean is the local average that ends with an eigenvalue: over a window, or over all before it while they are fewer.
func (c curvature) mean(last int) float64 {
	window := c[max(0, last+1-curvatureWindow) : last+1]
	sum := 0.0
	for _, x := range window {
		sum += x
	}
	return sum / float64(len(window))
}

// stepsBack is how many eigenvalues before the last the answer of a search that stops lies.
const stepsBack = curvatureWindow/2 + curvatureBack

// stops says whether a search stops after the last eigenvalue.
func (c curvature) stops() bool {
	last := len(c) - 1
	if (last-stepsBack)*curvatureEvery < curvatureFrom {
		return false
	}
	before, now := c.mean(last-curvatureBack), c.mean(last)
	return before > 0 && now > float64(curvatureGrowth*before)
}
