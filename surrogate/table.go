package surrogate

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/data/usertable"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/surrogate/model"
)

// MetricNames are what a user's val and test can be.
var MetricNames = []string{string(evolve.Accuracy), string(evolve.AUC), string(evolve.MIoU), string(evolve.SSIM), string(evolve.Perplexity), string(evolve.PlainLoss)}

func init() {
	evolve.Benchmarks.Register(evolve.Entry[evolve.Benchmark]{
		Name: "table", File: true,
		Doc:   "your own CSV or Parquet: a row a training run, columns arch, val and perhaps test, cost, fidelity, seed",
		Paper: "your own",
		Params: []evolve.Param{
			evolve.Text("space", "nb201", "search space of the column arch"),
			evolve.Text("columns", usertable.NoColumns, "which of your columns are which, where they have other names, such as val:valid_acc+arch:arch_str"),
			evolve.Choice("metric", "what val and test are; a perplexity as it is, not its logarithm", MetricNames...),
			evolve.Choice("percent", "which of val and test are per cent, the others fractions; auto: each that has values above 1, and none may have others between 0 and 1", usertable.Units...).Defaulting("auto"),
			evolve.Choice("noise", "a query draws one of an architecture's repeats, or gets their mean", "draw", "mean"),
			fileEpochs,
			objectiveParam("a second objective: a further column, minimised"),
			movesParam, permuteParam,
		},
		New: openUserTable,
	})
}

func openUserTable(o evolve.Options) (evolve.Benchmark, error) {
	s, t, err := readUserTable(o.Variant(), o)
	if err != nil {
		return nil, err
	}
	p, err := planOf(t, o)
	if err != nil {
		return nil, err
	}
	b := &lookup{about: evolve.About{Title: filepath.Base(o.Variant()), Kind: "table", Dataset: o.Variant(), Metric: evolve.Metric(o.Text("metric")), Hash: t.Hash}, fails: t.Failed > 0}
	order, err := b.over(s, model.Pick(t.Archs, p.archs), firstEncoding(s), o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.Variant(), err)
	}
	at := p.archs
	if order != nil {
		at = model.Pick(p.archs, order)
	}
	for _, f := range p.levels {
		if err := t.Complete("cost", f, p.archs); err != nil {
			return nil, err
		}
		b.addLevel(t, f, at, o)
	}
	if err := t.Complete("test", p.report, p.archs); err != nil {
		return nil, err
	}
	val := over(t.Val, p.report, at)
	test := val
	if t.Has("test") {
		test = over(t.Test, p.report, at)
	}
	b.score = scores(val, test)
	if err := b.addColumns(t, p, at, o); err != nil {
		return nil, err
	}
	b.say(userSource(t, p, o))
	return b, b.finish(o)
}

// addLevel adds a schedule that all of the architectures have rows of.
func (b *lookup) addLevel(t *usertable.Table, fidelity int, at []int, o evolve.Options) {
	l := level{epochs: max(t.Epochs[fidelity], 1), loss: over(t.Val, fidelity, at)}
	priced := t.Has("cost")
	if priced {
		l.cost = over(t.Cost, fidelity, at)
	} else {
		l.cost = b.unpriced(len(at))
	}
	if o.Text("noise") == "draw" && t.Repeats > 1 {
		for _, a := range at {
			l.runs = append(l.runs, t.Val(fidelity, a))
			if priced {
				l.paid = append(l.paid, t.Cost(fidelity, a))
			}
		}
	}
	b.levels = append(b.levels, l)
}

// readUserTable opens the space and reads the file.
func readUserTable(path string, o evolve.Options) (evolve.Space, *usertable.Table, error) {
	s, _, err := evolve.Spaces.Open(evolve.Spec{Name: o.Text("space")})
	if err != nil {
		return nil, nil, err
	}
	t, err := usertable.Read(path, usertable.Options{Space: s, Columns: o.Text("columns"), Percent: o.Text("percent"), Metric: evolve.Metric(o.Text("metric"))})
	return s, t, err
}

// firstEncoding is the one that distances in a pool are measured in.
func firstEncoding(s evolve.Space) string {
	if e, ok := s.(evolve.Encoder); ok {
		return e.Encodings()[0]
	}
	return ""
}

// over is the mean over repeats of a schedule's values, for the architectures at the places.
func over(values func(fidelity, arch int) []float64, fidelity int, at []int) []float64 {
	xs := make([]float64, len(at))
	for i, a := range at {
		xs[i] = usertable.Mean(values(fidelity, a))
	}
	return xs
}

// addColumns tells the further columns, and adds the one that is to be an objective.
func (b *lookup) addColumns(t *usertable.Table, p userPlan, at []int, o evolve.Options) error {
	for _, name := range t.Extra {
		xs := over(t.Further(name), p.report, at)
		b.facts = append(b.facts, fact{name, "", kept(xs), always("of the table"), plain})
		if name == o.Text("objective") {
			if err := t.Complete(name, p.report, p.archs); err != nil {
				return err
			}
			b.others = append(b.others, objective{evolve.NewObjective(name), xs})
		}
	}
	if name := o.Text("objective"); name != "none" && !slices.Contains(t.Extra, name) {
		return evolve.Unknown("objective", name, append([]string{"none"}, t.Extra...))
	}
	m := b.about.Metric
	unit := m.Unit()
	shown := func(name string, get func(evolve.Score) float64) {
		xs := make([]float64, len(b.score))
		for i, s := range b.score {
			xs[i] = m.Value(get(s))
		}
		b.facts = append(b.facts, fact{name, unit, kept(xs), always("of the table, mean of its repeats"), result})
	}
	shown("val", func(s evolve.Score) float64 { return s.Val })
	if t.Has("test") {
		shown("test", func(s evolve.Score) float64 { return s.Test })
	}
	if t.Failed > 0 {
		b.facts = append(b.facts, fact{"failed", "", kept(failures(t, p.report, at)), always("runs of the table without val"), result})
	}
	return nil
}

// userSource says what a user's table holds and how it is read.
func userSource(t *usertable.Table, p userPlan, o evolve.Options) string {
	parts := append([]string{fmt.Sprintf("user's table %s: %d rows, %d architectures", o.Variant(), t.Rows, len(t.Archs))}, p.said(t)...)
	if t.Repeats > 1 {
		parts = append(parts, fmt.Sprintf("up to %d repeats (noise=%s)", t.Repeats, o.Text("noise")))
	}
	if !t.Has("test") {
		parts = append(parts, "no column test: the reported test is the validation")
	}
	if !t.Has("cost") {
		parts = append(parts, "no column cost: each query costs 1")
	}
	return strings.Join(append(parts, t.Notes...), "; ")
}
