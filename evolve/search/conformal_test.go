package search_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/evolvetest"
	"github.com/amoeba-nas/amoeba/evolve/features"
	"github.com/amoeba-nas/amoeba/evolve/forest"
	"github.com/amoeba-nas/amoeba/evolve/space"
	_ "github.com/amoeba-nas/amoeba/surrogate"
)

// Over 200 random splits of NAS-Bench-201 into 100 cells that a forest is grown on, 59 that correct its interval of 90
// % and 500 others, the interval holds 88 to 92 % of the others, and needs the correction for that.
func TestConformalCoverage(t *testing.T) {
	b := evolvetest.Open(t, evolve.Benchmarks, "nb201:cifar10,source=surrogate")
	table, err := features.Whole(space.NB201{}, features.Auto)
	if err != nil {
		t.Fatal(err)
	}
	loss := make([]float64, table.Rows)
	for i := range loss {
		var r evolve.Result
		trial := evolve.Trial{ID: 1, Proposal: evolve.Proposal{Arch: space.NB201{}.At(i)}}
		if err := b.Evaluate(context.Background(), &trial, &r); err != nil {
			t.Fatal(err)
		}
		loss[i] = math.Log(r.Loss)
	}
	const splits, fit, held, others, cover = 200, 100, 59, 500, .9
	part := func(at []int) (forest.Rows, []float64) {
		rows, y := forest.Rows{Cols: table.Cols}, make([]float64, len(at))
		for k, i := range at {
			if err := rows.Add(table.Row(i)); err != nil {
				t.Fatal(err)
			}
			y[k] = loss[i]
		}
		return rows, y
	}
	corrected, plain := 0, 0
	for seed := range uint64(splits) {
		r := rand.New(rand.NewPCG(seed, 0))
		at := r.Perm(table.Rows)
		x, y := part(at[:fit])
		var f forest.Forest
		p := forest.Params{Trees: 10, Columns: .1, MinLeaf: 5, Random: true}
		if err := f.Grow(x, y, p, p.Trees, r); err != nil {
			t.Fatal(err)
		}
		q := f.Quantiles(x, y)
		x, y = part(at[fit : fit+held])
		by := q.Correction(x, y, cover)
		x, y = part(at[fit+held : fit+held+others])
		for i, v := range y {
			ends := q.Of(nil, x.Row(i), (1-cover)/2, (1+cover)/2)
			if ends[0] <= v && v <= ends[1] {
				plain++
			}
			if ends[0]-by <= v && v <= ends[1]+by {
				corrected++
			}
		}
	}
	share, before := float64(corrected)/(splits*others), float64(plain)/(splits*others)
	t.Logf("%.4f of the others are within the interval, %.4f before the correction", share, before)
	if share < .88 || share > .92 {
		t.Errorf("%.4f of the others are within the interval of %g", share, cover)
	}
	if math.Abs(before-cover) < .005 {
		t.Errorf("%.4f are within it before the correction, which then shows nothing", before)
	}
}
