package fit

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/amoeba-nas/amoeba/data/ownruns"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/surrogate"
	"github.com/amoeba-nas/amoeba/surrogate/model"
)

// nasnetDigits fits the surrogate of AmoebaNet's space on the embedded runs.
func nasnetDigits(ctx context.Context, o Options) ([]byte, Report, error) {
	t, err := surrogate.NASNetDigitsRuns()
	if err != nil {
		return nil, Report{}, err
	}
	in, err := model.Encode(space.NASNet{}, surrogate.NASNetEncoding, len(t.Cells),
		func(i int) evolve.Arch { return t.Cells[i] })
	if err != nil {
		return nil, Report{}, err
	}
	var protocol struct{ Net json.RawMessage }
	if err := json.Unmarshal(t.Protocol, &protocol); err != nil {
		return nil, Report{}, err
	}
	seconds := ownruns.Floats(t.Seconds)
	p := &plan{
		title: "the nasnet space on digits", table: t.Hash, rows: len(t.Cells), unit: "networks",
		notes: map[string]string{surrogate.NoteSpace: t.Space, surrogate.NoteEpochs: strconv.Itoa(t.Epochs),
			surrogate.NoteTitle: "AmoebaNet's space, 8×8 digits", "table_sha256": t.Hash,
			surrogate.NoteNetwork: string(protocol.Net),
			surrogate.NoteSource:  "embedded, fitted on %d of %d networks trained by this project, one run each",
			surrogate.NoteLeast:   strconv.FormatFloat(float64(t.Epochs)*slices.Min(seconds), 'g', -1, 64)},
		remarks: []string{
			fmt.Sprintf("Accuracies in %% of %d validation and %d test images, after so many epochs; every network "+
				"was trained once, so that it is not known how far a", t.Images.Val, t.Images.Test),
			"second training would agree with the first, and R² and tau are against single runs: they cannot reach " +
				"1, and the ceiling cannot be told.",
			"\"Cost\" is the seconds of all epochs, at the speed of the fastest. Parameters and MACs are counted and " +
				"not predicted.",
		},
	}
	add := func(name string, xs []float64) {
		p.targets = append(p.targets, target{name: name, unit: "%", encoding: surrogate.NASNetEncoding, in: in,
			params: noisyRows(.005), y: surrogate.PerCent(xs)})
	}
	spread, right := "", 0.0
	for e := 1; e <= t.Epochs; e++ {
		name := surrogate.RungName(e)
		if e == t.Epochs {
			name = "val"
		}
		xs := ownruns.Errors(t.Val, t.Images.Val).Means(t, e)
		add(name, xs)
		mean, sd := stats.MeanSD(xs)
		spread, right = spread+fmt.Sprintf(" %.2f %%,", 100*sd), 1-mean
	}
	p.remarks = append(p.remarks, fmt.Sprintf("The networks' validation accuracies have standard deviations of%s "+
		"after 1 to %d epochs. For comparison, %d images", strings.TrimSuffix(spread, ","), t.Epochs, t.Images.Val),
		fmt.Sprintf("alone give one accuracy of %.1f %% a standard error of %.2f %%, less in differences, since the "+
			"images are the same for all networks.", 100*right, 100*math.Sqrt(right*(1-right)/float64(t.Images.Val))))
	add("test", ownruns.Errors(t.Test, t.Images.Test).Means(t, t.Epochs))
	for i := range seconds {
		seconds[i] *= float64(t.Epochs)
	}
	p.targets = append(p.targets, target{name: "cost", unit: "s", encoding: surrogate.NASNetEncoding, in: in,
		params: noisyRows(.0001), y: seconds})
	return p.fit(ctx, o)
}

// noisyRows are settings for some thousand rows whose differences are mostly chance: as in
// fewRows, but slower, of smaller trees and of fewer features each, so that chance averages out.
// On five other splits half or twice of each changed no R² by more than 0.05.
func noisyRows(step float64) model.Params {
	p := fewRows(step)
	p.Rounds, p.Leaves, p.Depth, p.MinChild, p.Rate, p.Columns = 300, 8, 4, 10, .03, .2
	return p
}
