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

// mostSkips is the number of skip connections of the normal cell at which a search stops. DARTS+ (Liang et al., 2019,
// arXiv:1909.06035) holds it to a fixed number, typically two, as Chu et al. say of it (ICLR 2021, arXiv:2009.01027,
// introduction). Of DARTS+ itself the abstract alone was read, which names no number.
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
// arXiv:1909.09656, section 4, as the authors' code has it (automl/RobustDARTS, src/utils.py, EVLocalAvg, whose
// defaults these are): the largest eigenvalue is taken at every second epoch, its mean over a window of five is
// compared with that of four eigenvalues before, and the search stops where it has grown to more than 1.3 times as
// much. The answer is that of the epoch four eigenvalues before the middle of the last window, which must be the
// eleventh or later. Beside an earlier mean that is not positive growth says nothing, and the search goes on; the
// authors' code takes the ratio there too.
const (
	curvatureEvery  = 2
	curvatureWindow = 5
	curvatureBack   = 4
	curvatureFrom   = 10
	curvatureGrowth = 1.3
)

// curvature is the largest eigenvalues of a search: those after epochs 1, 3, 5 and on.
type curvature []float64

// due says whether the eigenvalue after an epoch, which count from 1, is taken.
func (curvature) due(epoch int) bool { return epoch%curvatureEvery == 1 }

// mean is that of the window that ends with an eigenvalue.
func (c curvature) mean(last int) float64 {
	sum := 0.0
	for _, x := range c[last+1-curvatureWindow : last+1] {
		sum += x
	}
	return sum / curvatureWindow
}

// stepsBack is how many eigenvalues lie between the last of a search that stops and that of its answer.
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
