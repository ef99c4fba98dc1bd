package predictor

import (
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/forest"
	"github.com/amoeba-nas/amoeba/evolve/mlp"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/surrogate/model"
)

// A predictor is shown the rows of train, as [feature][row], with their targets, accuracies in per cent, and predicts
// the targets of the rows of test. The answers matter up to their order alone.
type predictor func(train, test [][]uint8, y []float64, seed uint64) ([]float64, error)

// predictors are the models by their names.
var predictors = map[string]predictor{"trees": trees, "forest": grown, "mlp": networks}

// xgboost are the settings of NASLib's predictor XGBoost, which NAS-Bench-Suite-Zero takes: 500 rounds, depth 6,
// learning rate 0.3 (naslib/predictors/trees/xgb.py) and XGBoost's own defaults: a penalty of 1 on leaves, which have
// at least one row, and all rows and columns. 64 leaves are all that depth 6 has room for. The step is ours, and far
// below the noise of a training.
var xgboost = model.Params{Rounds: 500, Leaves: 64, Depth: 6, Rate: 0.3, Lambda: 1, MinChild: 1, Rows: 1, Columns: 1,
	Step: 0.005}

// trees are boosted with the settings of XGBoost, which leave nothing to chance.
func trees(train, test [][]uint8, y []float64, _ uint64) ([]float64, error) {
	t, err := model.Fit(train, y, xgboost)
	if err != nil {
		return nil, err
	}
	answers := make([]float64, len(test[0]))
	return answers, t.PredictAll(answers, test)
}

// grown is a random forest of 100 trees, which try a third of the columns at each split and split down to 5 rows: the
// recommendation for regression of Liaw and Wiener, R News 2/3, 2002.
func grown(train, test [][]uint8, y []float64, seed uint64) ([]float64, error) {
	x := forest.Rows{Cols: len(train)}
	for i := range y {
		x.X = appendRow(x.X, train, i)
	}
	var f forest.Forest
	p := forest.Params{Trees: 100, Columns: 1. / 3, MinLeaf: 5, Bootstrap: true}
	if err := f.Grow(x, y, p, p.Trees, evolve.Stream(seed, "forest")); err != nil {
		return nil, err
	}
	answers := make([]float64, len(test[0]))
	var row []uint8
	for i := range answers {
		row = appendRow(row[:0], test, i)
		answers[i], _ = f.Predict(row)
	}
	return answers, nil
}

// networks are five small ones, those of the searcher bananas here. Columns and targets are brought to units of their
// own spread, since training begins near 0 with one learning rate for all.
func networks(train, test [][]uint8, y []float64, seed uint64) ([]float64, error) {
	a, b := make([][]float32, len(y)), make([][]float32, len(test[0]))
	for f := range train {
		most := float32(max(1, slices.Max(train[f])))
		for i := range a {
			a[i] = append(a[i], float32(train[f][i])/most)
		}
		for i := range b {
			b[i] = append(b[i], float32(test[f][i])/most)
		}
	}
	mean, sd := stats.MeanSD(y)
	if !(sd > 0) {
		sd = 1
	}
	targets := make([]float64, len(y))
	for i, v := range y {
		targets[i] = (v - mean) / sd
	}
	p := mlp.Params{Nets: 5, Depth: 2, Width: 16, Epochs: 20, Batch: 16, Rate: .01, Fade: true}
	answers, _ := mlp.Fit(a, targets, p, seed).Predict(b)
	return answers, nil
}

func appendRow(dst []uint8, x [][]uint8, i int) []uint8 {
	for f := range x {
		dst = append(dst, x[f][i])
	}
	return dst
}
