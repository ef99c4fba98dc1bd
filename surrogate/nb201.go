package surrogate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"sync"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// NB201 is one data set of NAS-Bench-201 (Dong and Yang, ICLR 2020, arXiv:2001.00326)
// searched at one schedule. A trial is rewarded with the cell's validation accuracy after
// that schedule and pays its training plus one validation pass; what is reported is the
// accuracy after the full schedule of 200 epochs.
type NB201 struct {
	about evolve.About
	loss  []float64 // by official index
	cost  []float64
	score []evolve.Score
	cells cells
	set   int
	shown []int // cell whose accuracies cell i shows; nil = its own
}

func init() {
	evolve.Benchmarks.Register(evolve.Entry[evolve.Benchmark]{
		Name:     "nb201",
		Doc:      "NAS-Bench-201: 15,625 cells on three data sets, the imported table or the embedded surrogate",
		Paper:    "Dong and Yang, ICLR 2020, arXiv:2001.00326",
		Variants: data.NB201Sets,
		Params: []evolve.Param{
			{Name: "source", Default: "auto", Choices: []string{"auto", "table", "surrogate"}, Doc: "the imported table, the embedded surrogate, or the table if it is there"},
			{Name: "epochs", Default: "200", Choices: []string{"12", "200"}, Doc: "schedule that the search trains with and is charged for; neither is a prefix of the other"},
			{Name: "noise", Default: "none", Choices: []string{"none"}, Doc: "the values are means over the published seeds; there are too few to draw from"},
			{Name: "permute", Default: "no", Doc: "a seed: the negative control, accuracies shuffled over cells, costs left"},
		},
		New: func(o evolve.Options) (evolve.Benchmark, error) { return openNB201(o) },
	})
}

// nb201Titles are the data sets' names in print, in the order of data.NB201Sets.
var nb201Titles = [3]string{"CIFAR-10", "CIFAR-100", "ImageNet16-120"}

// cells is where a value of every cell comes from. A column is named as in the table's
// file: val_12, test_12, val_200, test_200, params_m, flops_m, epoch_s, test_s.
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
	epochs, err := o.Int("epochs", 1, 200)
	if err != nil {
		return nil, err
	}
	b := &NB201{about: src.about(), cells: src, set: slices.Index(data.NB201Sets, o.Variant())}
	b.about.Dataset, b.about.Epochs = o.Variant(), epochs
	b.about.Title = "NAS-Bench-201, " + nb201Titles[b.set]
	b.about.Pinned = []evolve.Setting{{Key: "source", Value: b.about.Kind}, {Key: "epochs", Value: o.Text("epochs")}}
	if text := o.Text("permute"); text != "no" {
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("nb201: permute=%s: want no or a seed, a whole number: %w", text, evolve.ErrInvalid)
		}
		b.shown = evolve.Stream(seed, "permute").Perm(space.NB201Size)
		b.about.Source += "; NEGATIVE CONTROL: accuracies shuffled over cells"
		b.about.Title += ", shuffled (negative control)"
	}
	return b, b.fill(epochs)
}

// openCells opens the table or the surrogate. Under auto a table that is there is never
// passed over: when it is damaged, that is the error.
func openCells(source string) (cells, error) {
	if source == "surrogate" {
		return openFitted()
	}
	path, err := data.NB201Path()
	if err != nil {
		if source == "auto" { // without a home there is no table
			return openFitted()
		}
		return nil, err
	}
	t, err := openTable(path)
	if errors.Is(err, fs.ErrNotExist) {
		if source == "auto" {
			return openFitted()
		}
		return nil, fmt.Errorf("nb201: no table at %s; make it with: amoeba data import nb201 --from DIR: %w", path, evolve.ErrUnsupported)
	}
	return t, err
}

