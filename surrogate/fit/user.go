package fit

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/amoeba-nas/amoeba/data/usertable"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/features"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/surrogate"
	"github.com/amoeba-nas/amoeba/surrogate/model"
)

// File fits surrogates of a user's table at the schedule of its option epochs: of val, and of
// test and cost where the table has them, for the architectures with a run that did not fail.
// settings are those of the benchmark table; the file that comes out is the benchmark fitted.
// In a space that can be enumerated to half a million the best prediction is noted.
func File(ctx context.Context, path string, settings []evolve.Setting, o Options) ([]byte, Report, error) {
	entry, opts, err := evolve.Benchmarks.Resolve(evolve.Spec{Name: "table", Variant: path, Set: settings})
	if err != nil {
		return nil, Report{}, err
	}
	s, t, err := surrogate.ReadTable(path, opts)
	if err != nil {
		return nil, Report{}, err
	}
	e, ok := s.(evolve.Encoder)
	if !ok {
		return nil, Report{}, fmt.Errorf("%s: space %s has no encodings to learn from: %w",
			entry.Name, s.Name(), evolve.ErrUnsupported)
	}
	rows, err := surrogate.PlanTable(t, opts)
	if err != nil {
		return nil, Report{}, err
	}
	last := rows.Levels[len(rows.Levels)-1]
	at := slices.DeleteFunc(slices.Clone(rows.Archs),
		func(a int) bool { return math.IsNaN(usertable.Mean(t.Val(last, a))) })
	archOf := func(i int) evolve.Arch { return t.Archs[at[i]] }
	encoding := surrogate.FirstEncoding(s)
	switch {
	case o.Encoding == features.Auto:
		encoding = features.Best(s)
	case o.Encoding != "":
		encoding = o.Encoding
		if _, err := features.NewCoder(s, encoding); err != nil {
			return nil, Report{}, err
		}
	case slices.Contains(e.Encodings(), surrogate.AccuracyEncoding):
		encoding = surrogate.AccuracyEncoding
	}
	in, err := model.Encode(e, encoding, len(at), archOf)
	if err != nil {
		return nil, Report{}, err
	}
	metric := evolve.Metric(opts.Text("metric"))
	p := &plan{
		title: filepath.Base(path), table: t.Hash, rows: len(at), unit: "architectures",
		notes: map[string]string{surrogate.NoteSpace: opts.Spec("space").String(), surrogate.NoteMetric: metric.Name(),
			surrogate.NoteEpochs: strconv.Itoa(max(t.Epochs[last], 1)), surrogate.NoteTitle: filepath.Base(path),
			"table_sha256": t.Hash, surrogate.NoteSource: "fitted on %d of %d architectures of " +
				strings.ReplaceAll(filepath.Base(path), "%", "%%")},
		remarks: []string{fmt.Sprintf("Learnt from the encoding %s; repeats of an architecture are averaged.",
			encoding)},
	}
	add := func(name, unit string, y []float64) {
		p.targets = append(p.targets, target{name: name, unit: unit, encoding: encoding, in: in, params: userParams(y),
			y: y, falls: name != "cost" && metric.Unit() != "%"})
	}
	// Time is also spent on edges whose result is not used.
	plain, err := model.Encode(e, surrogate.FirstEncoding(s), len(at), archOf)
	if err != nil {
		return nil, Report{}, err
	}
	shown := func(loss []float64) (string, []float64) {
		if metric.Unit() == "%" {
			return "%", surrogate.PerCent(loss)
		}
		if metric == evolve.Perplexity {
			return "nats", loss
		}
		return "", loss
	}
	unit, y := shown(usertable.Means(t.Val, last, at))
	add("val", unit, y)
	if t.Has("test") {
		if err := t.Complete("test", last, at); err != nil {
			return nil, Report{}, err
		}
		unit, y = shown(usertable.Means(t.Test, last, at))
		add("test", unit, y)
	}
	if t.Has("cost") {
		if err := t.Complete("cost", last, at); err != nil {
			return nil, Report{}, err
		}
		cost := usertable.Means(t.Cost, last, at)
		p.notes[surrogate.NoteLeast] = strconv.FormatFloat(slices.Min(cost), 'g', -1, 64)
		add("cost", "s", cost)
		last := &p.targets[len(p.targets)-1]
		last.encoding, last.in = surrogate.FirstEncoding(s), plain
	}
	if t.Repeats > 1 {
		p.targets[0].ceiling = oneRepeat(t, last, at, metric)
	}
	if len(t.Notes) > 0 {
		p.remarks = append(p.remarks, "How the file is read: "+strings.Join(t.Notes, "; ")+".")
	}
	if n := len(t.Archs); len(at) < n {
		p.remarks = append(p.remarks, fmt.Sprintf("Of %d architectures of the file %d have a run%s that did not fail.",
			n, len(at), t.OfEpochs(last)))
	}
	p.finish = func(f *model.File) error { return noteBest(f, s) }
	return p.fit(ctx, o)
}

// userParams are settings by the number of rows, with steps of a 10,000th of the spread, or,
// where there is hardly any beside what the numbers are, of a 10,000,000th of the largest:
// trees count no further than to 67 million.
func userParams(y []float64) model.Params {
	p := model.Defaults()
	if len(y) < 10_000 {
		p = fewRows(0)
	}
	// A round number, so that the file says it in few digits.
	low, high := slices.Min(y), slices.Max(y)
	finest := math.Ceil(math.Log10(max(-low, high) / 1e7))
	p.Step = math.Pow(10, max(math.Floor(math.Log10(max(high-low, 1e-9)))-4, finest))
	return p
}

// oneRepeat is how well a single run predicts the mean of the others.
func oneRepeat(t *usertable.Table, fidelity int, at []int, m evolve.Metric) *stats.Quality {
	var one, rest []float64
	for _, a := range at {
		if all := slices.DeleteFunc(slices.Clone(t.Val(fidelity, a)), math.IsNaN); len(all) > 1 {
			one, rest = append(one, m.Value(all[0])), append(rest, m.Value(usertable.Mean(all[1:])))
		}
	}
	if len(one) < minCells {
		return nil
	}
	q := stats.Evaluate(one, rest)
	return &q
}

// The largest space that is predicted whole to find the best architecture.
const mostPredicted = 500_000

// noteBest notes the lowest predicted losses of a space that can be enumerated.
func noteBest(f *model.File, s evolve.Space) error {
	n, ok := s.(model.Numbered)
	if !ok || n.Size() > mostPredicted {
		return nil
	}
	in, err := model.Whole(n, f.Models[0].Encoding)
	if err != nil {
		return err
	}
	for _, n := range []struct{ model, note string }{{"val", surrogate.NoteBestVal}, {"test", surrogate.NoteBestTest}} {
		m := f.Model(n.model)
		if m == nil {
			continue
		}
		all, err := in.Predict(m.Trees, nil)
		if err != nil {
			return err
		}
		best := slices.Min(all)
		if m.Unit == "%" {
			best = 1 - min(max(slices.Max(all)/100, 0), 1)
		}
		f.Notes[n.note] = strconv.FormatFloat(best, 'g', -1, 64)
	}
	return nil
}
