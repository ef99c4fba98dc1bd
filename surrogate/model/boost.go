package model

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
)

// ErrFit is wrapped by every refusal of [Fit].
var ErrFit = errors.New("model: cannot fit")

// Params are the settings of [Fit].
type Params struct {
	Rounds   int     // trees
	Leaves   int     // most leaves in a tree
	Depth    int     // most splits on a way down
	Rate     float64 // shrinkage ν, 0 < ν <= 1 (Friedman 2001, equation 36)
	Lambda   float64 // L2 penalty of leaves λ, in rows (XGBoost, equation 5)
	MinChild int     // fewest rows in a leaf
	Rows     float64 // share of rows drawn for each tree, 0..1 (Friedman 2002)
	Columns  float64 // share of features drawn for each tree, 0..1
	Step     float64 // resolution of targets and leaves, in the target's unit
	Seed     uint64  // of the draws
}

// Fit boosts regression trees for squared loss (Friedman, Annals of Statistics 29, 2001,
// algorithm 2) on features that are already bins: x[feature][row]. Trees grow best first
// on histograms (Ke et al., LightGBM, NeurIPS 2017), with the gain and the leaf of XGBoost
// (Chen and Guestrin, KDD 2016, equations 5 and 7).
//
// Targets, residuals and leaves are integers in units of Params.Step. Sums are therefore
// exact in any order: a fit gives the same bytes on every machine, a histogram is exactly
// its parent's less its sibling's, and the model in memory is the model on disk.
func Fit(x [][]uint8, y []float64, p Params) (*Trees, error) {
	if err := p.check(x, y); err != nil {
		return nil, err
	}
	g := newGrower(x, p)
	base := math.Round(mean(y) / p.Step)
	t := &Trees{Features: len(x), Step: p.Step, Base: base * p.Step}
	n := len(y)
	residual := make([]int64, n)
	for i, v := range y {
		residual[i] = int64(math.Round(v/p.Step) - base)
	}
	r := rand.New(rand.NewPCG(p.Seed, 0))
	for range p.Rounds {
		tree := g.grow(residual, r)
		root := t.add(tree)
		for i := range residual {
			residual[i] -= int64(t.leaf[t.walk(root, g.row(i))])
		}
	}
	return t, nil
}
