package mlp_test

import (
	"hash/fnv"
	"math"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve/mlp"
	"pgregory.net/rapid"
)

// mae is the mean absolute error.
func mae(p, y []float64) (sum float64) {
	for i := range p {
		sum += math.Abs(p[i] - y[i])
	}
	return sum / float64(len(p))
}

// median predicts the median, which has the lowest mean absolute error among constants.
func median(y []float64) []float64 {
	return slices.Repeat([]float64{slices.Sorted(slices.Values(y))[len(y)/2]}, len(y))
}

// Whatever the loss, an ensemble learns what products and sums a target is made of, for rows that it did not see.
func TestFitLearns(t *testing.T) {
	x, y := drawn(300, 6, 1)
	for name, change := range map[string]func(*mlp.Params){
		"absolute": func(*mlp.Params) {},
		"squared":  func(p *mlp.Params) { p.Loss = mlp.Squared },
		"relative": func(p *mlp.Params) { p.Loss, p.Bound = mlp.Relative, slices.Min(y)-1 },
		"parts":    func(p *mlp.Params) { p.Share = .8 },
		"glorot":   func(p *mlp.Params) { p.Init = mlp.Glorot },
		"deep":     func(p *mlp.Params) { p.Depth = 10 },
	} {
		p := small
		p.Epochs = 100
		change(&p)
		got, _ := mlp.Fit(x[:200], y[:200], p, 1).Predict(x[200:])
		if e, none := mae(got, y[200:]), mae(median(y[200:]), y[200:]); e > none/2 {
			t.Errorf("%s: mean absolute error %.3f of unseen rows, that of the median is %.3f", name, e, none)
		}
	}
}

// The relative loss forgives errors far above the bound: two targets of one row are met at the lower one, where the
// absolute loss has no opinion between them.
func TestRelativeLoss(t *testing.T) {
	x := [][]float32{{0}, {0}, {0}, {0}, {0}}
	y := []float64{1, 1, 9, 9, 9} // three errors of 8/9 weigh less than two of 8
	p := small
	p.Epochs, p.Rate = 1000, .1
	absolute, _ := mlp.Fit(x, y, p, 1).Predict(x[:1])
	p.Loss = mlp.Relative
	relative, _ := mlp.Fit(x, y, p, 1).Predict(x[:1])
	if math.Abs(absolute[0]-9) > .2 || math.Abs(relative[0]-1) > .2 {
		t.Errorf("absolute %.2f and relative %.2f, want 9 and 1", absolute[0], relative[0])
	}
}

// The numbers of a seed are the same bits in every build and on every processor.
func TestFitIsTheSameBits(t *testing.T) {
	x, y := drawn(60, 20, 2)
	h := fnv.New64a()
	for _, p := range []mlp.Params{small, {Nets: 2, Depth: 10, Width: 20, Init: mlp.Glorot, Epochs: 5, Batch: 32, Rate: .01, Loss: mlp.Relative, Bound: -20, Share: .8}} {
		mean, sd := mlp.Fit(x, y, p, 3).Predict(x)
		for _, v := range append(mean, sd...) {
			b := math.Float64bits(v)
			for range 8 {
				h.Write([]byte{byte(b)})
				b >>= 8
			}
		}
	}
	if got := h.Sum64(); got != fitted {
		t.Errorf("the predictions hash to %#x, want %#x", got, uint64(fitted))
	}
}

const fitted = 0xc5615c3050cd3e3

// The mean and the deviation are those of what the networks say one by one, and a single network has none.
func TestPredict(t *testing.T) {
	x, y := drawn(40, 8, 3)
	e := mlp.Fit(x, y, small, 1)
	mean, sd := e.Predict(x)
	for i := range x {
		var all []float64
		for k := range e.Len() {
			all = append(all, e.Each(nil, k, x[i:i+1])...)
		}
		sum, squares := 0.0, 0.0
		for _, v := range all {
			sum += v
		}
		for _, v := range all {
			squares += (v - sum/5) * (v - sum/5)
		}
		if math.Abs(mean[i]-sum/5) > 1e-12 || math.Abs(sd[i]-math.Sqrt(squares/5)) > 1e-12 || sd[i] == 0 {
			t.Fatalf("row %d: %g ± %g, the networks say %v", i, mean[i], sd[i], all)
		}
	}
	p := small
	p.Nets = 1
	if _, sd := mlp.Fit(x, y, p, 1).Predict(x); slices.Max(sd) != 0 {
		t.Errorf("one network disagrees with itself by %g", slices.Max(sd))
	}
}

// A gradient step moves a weight as the difference quotient of the loss says: after one step at a tiny rate the loss is
// lower, for any network and any rows.
func TestStepLowersTheLoss(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, y := drawn(rapid.IntRange(1, 20).Draw(t, "rows"), 5, rapid.Uint64().Draw(t, "data"))
		p := mlp.Params{Nets: 1, Depth: rapid.IntRange(1, 4).Draw(t, "depth"), Width: rapid.IntRange(1, 20).Draw(t, "width"),
			Epochs: 1, Batch: len(x), Rate: 1e-30, Loss: mlp.Squared}
		seed := rapid.Uint64().Draw(t, "seed")
		before, _ := mlp.Fit(x, y, p, seed).Predict(x)
		p.Rate = 1e-5
		after, _ := mlp.Fit(x, y, p, seed).Predict(x)
		was, is := 0.0, 0.0
		for i := range y {
			was += (before[i] - y[i]) * (before[i] - y[i])
			is += (after[i] - y[i]) * (after[i] - y[i])
		}
		if is > was*(1+1e-6) {
			t.Fatalf("squared error %g after a step, %g before", is, was)
		}
	})
}

// Columns that are the same in all rows, numbers far from all that were fitted, and constant targets give finite
// predictions.
func TestOddRows(t *testing.T) {
	x := [][]float32{{1, 5, 0}, {1, 5, 1}, {1, 5, 0}}
	mean, sd := mlp.Fit(x, []float64{2, 2, 2}, small, 1).Predict([][]float32{{1, 5, 1}, {-1e30, 1e30, 3}})
	for i := range mean {
		if math.IsNaN(mean[i]) || math.IsInf(mean[i], 0) || math.IsNaN(sd[i]) || math.IsInf(sd[i], 0) {
			t.Errorf("row %d: %g ± %g", i, mean[i], sd[i])
		}
	}
	for name, fit := range map[string]func(){
		"no rows":     func() { mlp.Fit(nil, nil, small, 1) },
		"one target":  func() { mlp.Fit(x, []float64{1}, small, 1) },
		"no networks": func() { mlp.Fit(x, []float64{1, 2, 3}, mlp.Params{Depth: 1, Width: 1, Epochs: 1, Batch: 1}, 1) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			fit()
		}()
	}
}
