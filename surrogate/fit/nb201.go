package fit

import (
	"context"
	"fmt"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/surrogate"
	"github.com/amoeba-nas/amoeba/surrogate/model"
)

// The columns that are fitted. Resolution: 0.005 % is finer than one image of 10,000,
// a millisecond finer than any clock that was read.
var nb201Targets = []struct {
	name, unit, encoding string
	params               model.Params
}{
	{"val_12", "%", surrogate.AccuracyEncoding, model.Defaults()},
	{"test_12", "%", surrogate.AccuracyEncoding, model.Defaults()},
	{"val_200", "%", surrogate.AccuracyEncoding, model.Defaults()},
	{"test_200", "%", surrogate.AccuracyEncoding, model.Defaults()},
	{"epoch_s", "s", surrogate.SecondsEncoding, model.Additive(.001)},
	{"test_s", "s", surrogate.SecondsEncoding, model.Additive(.001)},
}

// NB201 fits the surrogates of all data sets on a table. It is deterministic to the byte.
func NB201(ctx context.Context, t *data.NB201, o Options) ([]byte, Report, error) {
	p := &plan{
		title: "NAS-Bench-201", table: t.Hash, rows: space.NB201Size, unit: "cells", above: 80,
		notes: map[string]string{"space": "nb201", "table_sha256": t.Hash},
		remarks: []string{
			"Isomorphic cells look alike, and a random split leaves most held-out cells a twin among the fitted.",
			fmt.Sprintf("\"One training\" (the noise ceiling) compares one training seed with the mean over seeds "+
				"that the models predict, on the %d cells", data.NB201Measured),
			"where one seed is known apart; the mean contains that seed. It can be measured for test accuracy at 200 " +
				"epochs alone: elsewhere",
			"the published files hold one value a cell.",
		},
	}
	for set := range data.NB201Sets {
		for _, c := range nb201Targets {
			in, err := model.Whole(space.NB201{}, c.encoding)
			if err != nil {
				return nil, Report{}, err
			}
			y, err := t.Sets[set].Column(c.name)
			if err != nil {
				return nil, Report{}, err
			}
			g := target{name: data.NB201Sets[set] + "_" + c.name, unit: c.unit, encoding: c.encoding, in: in,
				params: c.params, y: y}
			if c.name == "test_200" {
				g.ceiling = oneSeed(t, set)
			}
			p.targets = append(p.targets, g)
		}
	}
	return p.fit(ctx, o)
}

// oneSeed compares the test accuracies of one seed, where they are known, with the means over seeds, that seed
// included: how far a single training is from the value to be predicted.
func oneSeed(t *data.NB201, set int) *stats.Quality {
	s := &t.Sets[set]
	q := stats.Evaluate(s.Test200One[:data.NB201Measured], s.Test200[:data.NB201Measured])
	return &q
}
