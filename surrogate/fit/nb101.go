package fit

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/surrogate"
	"github.com/amoeba-nas/amoeba/surrogate/model"
)

// nb101Params are settings for half a million cells: larger and more trees than nb201's.
func nb101Params(rounds int, step float64) model.Params {
	p := model.Defaults()
	p.Rounds, p.Leaves, p.Depth, p.MinChild, p.Rate, p.Step = rounds, 256, 14, 10, .1, step
	return p
}

func nb101(ctx context.Context, o Options) ([]byte, Report, error) {
	t, err := surrogate.OpenNB101Table()
	if err != nil {
		return nil, Report{}, err
	}
	noise, err := t.Noise()
	if err != nil {
		return nil, Report{}, err
	}
	text, err := json.Marshal(noise)
	if err != nil {
		return nil, Report{}, err
	}
	in, err := model.Whole(space.NB101{}, surrogate.NB101Joined)
	if err != nil {
		return nil, Report{}, err
	}
	p := &plan{
		title: "NAS-Bench-101", table: t.Hash, rows: space.NB101Size, unit: "cells", above: 90,
		notes: map[string]string{"space": "nb101", "table_sha256": t.Hash, "noise": string(text)},
		targets: []target{
			{name: "test_108", unit: "%", encoding: surrogate.NB101Joined, in: in, params: nb101Params(1500, .0002),
				y: surrogate.PerCent(surrogate.ErrorsOf(t.Tests, 1)), link: model.LogError},
			{name: "seconds_108", unit: "s", encoding: surrogate.NB101Joined, in: in, params: nb101Params(300, .1),
				y: t.Seconds},
		},
		remarks: []string{
			"Every cell is one of its isomorphism class.",
			fmt.Sprintf("\"One training\" (a noise ceiling) compares one run's validation accuracy with the mean "+
				"test accuracy of three runs, on the %d cells", data.NB101Measured),
			"where it was measured, its mean difference taken out: another split and one run, so a ceiling for " +
				"searches on validation, not for the fit.",
			"Seconds are measured for those cells and estimated by least squares for the others: there the trees " +
				"learn the estimate.",
		},
	}
	p.targets[0].ceiling, err = oneRun(t, noise)
	if err != nil {
		return nil, Report{}, err
	}
	p.finish = func(f *model.File) error {
		all, err := in.Predict(f.Model("test_108").Trees, nil)
		if err == nil {
			f.Notes["best_test_108"] = strconv.FormatFloat(
				float64(float32(min(max(model.LogError.From(slices.Max(all))/100, 0), 1))), 'g', -1, 64)
		}
		return err
	}
	return p.fit(ctx, o)
}

// oneRun is how well one run's validation accuracy, its expected difference taken out, predicts
// mean test accuracy.
func oneRun(t *surrogate.NB101Table, noise *surrogate.NB101Noise) (*stats.Quality, error) {
	val, err := t.Floats(t.Run())
	if err != nil {
		return nil, err
	}
	var pred, truth []float64
	for i, v := range val {
		if !math.IsNaN(v) {
			pred = append(pred, 100*(v-(noise.Mean(t.Tests[i])-t.Tests[i])))
			truth = append(truth, 100*t.Tests[i])
		}
	}
	q := stats.Evaluate(pred, truth)
	return &q, nil
}