// fill computes what the hot path reads.
func (b *NB201) fill(epochs int) error {
	var cols [5][]float64
	var errs [len(cols)]error
	var wg sync.WaitGroup
	for i, name := range []string{fmt.Sprintf("val_%d", epochs), "val_200", "test_200", "epoch_s", "test_s"} {
		wg.Go(func() { cols[i], errs[i] = b.cells.column(b.set, name) }) // a surrogate predicts it
	}
	wg.Wait()
	if err := errors.Join(errs[:]...); err != nil {
		return err
	}
	n := space.NB201Size
	b.loss, b.cost, b.score = make([]float64, n), make([]float64, n), make([]evolve.Score, n)
	b.about.BestVal, b.about.BestTest = 1, 1
	for i := range n {
		j := b.show(i)
		b.loss[i] = 1 - cols[0][j]/100
		b.score[i] = evolve.Score{Val: 1 - cols[1][j]/100, Test: 1 - cols[2][j]/100}
		b.cost[i] = nb201Seconds(b.set, epochs, cols[3][i], cols[4][i])
		b.about.BestVal, b.about.BestTest = min(b.about.BestVal, b.score[i].Val), min(b.about.BestTest, b.score[i].Test)
	}
	return nil
}

func (b *NB201) show(i int) int {
	if b.shown == nil {
		return i
	}
	return b.shown[i]
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

// Problem offers the one schedule that the search was opened with.
func (b *NB201) Problem() evolve.Problem {
	return evolve.Problem{Space: space.NB201{}, Objectives: []string{"error"}, Fidelities: []evolve.Fidelity{{Epochs: b.about.Epochs}}}
}

func (b *NB201) About() evolve.About { return b.about }

func (b *NB201) Evaluate(_ context.Context, t *evolve.Trial, r *evolve.Result) error {
	if t.Epochs != 0 && t.Epochs != b.about.Epochs {
		return fmt.Errorf("nb201: %d epochs: this benchmark was opened with epochs=%d: %w", t.Epochs, b.about.Epochs, evolve.ErrUnsupported)
	}
	i := space.NB201{}.Index(t.Arch)
	r.Loss, r.Cost = b.loss[i], b.cost[i]
	return nil
}

func (b *NB201) Score(t *evolve.Trial) (evolve.Score, error) {
	return b.score[space.NB201{}.Index(t.Arch)], nil
}

// Query lists what is known of a cell and how: measured, estimated, computed or predicted.
func (b *NB201) Query(a evolve.Arch) ([]Fact, error) {
	i := space.NB201{}.Index(a)
	facts := []Fact{{"index", float64(i), "", "official"}}
	for _, c := range []struct{ name, unit string }{
		{"val_12", "%"}, {"test_12", "%"}, {"val_200", "%"}, {"test_200", "%"},
		{"epoch_s", "s"}, {"test_s", "s"}, {"params_m", ""}, {"flops_m", ""},
	} {
		col, err := b.cells.column(b.set, c.name)
		if err != nil {
			return nil, err
		}
		j := i
		if c.unit == "%" {
			j = b.show(i) // what a permutation moves
		}
		facts = append(facts, Fact{c.name, col[j], c.unit, b.cells.origin(i, c.name)})
	}
	return append(facts, Fact{"cost", b.cost[i], "s", b.cells.origin(i, "epoch_s")}), nil
}

// Querier is a benchmark that tells what it knows of an architecture.
type Querier interface {
	Query(evolve.Arch) ([]Fact, error)
}

// Fact is one number of an architecture.
type Fact struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit,omitempty"`
	How   string  `json:"how"` // measured, estimated, computed, predicted
}

// table is the imported table.
type table struct{ t *data.NB201 }

func openTable(path string) (cells, error) {
	t, err := data.OpenNB201(path)
	if err != nil {
		return nil, err
	}
	return table{t}, nil
}

func (t table) column(set int, name string) ([]float64, error) {
	s := &t.t.Sets[set]
	c, ok := map[string][]float64{
		"val_12": s.Val12, "test_12": s.Test12, "val_200": s.Val200, "test_200": s.Test200,
		"params_m": s.Params, "flops_m": s.FLOPs, "epoch_s": s.EpochSeconds, "test_s": s.TestSeconds,
	}[name]
	if !ok {
		return nil, fmt.Errorf("nb201: no column %s: %w", name, evolve.ErrUnknown)
	}
	return c, nil
}

func (t table) about() evolve.About {
	return evolve.About{Kind: "table", Hash: t.t.Hash,
		Source: fmt.Sprintf("imported table; accuracies measured (means over the published seeds), seconds measured for %d cells and estimated for the rest", data.NB201Measured)}
}

func (t table) origin(i int, name string) string {
	switch {
	case name == "params_m" || name == "flops_m":
		return "computed"
	case (name == "epoch_s" || name == "test_s") && !t.t.Measured[i]:
		return "estimated"
	}
	return "measured"
}
