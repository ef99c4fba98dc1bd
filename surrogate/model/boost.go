package model

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/amoeba-nas/amoeba/evolve/stats"
)

// ErrFit is wrapped by every refusal of [Fit].
var ErrFit = errors.New("model: cannot fit")

// Params are the settings of [Fit].
type Params struct {
	Rounds   int     `json:"rounds"`    // trees
	Leaves   int     `json:"leaves"`    // most leaves in a tree
	Depth    int     `json:"depth"`     // most splits on a way down, 1..255
	Rate     float64 `json:"rate"`      // shrinkage ν, 0 < ν <= 1 (Friedman 2001, equation 36)
	Lambda   float64 `json:"lambda"`    // L2 penalty of leaves λ, in rows (XGBoost, equation 2)
	MinChild int     `json:"min_child"` // fewest rows in a leaf
	Rows     float64 `json:"rows"`      // share of rows drawn for each tree, 0..1 (Friedman 2002)
	Columns  float64 `json:"columns"`   // share of features drawn for each tree, 0..1
	Step     float64 `json:"step"`      // resolution of targets and leaves, in the target's unit
	Seed     uint64  `json:"seed"`      // of the draws
}

// Defaults are settings for accuracies in per cent. They are the smallest model on the
// plateau of a sweep on NAS-Bench-201's CIFAR-10 validation accuracy, fitted on 80 % of
// its cells: more, deeper or slower trees order the held-out cells no better.
func Defaults() Params {
	return Params{
		Rounds: 250, Leaves: 64, Depth: 8, Rate: 0.12, Lambda: 1, MinChild: 5,
		Rows: 0.5, Columns: 0.5, Step: 0.005,
	}
}

// Additive are settings for a target that is a sum of one term for each feature, such as
// a cost: stumps, without chance. The step is in the target's unit.
func Additive(step float64) Params {
	return Params{
		Rounds: 1000, Leaves: 2, Depth: 1, Rate: 0.5, MinChild: 1,
		Rows: 1, Columns: 1, Step: step,
	}
}

// Fit boosts regression trees for squared loss (Friedman, Annals of Statistics 29, 2001,
// algorithm 2) on features that are already bins: x[feature][row]. Trees grow best first
// on histograms (Ke et al., LightGBM, NeurIPS 2017) with the leaves and the gain of XGBoost
// (Chen and Guestrin, KDD 2016, equations 5 and 7), each on rows of its own (Friedman,
// Computational Statistics & Data Analysis 38, 2002).
//
// Targets, residuals and leaves are integers in units of p.Step. Sums are therefore exact
// in any order: a fit gives the same bytes on every machine, a histogram is exactly its
// parent's less its sibling's, and the model in memory is the model on disk.
func Fit(x [][]uint8, y []float64, p Params) (*Trees, error) {
	if err := p.check(x, y); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFit, err)
	}
	base := math.Round(stats.Mean(y) / p.Step)
	residual := make([]int64, len(y))
	for i, v := range y {
		residual[i] = int64(math.Round(v/p.Step) - base)
	}
	t := &Trees{features: len(x), step: p.Step, base: int64(base)}
	g := newGrower(x, residual, p)
	r := rand.New(rand.NewPCG(p.Seed, 0))
	for k := range p.Rounds {
		t.add(g.grow(r))
		for i := range residual {
			residual[i] -= int64(t.walk(k, g.row(i)))
		}
	}
	t.masks = newMasks(t)
	return t, nil
}

const (
	maxFeatures = math.MaxUint16
	maxRounds   = 1 << 16
	maxLeaves   = 1 << 13 // with maxRounds, nodes that an int32 can number
	// maxSteps keeps the sum of the residuals of maxRows rows exact in a float64.
	maxSteps = 1 << 26
	maxRows  = 1 << 26
)

// check names the first rule that the input of Fit breaks.
func (p Params) check(x [][]uint8, y []float64) error {
	share := func(v float64) bool { return v > 0 && v <= 1 }
	switch {
	case p.Rounds < 1 || p.Rounds > maxRounds:
		return fmt.Errorf("rounds %d, need 1..%d", p.Rounds, maxRounds)
	case p.Leaves < 2 || p.Leaves > maxLeaves:
		return fmt.Errorf("leaves %d, need 2..%d", p.Leaves, maxLeaves)
	case p.Depth < 1 || p.Depth > math.MaxUint8:
		return fmt.Errorf("depth %d, need 1..%d", p.Depth, math.MaxUint8)
	case !share(p.Rate) || !share(p.Rows) || !share(p.Columns):
		return fmt.Errorf("rate %v, rows %v and columns %v must be above 0 and at most 1", p.Rate, p.Rows, p.Columns)
	case !(p.Lambda >= 0) || math.IsInf(p.Lambda, 1):
		return fmt.Errorf("lambda %v, need 0 or more", p.Lambda)
	case p.MinChild < 1:
		return fmt.Errorf("min child %d, need 1 or more", p.MinChild)
	case !(p.Step > 0) || math.IsInf(p.Step, 1):
		return fmt.Errorf("step %v, need more than 0", p.Step)
	case len(x) < 1 || len(x) > maxFeatures:
		return fmt.Errorf("%d features, need 1..%d", len(x), maxFeatures)
	case len(y) < 1 || len(y) > maxRows:
		return fmt.Errorf("%d rows, need 1..%d", len(y), maxRows)
	}
	for f, column := range x {
		if len(column) != len(y) {
			return fmt.Errorf("feature %d has %d rows, the target %d", f, len(column), len(y))
		}
	}
	for i, v := range y {
		if !(math.Abs(v/p.Step) <= maxSteps) {
			return fmt.Errorf("target %v of row %d is not a number of at most %d steps of %v", v, i, maxSteps, p.Step)
		}
	}
	return nil
}
