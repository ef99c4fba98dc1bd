package surrogate

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/data/usertable"
	"github.com/amoeba-nas/amoeba/evolve"
)

// MetricNames are what a user's val and test can be.
var MetricNames = []string{string(evolve.Accuracy), string(evolve.AUC), string(evolve.MIoU), string(evolve.SSIM), string(evolve.Perplexity), string(evolve.PlainLoss)}

func init() {
	evolve.Benchmarks.Register(evolve.Entry[evolve.Benchmark]{
		Name: "table", File: true,
		Doc:   "your own CSV or Parquet: a row a training run, columns arch, val and perhaps test, cost, fidelity, seed",
		Paper: "your own",
		Params: []evolve.Param{
			{Name: "space", Default: "nb201", Doc: "search space of the column arch"},
			{Name: "metric", Default: MetricNames[0], Choices: MetricNames, Doc: "what val and test are; a perplexity as it is, not its logarithm"},
			{Name: "percent", Default: "auto", Choices: []string{"auto", "yes", "no"}, Doc: "val and test are per cent; auto: when any is above 1"},
			{Name: "noise", Default: "draw", Choices: []string{"draw", "mean"}, Doc: "a query draws one of an architecture's repeats, or gets their mean"},
			{Name: "epochs", Default: "0", Doc: "longest schedule of the search; 0 = the longest of the file"},
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
	b := &lookup{about: evolve.About{Title: filepath.Base(o.Variant()), Kind: "table", Dataset: o.Variant(), Metric: evolve.Metric(o.Text("metric")), Hash: t.Hash}}
	order, err := b.over(s, t.Archs, firstEncoding(s), o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.Variant(), err)
	}
	at := order
	if at == nil {
		at = everyOf(len(t.Archs))
	}
	limit, err := o.Int("epochs", 0, 1<<30)
	if err != nil {
		return nil, err
	}
	if limit != 0 && !slices.Contains(t.Epochs, limit) {
		has := fmt.Sprintf("has %v", t.Epochs)
		if t.Epochs[0] == 0 {
			has = "has no column fidelity"
		}
		return nil, fmt.Errorf("%s: epochs=%d: the file %s: %w", o.Variant(), limit, has, evolve.ErrUnsupported)
	}
	priced := t.Cost(0, 0) != nil
	if priced {
		if err := t.Complete("cost"); err != nil {
			return nil, err
		}
	}
	for f, e := range t.Epochs {
		if limit != 0 && e > limit {
			break
		}
		l := level{epochs: max(e, 1), loss: over(t.Val, f, at)}
		if priced {
			l.cost = over(t.Cost, f, at)
		} else {
			l.cost = b.unpriced(len(at))
		}
		if o.Text("noise") == "draw" && t.Repeats > 1 {
			for _, a := range at {
				l.runs = append(l.runs, t.Val(f, a))
				if priced {
					l.paid = append(l.paid, t.Cost(f, a))
				}
			}
		}
		b.levels = append(b.levels, l)
	}
	last := len(t.Epochs) - 1
	val := over(t.Val, last, at)
	test := val
	if t.Test(0, 0) != nil {
		if err := t.Complete("test"); err != nil {
			return nil, err
		}
		test = over(t.Test, last, at)
	}
	b.score = scores(val, test)
	if err := b.addColumns(t, at, o); err != nil {
		return nil, err
	}
	b.say(userSource(t, o, priced))
	return b, b.finish(o)
}

// readUserTable opens the space and reads the file.
func readUserTable(path string, o evolve.Options) (evolve.Space, *usertable.Table, error) {
	s, _, err := evolve.Spaces.Open(evolve.Spec{Name: o.Text("space")})
	if err != nil {
		return nil, nil, err
	}
	t, err := usertable.Read(path, usertable.Options{Space: s, Percent: o.Text("percent"), Metric: evolve.Metric(o.Text("metric"))})
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
func (b *lookup) addColumns(t *usertable.Table, at []int, o evolve.Options) error {
	var known []string
	for _, c := range t.Extra {
		known = append(known, c.Name)
		xs := pick(c.Values, at)
		b.facts = append(b.facts, fact{c.Name, "", kept(xs), always("of the table"), plain})
		if c.Name == o.Text("objective") {
			if err := t.Complete(c.Name); err != nil {
				return err
			}
			b.others = append(b.others, objective{c.Name, xs})
		}
	}
	if name := o.Text("objective"); name != "none" && !slices.Contains(known, name) {
		return evolve.Unknown("objective", name, append([]string{"none"}, known...))
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
	if t.Test(0, 0) != nil {
		shown("test", func(s evolve.Score) float64 { return s.Test })
	}
	return nil
}

// userSource says what a user's table holds and how it is read.
func userSource(t *usertable.Table, o evolve.Options, priced bool) string {
	parts := []string{fmt.Sprintf("user's table %s: %d rows, %d architectures", o.Variant(), t.Rows, len(t.Archs))}
	if t.Repeats > 1 {
		parts = append(parts, fmt.Sprintf("up to %d repeats (noise=%s)", t.Repeats, o.Text("noise")))
	}
	if t.Test(0, 0) == nil {
		parts = append(parts, "no column test: the reported test is the validation")
	}
	if !priced {
		parts = append(parts, "no column cost: each query costs 1")
	}
	return strings.Join(append(parts, t.Notes...), "; ")
}
