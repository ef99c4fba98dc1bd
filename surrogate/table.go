package surrogate

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/data/usertable"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/wrap"
	"github.com/amoeba-nas/amoeba/surrogate/model"
)

// MetricNames are what a user's val and test can be.
var MetricNames = []string{string(evolve.Accuracy), string(evolve.AUC), string(evolve.MIoU), string(evolve.SSIM),
	string(evolve.Perplexity), string(evolve.PlainLoss)}

func init() {
	evolve.Benchmarks.Register(evolve.Entry[evolve.Benchmark]{
		Name: "table", File: true,
		Doc: "your own CSV or Parquet: a row a training run, columns arch, val and perhaps test, cost, " +
			"fidelity, seed",
		Paper: "your own",
		Params: []evolve.Param{
			evolve.Nested("space", "space", "nb201", "search space of the column arch"),
			evolve.Text("columns", usertable.NoColumns,
				"which of your columns are which, where they have other names, such as val:valid_acc+arch:arch_str"),
			evolve.Choice("metric", "what val and test are; a perplexity as it is, not its logarithm", MetricNames...),
			evolve.Choice("percent", "which of val and test are per cent, the others fractions; auto: each that has "+
				"values above 1, and none may have others between 0 and 1", usertable.Units...).Defaulting("auto"),
			evolve.Choice("noise", "a query draws one of an architecture's repeats, or gets their mean",
				"draw", "mean"),
			fileEpochs,
			wrap.ObjectivesParam(wrap.Auto, "a further column of yours"), wrap.ReferenceParam, wrap.DeadParam,
			movesParam, permuteParam, eachParam,
		},
		Formerly: func(key, value string) string {
			switch {
			case key != "objective":
				return ""
			case value == "none":
				return wrap.ObjectivesOption + "=" + wrap.Auto
			}
			return wrap.ObjectivesOption + "=" + wrap.Auto + "+" + value
		},
		New: offering(openUserTable),
	})
}

func openUserTable(o evolve.Options) (evolve.Benchmark, error) {
	s, t, err := ReadTable(o.Variant(), o)
	if err != nil {
		return nil, err
	}
	p, err := PlanTable(t, o)
	if err != nil {
		return nil, err
	}
	b := &lookup{about: evolve.About{Title: filepath.Base(o.Variant()), Kind: "table", Dataset: o.Variant(),
		Metric: evolve.Metric(o.Text("metric")), Hash: t.Hash, Trained: len(p.Archs)}, fails: t.Failed > 0}
	order, err := b.over(s, model.Pick(t.Archs, p.Archs), FirstEncoding(s), o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.Variant(), err)
	}
	at := p.Archs
	if order != nil {
		at = model.Pick(p.Archs, order)
	}
	for _, f := range p.Levels {
		if err := t.Complete("cost", f, p.Archs); err != nil {
			return nil, err
		}
		b.addLevel(t, f, at, o)
	}
	if err := t.Complete("test", p.Report, p.Archs); err != nil {
		return nil, err
	}
	val := usertable.Means(t.Val, p.Report, at)
	test := val
	if t.Has("test") {
		test = usertable.Means(t.Test, p.Report, at)
	}
	b.score = scores(val, test)
	if err := b.addColumns(t, p, at, o); err != nil {
		return nil, err
	}
	b.addSource(userSource(t, p, o))
	return b, b.finish(o)
}

