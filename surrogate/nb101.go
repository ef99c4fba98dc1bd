package surrogate

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/wrap"
)

func init() {
	evolve.Benchmarks.Register(evolve.Entry[evolve.Benchmark]{
		Name:  "nb101",
		Doc:   "NAS-Bench-101: 423,624 cells on CIFAR-10, the imported table or the embedded surrogate",
		Paper: "Ying et al., ICML 2019, arXiv:1902.09635",
		Data:  []string{"nb101"},
		Params: []evolve.Param{
			sourceParam,
			evolve.Choice("val", "validation accuracy that rewards a query: test plus fitted noise; that of the "+
				"20,001 cells of which it is at hand, which alone can then be proposed; or the authors' runs, after "+
				"an import of their file", "modelled", "measured", "official"),
			evolve.Choice("noise", "a query draws one run, as published, or gets the mean",
				"draw", "mean").OnlyFor("val=modelled and val=official: of val=measured one run is all there is"),
			evolve.Choice("epochs",
				"longest schedule of the search, each charged in full; below 108 with val=measured or official",
				"4", "12", "36", "108").Defaulting("108"),
			evolve.Choice("sampler",
				"random cells are uniform matrices, redrawn until valid, or uniform over the cells",
				"notebook", "unique").OnlyFor("val=modelled and val=official"),
			wrap.ObjectivesParam(evolve.ErrorObjective, evolve.ParamsObjective, evolve.FLOPsObjective),
			wrap.ReferenceParam, movesParam,
			permuteParam, eachParam,
		},
		New: offering(openNB101),
	})
}

func openNB101(o evolve.Options) (evolve.Benchmark, error) {
	src, err := openNB101Cells(o.Text("source"))
	if err != nil {
		return nil, err
	}
	epochs := o.Int("epochs")
	var s space.NB101
	if o.Text("val") != "measured" { // which draws from its pool
		s.Unique = o.Text("sampler") == "unique"
	}
	about := src.about()
	about.Title, about.Dataset = "NAS-Bench-101, CIFAR-10", ""
	about.Pinned = []evolve.Setting{{Key: "source", Value: about.Kind}, {Key: "epochs", Value: o.Text("epochs")}}
	switch val := o.Text("val"); {
	case val == "modelled" && epochs != 108:
		return nil, fmt.Errorf("nb101: epochs=%d with val=modelled: the model is of 108 epochs; shorter schedules "+
			"need val=measured or val=official: %w", epochs, evolve.ErrUnsupported)
	case val == "modelled":
		return newNB101(src, s, about, o)
	case about.Kind != "table" && val == "official":
		return nil, errNoOfficial()
	case about.Kind != "table":
		return nil, fmt.Errorf("nb101: val=%s needs the imported table: run amoeba data fetch nb101: %w",
			val, evolve.ErrUnsupported)
	case val == "measured":
		return openNB101Measured(src.(*NB101Table), s, about, epochs, o)
	}
	return openNB101Official(src.(*NB101Table), s, about, epochs, o)
}

// NB101 is NAS-Bench-101 with modelled validation (Ying et al., ICML 2019, arXiv:1902.09635): a
// query of a cell gets its mean test accuracy after 108 epochs plus the noise of one validation
// run, and pays that training in full.
type NB101 struct {
	about evolve.About
	space space.NB101
	src   nb101Cells
	noise *NB101Noise
	draws bool
	shown []int
}

// nb101Cells is where a cell's mean test accuracy and its seconds at 108 epochs come from.
type nb101Cells interface {
	test(i int) float64
	seconds(i int) float64
	best() float64 // test accuracy
	Noise() (*NB101Noise, error)
	about() evolve.About              // Kind, Source, Hash
	facts(shown, i int) []evolve.Fact // accuracies of the one, seconds of the other
}

func newNB101(src nb101Cells, s space.NB101, about evolve.About, o evolve.Options) (*NB101, error) {
	b := &NB101{about: about, space: s, src: src, draws: o.Text("noise") == "draw"}
	var err error
	if b.noise, err = src.Noise(); err != nil {
		return nil, err
	}
	b.about.Epochs = 108
	b.about.Source += fmt.Sprintf("; validation MODELLED: test plus the noise of %d measured runs", b.noise.Cells)
	if !b.draws {
		b.about.Source += ", its mean"
	}
	b.about.BestTest = 1 - src.best()
	b.about.BestVal = 1 - b.noise.Mean(src.best())
	b.shown = shuffle(o, space.NB101Size, &b.about)
	return b, nil
}

func (b *NB101) About() evolve.About { return b.about }

func (b *NB101) Problem() evolve.Problem {
	p := evolve.Problem{Space: b.space, Objectives: []evolve.Objective{evolve.TrainedObjective(b.about.Metric)},
		Fidelities: []evolve.Fidelity{{Epochs: 108}}}
	for _, c := range b.counted() {
		p.Proxies = append(p.Proxies, evolve.Proxy{Name: c.Name, Score: c.Of})
	}
	return p
}

// counted are the sizes of networks, with the least of all cells.
func (b *NB101) counted() []wrap.Counted {
	params, flops := evolve.NewObjective(evolve.ParamsObjective), evolve.NewObjective(evolve.FLOPsObjective)
	params.Ideal, flops.Ideal = nb101Least[0], nb101Least[1]
	return []wrap.Counted{
		{Objective: params, Of: func(a evolve.Arch) (float64, error) { return nb101Sizes(a)[0], nil }},
		{Objective: flops, Of: func(a evolve.Arch) (float64, error) { return nb101Sizes(a)[1], nil }},
	}
}

