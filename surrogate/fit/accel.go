package fit

import (
	"context"
	_ "embed"
	"slices"
	"strconv"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/surrogate"
	"github.com/amoeba-nas/amoeba/surrogate/model"
)

// accel fits the surrogate of the whole MnasNet space on the recorded networks.
func accel(ctx context.Context, o Options) ([]byte, Report, error) {
	f, err := data.Open("accel")
	if err != nil {
		return nil, Report{}, err
	}
	archs, err := f.Text("arch")
	if err != nil {
		return nil, Report{}, err
	}
	in, err := model.Encode(space.Mnas{}, "onehot", f.Rows, func(i int) evolve.Arch { return evolve.Arch(archs[i]) })
	if err != nil {
		return nil, Report{}, err
	}
	val, err := f.Floats("val_top1")
	if err != nil {
		return nil, Report{}, err
	}
	seconds, err := f.Floats("train_time")
	if err != nil {
		return nil, Report{}, err
	}
	p := &plan{
		title: "Accel-NASBench", table: f.Hash, rows: f.Rows, unit: "networks",
		notes: map[string]string{surrogate.NoteSpace: "mnas", surrogate.NoteEpochs: "1",
			surrogate.NoteTitle: "Accel-NASBench, ImageNet", "table_sha256": f.Hash,
			surrogate.NoteSource: "embedded, fitted on %d of %d networks of Accel-NASBench, trained under the " +
				"authors' short proxy schedule",
			surrogate.NoteLeast: strconv.FormatFloat(slices.Min(seconds), 'g', -1, 64)},
		targets: []target{
			{name: "val", unit: "%", encoding: "onehot", in: in, params: fewRows(.005), y: val},
			{name: "cost", unit: "s", encoding: "onehot", in: in, params: fewRows(.1), y: seconds},
		},
		remarks: []string{"\"Cost\" is the seconds of training as recorded. One training a network was recorded, so " +
			"no ceiling can be told."},
	}
	return p.fit(ctx, o)
}

// fewRows are settings for some thousand rows: small trees, slowly.
func fewRows(step float64) model.Params {
	p := model.Defaults()
	p.Rounds, p.Leaves, p.Depth, p.MinChild, p.Rate, p.Rows, p.Step = 600, 12, 5, 5, .08, .7, step
	return p
}
