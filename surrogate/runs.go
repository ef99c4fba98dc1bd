package surrogate

import (
	"cmp"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/amoeba-nas/amoeba/data/ownruns"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/wrap"
	"github.com/amoeba-nas/amoeba/surrogate/model"
)

// maxEpochs is far above any schedule; journals have 32 bits for it.
const maxEpochs = 1 << 30

// fileEpochs is the option of benchmarks of files, whose longest schedule is not known before they are read.
var fileEpochs = evolve.Int("epochs", 0, 0, maxEpochs, "longest schedule of the search; 0 = the longest of the file")

// Options of benchmarks of runs. Of a few hundred images good networks differ
// by a few, so that the cross entropy tells them apart where the accuracy does not.
var (
	metricParam = evolve.Choice("metric",
		"what is minimised and reported: the error, or the mean cross entropy in nats",
		string(evolve.Accuracy), string(evolve.PlainLoss))
	noiseParam = evolve.Choice("noise",
		"a trial is one of the runs, which its seed draws, the same at every epoch; or their mean",
		"draw", "mean").OnlyFor("several runs of a cell")
)

func init() {
	evolve.Benchmarks.Register(evolve.Entry[evolve.Benchmark]{
		Name: "runs", File: true,
		Doc:   "cells that amoeba table build trained and table pack packed, every epoch of every seed",
		Paper: "your own",
		Params: []evolve.Param{metricParam, noiseParam, fileEpochs,
			wrap.ObjectivesParam(wrap.Auto, evolve.ParamsObjective, evolve.FLOPsObjective), wrap.ReferenceParam,
			wrap.DeadParam, movesParam,
			permuteParam, eachParam},
		New: offering(openRunsFile),
	})
}

func openRunsFile(o evolve.Options) (evolve.Benchmark, error) {
	t, err := ReadRuns(o.Variant())
	if err != nil {
		return nil, err
	}
	s, _, err := evolve.Spaces.Open(evolve.Spec{Name: t.Space})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.Variant(), err)
	}
	b, err := openRuns(t, filepath.Base(o.Variant()), "packed table", s, FirstEncoding(s), o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.Variant(), err)
	}
	b.about.Dataset = o.Variant()
	return b, nil
}

