package surrogate

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/wrap"
)

// NB201 is one data set of NAS-Bench-201 (Dong and Yang, ICLR 2020, arXiv:2001.00326)
// searched at one of its schedules. A trial is rewarded with the cell's validation accuracy after
// that schedule and pays its training plus one validation pass; what is reported is the
// accuracy after the full schedule of 200 epochs.
type NB201 struct{ lookup }

func init() {
	evolve.Benchmarks.Register(evolve.Entry[evolve.Benchmark]{
		Name:     "nb201",
		Doc:      "NAS-Bench-201: 15,625 cells on three data sets, the imported table or the embedded surrogate",
		Paper:    "Dong and Yang, ICLR 2020, arXiv:2001.00326",
		Data:     []string{"nb201", "nb201-hw", "nb201-zc"},
		Variants: data.NB201Sets,
		Aliases:  nb201Aliases,
		Params: []evolve.Param{
			sourceParam,
			evolve.Choice("epochs",
				"longest schedule of the search; neither is a prefix of the other, and each is charged in full",
				"12", "200").Defaulting("200"),
			evolve.Choice("noise", "the values are means over the published seeds; there are too few to draw from",
				"none"),
			nb201Objectives(), wrap.ReferenceParam, wrap.DeadParam, permuteParam, eachParam,
		},
		Formerly: wrap.Formerly(evolve.ErrorObjective),
		New:      offering(openNB201),
	})
}

// nb201Objectives are what a search can minimise: sizes are counted, whatever answers for the accuracy.
func nb201Objectives() evolve.Param {
	p := wrap.ObjectivesParam(evolve.ErrorObjective, evolve.ParamsObjective, evolve.FLOPsObjective, anyLatency)
	p.Doc += ", a device and batch of the table nb201-hw such as raspi4 or titan_rtx_32"
	return p
}

// sourceParam is the option of benchmarks that have a table and an embedded surrogate of the whole space.
var sourceParam = evolve.Choice("source", "the imported table, the embedded surrogate, or the table if it is there",
	"auto", "table", "surrogate")

// nb201Aliases are the names of the official API and of print.
var nb201Aliases = []evolve.Alias{
	{Name: "cifar10-valid", Variant: "cifar10", Note: "cifar10-valid is read as cifar10, whose validation is of " +
		"networks trained on half of the training images and whose reported test is of networks trained on all"},
	{Name: "ImageNet16-120", Variant: "imagenet16"},
	{Name: "CIFAR-10", Variant: "cifar10"},
	{Name: "CIFAR-100", Variant: "cifar100"},
}

// nb201Titles are the data sets' names in print, in the order of data.NB201Sets.
var nb201Titles = [3]string{"CIFAR-10", "CIFAR-100", "ImageNet16-120"}

// cells is where a value of every cell comes from. A column is named as in the table's
// file: val_12, test_12, val_200, test_200, epoch_s, test_s.
type cells interface {
	column(set int, name string) ([]float64, error)
	about() evolve.About // Kind, Source, Hash
	origin(i int, name string) string
}

func openNB201(o evolve.Options) (*NB201, error) {
	src, err := openCells(o.Text("source"))
	if err != nil {
		return nil, err
	}
	set := slices.Index(data.NB201Sets, o.Variant())
	b := &NB201{lookup{about: src.about(), space: space.NB201{}}}
	b.about.Dataset = o.Variant()
	b.about.Title = "NAS-Bench-201, " + nb201Titles[set]
	b.about.Pinned = []evolve.Setting{{Key: "source", Value: b.about.Kind}, {Key: "epochs", Value: o.Text("epochs")}}
	if err := b.fill(src, set, o.Int("epochs")); err != nil {
		return nil, err
	}
	if err := b.addMore(strings.Contains(o.Text(wrap.ObjectivesOption), evolve.LatencyOf)); err != nil {
		return nil, err
	}
	return b, b.finish(o)
}