// addLevel adds a schedule that all of the architectures have rows of.
func (b *lookup) addLevel(t *usertable.Table, fidelity int, at []int, o evolve.Options) {
	l := level{epochs: max(t.Epochs[fidelity], 1), loss: usertable.Means(t.Val, fidelity, at)}
	priced := t.Has("cost")
	if priced {
		l.cost = usertable.Means(t.Cost, fidelity, at)
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

// ReadTable opens the space of a user's table and reads the file.
func ReadTable(path string, o evolve.Options) (evolve.Space, *usertable.Table, error) {
	s, err := evolve.Spaces.OpenNested(o, "space")
	if err != nil {
		return nil, nil, err
	}
	t, err := usertable.Read(path, usertable.Options{Space: s, Columns: o.Text("columns"), Percent: o.Text("percent"),
		Metric: evolve.Metric(o.Text("metric"))})
	return s, t, err
}

// PlanTable settles on the option epochs of a user's table.
func PlanTable(t *usertable.Table, o evolve.Options) (usertable.Plan, error) {
	p, err := t.Plan(o.Int("epochs"))
	if err != nil {
		return p, fmt.Errorf("%s: %w", o.Variant(), err)
	}
	return p, nil
}

// FirstEncoding is the one that distances in a pool are measured in.
func FirstEncoding(s evolve.Space) string {
	if e, ok := s.(evolve.Encoder); ok {
		return e.Encodings()[0]
	}
	return ""
}

// addColumns adds the further columns as facts, and the one that is to be an objective.
func (b *lookup) addColumns(t *usertable.Table, p usertable.Plan, at []int, o evolve.Options) error {
	asked := wrap.SplitObjectives(o.Text(wrap.ObjectivesOption), t.Extra)
	for _, name := range t.Extra {
		xs := usertable.Means(t.Further(name), p.Report, at)
		b.offer(ownObjective(name, xs), "of the table", kept(xs))
		if slices.Contains(asked, name) {
			if err := t.Complete(name, p.Report, p.Archs); err != nil {
				return err
			}
		}
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
		b.facts = append(b.facts, fact{"failed", "", kept(failures(t, p.Report, at)),
			always("runs of the table without val"), result})
	}
	return nil
}

// ownObjective is a column of a user's table, minimised unless its name is that of a throughput. It has the unit that
// its name has on every benchmark, where its values can be of it, and is not known to be exact.
func ownObjective(name string, xs []float64) evolve.Objective {
	o := evolve.NewObjective(name)
	o.Exact = false
	if o.Unit == evolve.UnitCount &&
		slices.ContainsFunc(xs, func(x float64) bool { return x < 0 || x != math.Trunc(x) && !math.IsNaN(x) }) {
		o.Unit = "" // such as millions
	}
	return o
}

// userSource says what a user's table holds and how it is read.
func userSource(t *usertable.Table, p usertable.Plan, o evolve.Options) string {
	parts := append([]string{fmt.Sprintf("user's table %s: %d rows, %d architectures",
		o.Variant(), t.Rows, len(t.Archs))}, said(p, t)...)
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

// said is the part of the benchmark's sentence about the architectures and schedules that can be asked for.
func said(p usertable.Plan, t *usertable.Table) (parts []string) {
	if n := len(t.Archs); len(p.Archs) < n {
		top := p.Levels[len(p.Levels)-1]
		part := fmt.Sprintf("the %d with a row%s alone can be proposed", len(p.Archs), t.OfEpochs(top))
		var more []string
		for f, e := range t.Epochs {
			if k := len(t.Recorded(f)); k > len(p.Archs) {
				more = append(more, fmt.Sprintf("epochs=%d has %d", e, k))
			}
		}
		if more != nil {
			part += " (" + usertable.Clipped(more) + ")"
		}
		parts = append(parts, part)
	}
	if p.Lacks != nil {
		parts = append(parts, fmt.Sprintf("no schedule of %s epochs, of which some of these have no row",
			usertable.Listed(model.Pick(t.Epochs, p.Lacks))))
	}
	if last := p.Levels[len(p.Levels)-1]; len(t.Epochs) > 1 && (p.Report != last || last != len(t.Epochs)-1) {
		parts = append(parts, "reported are results after "+number.Count(t.Epochs[p.Report], "epoch"))
	}
	if t.Failed > 0 {
		parts = append(parts, fmt.Sprintf("failed runs, without val, which are charged and in no mean of val "+
			"and test: %d", t.Failed))
	}
	return parts
}

// failures counts the failed runs of each architecture.
func failures(t *usertable.Table, fidelity int, at []int) []float64 {
	xs := make([]float64, len(at))
	for i, a := range at {
		for _, x := range t.Val(fidelity, a) {
			if math.IsNaN(x) {
				xs[i]++
			}
		}
	}
	return xs
}