// ReadRuns reads a file of runs.
func ReadRuns(path string) (*ownruns.Table, error) {
	text, err := durable.ReadFile(path, 64<<20) // no table of the project has a tenth of it
	if err != nil {
		return nil, err
	}
	t, err := ownruns.Read(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

const ownTable = "embedded table, trained by this project"

// openRuns makes a benchmark of runs: of the whole space where each network has runs, which
// answer for all that mean the same, else of their pool. origin says where they come from.
func openRuns(t *ownruns.Table, title, origin string, s evolve.Space, encoding string,
	o evolve.Options) (*lookup, error) {
	b := &lookup{about: evolve.About{Title: title, Kind: "table", Hash: t.Hash, Trained: len(t.Cells)}}
	at, err := b.over(s, t.Cells, encoding, o)
	if err != nil {
		return nil, err
	}
	if at == nil {
		at = everyOf(len(t.Cells))
	} else if len(at) != len(t.Cells) {
		b.addSource(fmt.Sprintf("%d cells were trained, one of each class of isomorphic ones, for which it answers",
			len(t.Cells)))
	}
	if err := b.addRuns(t, at, origin, o); err != nil {
		return nil, err
	}
	return b, b.finish(o)
}

// addRuns fills a lookup with runs; at are the cells of its rows. Training goes on from epoch to
// epoch and is charged by it. A trial's seed draws the run whatever the epoch, so that one with
// the seed of another goes on with that one's run. What is reported are means over all runs after
// the last epoch.
func (b *lookup) addRuns(t *ownruns.Table, at []int, origin string, o evolve.Options) error {
	epochs := cmp.Or(o.Int("epochs"), t.Epochs)
	if epochs > t.Epochs { // which the range of a file's option cannot know
		return fmt.Errorf("epochs=%d is out of range, the range is 0 to %d: %w", epochs, t.Epochs, evolve.ErrInvalid)
	}
	val, test := ownruns.Errors(t.Val, t.Images.Val), ownruns.Errors(t.Test, t.Images.Test)
	if b.about.Metric = evolve.Metric(o.Text("metric")); b.about.Metric == evolve.PlainLoss {
		val, test = ownruns.Losses(t.ValLoss), ownruns.Losses(t.TestLoss)
	}
	seconds := model.Pick(ownruns.Floats(t.Seconds), at)
	draws := t.Seeds > 1 && o.Text("noise") == "draw" // with one run there is no such option
	for e := 1; e <= epochs; e++ {
		l := level{epochs: e, resumes: true, loss: model.Pick(val.Means(t, e), at), cost: make([]float64, len(at))}
		for i, s := range seconds {
			l.cost[i] = float64(e) * s
		}
		if draws {
			l.runs = model.Pick(val.Runs(t, e), at)
		}
		b.levels = append(b.levels, l)
	}
	b.score = scores(model.Pick(val.Means(t, t.Epochs), at), model.Pick(test.Means(t, t.Epochs), at))
	b.addRunFacts(t, at)
	how := "all measured"
	switch {
	case draws:
		how += fmt.Sprintf("; a trial is one of %d runs, drawn by its seed; reported are their means", t.Seeds)
	case t.Seeds > 1:
		how += fmt.Sprintf(", means of %d runs", t.Seeds)
	default:
		how += ", one run each"
	}
	b.addSource(fmt.Sprintf("%s; %s; of %d validation and %d test images; seconds are of training alone",
		origin, how, t.Images.Val, t.Images.Test))
	return nil
}

// addRunFacts has queries tell the means after the last epoch, and sizes, which are known without
// training.
func (b *lookup) addRunFacts(t *ownruns.Table, at []int) {
	how := "measured"
	if t.Seeds > 1 {
		how = fmt.Sprintf("measured, mean of %d runs", t.Seeds)
	}
	last := func(c ownruns.Column) []float64 { return model.Pick(c.Means(t, t.Epochs), at) }
	for _, part := range []struct {
		name   string
		counts []int
		images int
		losses []float32
	}{{"train", t.Train, t.Images.Train, t.TrainLoss}, {"val", t.Val, t.Images.Val, t.ValLoss},
		{"test", t.Test, t.Images.Test, t.TestLoss}} {
		b.facts = append(b.facts,
			fact{fmt.Sprintf("%s_%d", part.name, t.Epochs), "%",
				once(func() []float64 { return PerCent(last(ownruns.Errors(part.counts, part.images))) }),
				always(how), result},
			fact{fmt.Sprintf("%s_loss_%d", part.name, t.Epochs), "nats",
				once(func() []float64 { return last(ownruns.Losses(part.losses)) }), always(how), result})
	}
	b.facts = append(b.facts, fact{"epoch_s", "s", kept(model.Pick(ownruns.Floats(t.Seconds), at)), always("measured"),
		plain})
	b.offer(tabled(evolve.ParamsObjective), "counted", kept(model.Pick(ownruns.Floats(t.Params), at)))
	flops := model.Pick(ownruns.Floats(t.MACs), at)
	for i, classes := 0, classesOf(t); i < len(flops); i++ {
		flops[i] += classes
	}
	b.offer(tabled(evolve.FLOPsObjective), "counted", kept(flops))
}

// once is a column that is computed when somebody first asks for it.
func once(column func() []float64) func() ([]float64, error) {
	return sync.OnceValues(func() ([]float64, error) { return column(), nil })
}

// classesOf is the number of classes, a classifier's biases, which NAS-Bench-201 counts as multiply-adds as well.
func classesOf(t *ownruns.Table) float64 {
	var protocol struct{ Net struct{ Classes int } }
	if json.Unmarshal(t.Protocol, &protocol) != nil {
		return 0 // of a protocol that is none of ours
	}
	return float64(protocol.Net.Classes)
}

// OpenRuns reads a table of runs by name: one of those that the program embeds, or runs:FILE.
func OpenRuns(name string) (*ownruns.Table, error) {
	if kind, path, _ := strings.Cut(name, ":"); kind == "runs" && path != "" {
		return ReadRuns(path)
	}
	if embedded := ownruns.Embedded(); !slices.Contains(embedded, name) {
		return nil, evolve.Unknown("table of runs", name, append(embedded, "runs:FILE"))
	}
	return ownruns.Open(name)
}