// openCells opens the table or the surrogate. Under auto a table that is there is never
// passed over: when it is damaged, that is the error.
func openCells(source string) (cells, error) {
	if source == "surrogate" {
		return openFitted()
	}
	t, err := data.OpenNB201()
	if source == "auto" && data.Missing(err) {
		return openFitted()
	}
	if err != nil {
		return nil, err
	}
	return table{t}, nil
}

// fill reads or predicts the columns that a search needs, and adds the facts that a query lists.
func (b *NB201) fill(src cells, set, epochs int) error {
	var cols [5][]float64
	var errs [len(cols)]error
	var wg sync.WaitGroup
	for i, name := range []string{"val_12", "val_200", "test_200", "epoch_s", "test_s"} {
		wg.Go(func() { cols[i], errs[i] = src.column(set, name) }) // a surrogate predicts it
	}
	wg.Wait()
	if err := errors.Join(errs[:]...); err != nil {
		return err
	}
	var cost []float64
	for i, e := range []int{12, 200} {
		if e > epochs {
			break
		}
		cost = make([]float64, space.NB201Size)
		for k := range cost {
			cost[k] = nb201Seconds(set, e, cols[3][k], cols[4][k])
		}
		b.levels = append(b.levels, level{epochs: e, loss: ErrorsOf(cols[i], 100), cost: cost})
	}
	b.score = scores(ErrorsOf(cols[1], 100), ErrorsOf(cols[2], 100))
	for _, c := range []struct {
		name, unit string
		kind       factKind
	}{
		{"val_12", "%", result}, {"test_12", "%", result}, {"val_200", "%", result}, {"test_200", "%", result},
		{"epoch_s", "s", plain}, {"test_s", "s", plain},
	} {
		b.facts = append(b.facts, fact{c.name, c.unit, func() ([]float64, error) { return src.column(set, c.name) },
			func(i int) string { return src.origin(i, c.name) }, c.kind})
	}
	for k, name := range []string{evolve.ParamsObjective, evolve.FLOPsObjective} {
		b.offer(tabled(name), "counted", func() ([]float64, error) {
			xs := make([]float64, space.NB201Size)
			for i := range xs {
				params, flops := data.NB201Complexity(space.NB201{}.At(i), set)
				xs[i] = float64([2]int{params, flops}[k])
			}
			return xs, nil
		})
	}
	b.facts = append(b.facts, fact{"cost", "s", kept(cost), func(i int) string { return src.origin(i, "epoch_s") },
		plain})
	return nil
}

// nb201Seconds is what a trial costs: all epochs of training and one validation pass
// (NATS-Bench's train-all-time + valid-per-time). The CIFAR-10 search trains on half of
// the 50,000 images and validates on the other 25,000, 2.5 times the 10,000 of a test
// pass; on the other sets the two halves of the test set have equal size.
func nb201Seconds(set, epochs int, epochSeconds, testSeconds float64) float64 {
	train, pass := 1.0, 1.0
	if data.NB201Sets[set] == "cifar10" {
		train, pass = .5, 2.5
	}
	// The conversions forbid fused multiply-add: the same bits on every architecture.
	return float64(train*epochSeconds*float64(epochs)) + float64(pass*testSeconds)
}

// table is the imported table.
type table struct{ t *data.NB201 }

func (t table) column(set int, name string) ([]float64, error) {
	return t.t.Sets[set].Column(name)
}

func (t table) about() evolve.About {
	return evolve.About{Kind: "table", Hash: t.t.Hash, Trained: space.NB201Size,
		Source: fmt.Sprintf("imported table; accuracies measured (means over the published seeds), seconds measured "+
			"for %d cells and estimated for the rest", data.NB201Measured)}
}

func (t table) origin(i int, name string) string {
	switch {
	case (name == "epoch_s" || name == "test_s") && !t.t.Measured[i]:
		return "estimated"
	}
	return "measured"
}
