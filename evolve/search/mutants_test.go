package search

import (
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/features"
	"github.com/amoeba-nas/amoeba/evolve/mlp"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// mutantZeros is what a separable function loses: the share of bits that are 0.
func mutantZeros(a evolve.Arch) float64 {
	return float64(strings.Count(string(a), "0")) / float64(len(a))
}

// With a predictor that knows the truth, on a separable space, the search is steepest ascent: every round takes a step
// up, as far as one of the hundred mutants does, and two of the best mutants never differ by more than a step.
func TestOracleIsSteepestAscent(t *testing.T) {
	oracle := func(all []mutant) []float64 {
		scores := make([]float64, len(all))
		for i := range all {
			scores[i] = mutantZeros(all[i].arch)
		}
		return scores
	}
	const length = 30
	m := mutants{start: 1, round: 1, candidates: 100, parents: 1}
	p := evolve.Problem{Space: space.Bits{Length: length}}
	if err := m.begin("test", p, evolve.Stream(1, "search"), features.Auto, "", repeatSkip, sameGenome); err != nil {
		t.Fatal(err)
	}
	best, steps := 1., 0
	for id := 1; best > 0; id++ {
		trial := evolve.Trial{ID: id}
		if !m.ask(&trial.Proposal, oracle) {
			t.Fatal("done")
		}
		loss := mutantZeros(trial.Arch)
		switch {
		case id == 1:
			steps = strings.Count(string(trial.Arch), "0")
		case loss >= best && best*length > 2: // near the end a hundred draws may miss the bits that are left
			t.Fatalf("trial %d is no step up: %g after %g", id, loss, best)
		case id > steps+5:
			t.Fatalf("%d trials for %d steps", id, steps)
		}
		best = min(best, loss)
		if err := m.tell(&trial, &evolve.Result{Loss: loss}); err != nil {
			t.Fatal(err)
		}
	}
}

// Where networks do not disagree, independent Thompson sampling, the bound and the expected improvement all exploit:
// they put rows in the order of the mean.
func TestNoDoubtIsExploitation(t *testing.T) {
	x, y := [][]float32{{0, 0}, {0, 1}, {1, 0}, {1, 1}}, []float64{1, .5, .2, .1}
	p := bananasSmall
	p.Nets, p.Epochs = 1, 200
	e := mlp.Fit(x, y, p, 1)
	mean, _ := e.Predict(x)
	for _, a := range bananasAcquisitions[:4] {
		scores := bananasAcquire(a, e, x, 2, evolve.Stream(1, "search"))
		for i := range scores {
			for j := range scores {
				if (scores[i] < scores[j]) != (mean[i] < mean[j]) {
					t.Errorf("%s: %v, the mean is %v", a, scores, mean)
				}
			}
		}
	}
}