// Parameters and multiply-adds of the smallest of all cells, as a test counts them.
var nb101Least = [2]float64{227274, 37098506}

// nb101Sizes are a cell's parameters and multiply-adds, with those of the classifier's biases, as NAS-Bench-201 counts.
func nb101Sizes(a evolve.Arch) [2]float64 {
	params, macs := space.NB101Complexity(a)
	return [2]float64{float64(params), float64(macs + space.NB101Classes)}
}

func (b *NB101) Evaluate(_ context.Context, t *evolve.Trial, r *evolve.Result) error {
	if t.Epochs != 0 && t.Epochs != 108 {
		return fmt.Errorf("nb101: %d epochs: modelled validation is of 108: %w", t.Epochs, evolve.ErrUnsupported)
	}
	i := b.space.Index(t.Arch)
	test := b.src.test(b.show(i))
	if b.draws {
		r.Loss = 1 - b.noise.draw(test, t.Seed)
	} else {
		r.Loss = 1 - b.noise.Mean(test)
	}
	r.Cost = b.src.seconds(i)
	return nil
}

// Score is the expected validation error of a run and the mean test error.
func (b *NB101) Score(t *evolve.Trial) (evolve.Score, error) {
	test := b.src.test(b.show(b.space.Index(t.Arch)))
	return evolve.Score{Val: 1 - b.noise.Mean(test), Test: 1 - test}, nil
}

func (b *NB101) show(i int) int {
	if b.shown == nil {
		return i
	}
	return b.shown[i]
}

// Query lists what is known of a cell and how.
func (b *NB101) Query(a evolve.Arch) ([]evolve.Fact, error) {
	i := b.space.Index(a)
	facts := append([]evolve.Fact{indexFact(b.space, a, i)}, b.src.facts(b.show(i), i)...)
	facts = append(facts, factOf("val_108_modelled", 100*b.noise.Mean(b.src.test(b.show(i))), "%", "modelled"))
	sizes := nb101Sizes(a)
	return append(facts, factOf(evolve.ParamsObjective, sizes[0], evolve.UnitCount, "counted"),
		factOf(evolve.FLOPsObjective, sizes[1], evolve.UnitCount, "counted")), nil
}

// NB101Table is the imported table.
type NB101Table struct {
	*data.Frame
	Tests   []float64 // mean test accuracy of each cell after 108 epochs, a fraction
	Seconds []float64 // of training for 108 epochs
	decoded sync.Map  // columns of single runs that a query asked for, by name
}

// single is a column of single runs, which is decoded once; nil where there is none.
func (t *NB101Table) single(name string) []float32 {
	if xs, ok := t.decoded.Load(name); ok {
		return xs.([]float32)
	}
	xs, _ := t.Float32s(name)
	t.decoded.Store(name, xs)
	return xs
}

func openNB101Cells(source string) (nb101Cells, error) {
	if source == "surrogate" {
		return openNB101Fitted()
	}
	t, err := OpenNB101Table()
	if source == "auto" && data.Missing(err) {
		return openNB101Fitted()
	}
	if err != nil {
		return nil, err
	}
	return t, nil
}

// OpenNB101Table opens the imported table.
func OpenNB101Table() (*NB101Table, error) {
	f, err := data.Open("nb101")
	if err != nil {
		return nil, err
	}
	t := &NB101Table{Frame: f}
	if t.Tests, err = f.Floats("test_108"); err == nil {
		t.Seconds, err = f.Floats("seconds_108")
	}
	return t, err
}

func (t *NB101Table) test(i int) float64    { return t.Tests[i] }
func (t *NB101Table) seconds(i int) float64 { return t.Seconds[i] }
func (t *NB101Table) best() float64         { return slices.Max(t.Tests) }
func (t *NB101Table) official() bool        { return t.Has("val_108_0") }

func (t *NB101Table) about() evolve.About {
	secs := fmt.Sprintf("seconds measured for %d cells and estimated for the rest", data.NB101Measured)
	if t.official() {
		secs = "seconds measured"
	}
	return evolve.About{Kind: "table", Hash: t.Hash, Trained: space.NB101Size,
		Source: "imported table; test accuracies measured, mean of three runs; " + secs}
}

// Run is a column of validation accuracy of single runs.
func (t *NB101Table) Run() string {
	if t.official() {
		return "val_108_0"
	}
	return "val_108"
}

func (t *NB101Table) Noise() (*NB101Noise, error) {
	val, err := t.Floats(t.Run())
	if err != nil {
		return nil, err
	}
	return fitNoise(t.Tests, val)
}

func (t *NB101Table) facts(shown, i int) []evolve.Fact {
	facts := []evolve.Fact{factOf("test_108", 100*t.Tests[shown], "%", "measured, mean of three")}
	how := "measured, one run"
	for _, name := range t.Columns() {
		if len(name) > 4 && name[:4] == "val_" {
			if xs := t.single(name); xs != nil && !math.IsNaN(float64(xs[shown])) {
				facts = append(facts, factOf(name, 100*float64(xs[shown]), "%", how))
			}
		}
	}
	how = "measured"
	if xs := t.single(t.Run()); xs != nil && math.IsNaN(float64(xs[i])) {
		how = "estimated"
	}
	return append(facts, factOf("seconds_108", t.Seconds[i], "s", how))
}
