package surrogate

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"path/filepath"
	"strconv"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/features"
	"github.com/amoeba-nas/amoeba/evolve/wrap"
	"github.com/amoeba-nas/amoeba/surrogate/model"
)

func init() {
	evolve.Benchmarks.Register(evolve.Entry[evolve.Benchmark]{
		Name: "fitted", File: true,
		Doc:    "a surrogate that amoeba surrogate fit --from made of your own table, of the whole space",
		Paper:  "your own",
		Params: []evolve.Param{wrap.ObjectivesParam(wrap.Auto), wrap.DeadParam},
		New:    offering(openFittedFile),
	})
}

// Notes of a model file that make it a benchmark.
const (
	NoteSpace    = "space"
	NoteMetric   = "metric"
	NoteEpochs   = "epochs"
	NoteTitle    = "title"
	NoteSource   = "source"
	NoteBestVal  = "best_val"   // lowest predicted loss of the space; "" where nobody asked for all
	NoteBestTest = "best_test"  // the same on test
	NoteLeast    = "least_cost" // of the table: sums of trees can fall below
)

// predicted is a benchmark of a whole space that asks models, of which val is required, and
// test and cost may be missing: then val is reported, and each query costs 1.
type predicted struct {
	about           evolve.About
	space           evolve.Space
	asker           *model.Asker
	file            *model.File
	val, test, cost *model.Model
	least           float64 // seconds of a query, as low as the table had
}

func openFittedFile(o evolve.Options) (evolve.Benchmark, error) {
	path := o.Variant()
	text, err := durable.ReadFile(path, 1<<26)
	if err != nil {
		return nil, err
	}
	b, err := readPredicted(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	b.about.Dataset = path
	if b.about.Title == "" {
		b.about.Title = filepath.Base(path)
	}
	return b, nil
}

// readPredicted makes a benchmark of a model file.
func readPredicted(text []byte) (*predicted, error) {
	f, err := model.Read(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	bad := func(format string, v ...any) (*predicted, error) {
		return nil, fmt.Errorf("these models make no benchmark: "+format+": %w", append(v, evolve.ErrInvalid)...)
	}
	spec, err := evolve.ParseSpec(f.Notes[NoteSpace])
	if err != nil {
		return nil, err
	}
	b := &predicted{file: f, val: f.Model("val"), test: f.Model("test"), cost: f.Model("cost"),
		least: known(f.Notes[NoteLeast])}
	if b.space, _, err = evolve.Spaces.Open(spec); err != nil {
		return nil, err
	}
	encoder, ok := b.space.(evolve.Encoder)
	if !ok || b.val == nil {
		return bad("no model val of a space with encodings")
	}
	b.asker = model.NewAsker(encoder)
	for _, m := range f.Models {
		// A model must fit the encoding that it names.
		sample := b.space.Sample(evolve.Stream(0, "sample"))
		x, err := features.Append(nil, encoder, m.Encoding, sample)
		if err != nil || len(x) != m.Trees.Features() {
			return bad("%s wants %d features, the encoding %s of %s has %d",
				m.Name, m.Trees.Features(), m.Encoding, spec.Name, len(x))
		}
	}
	epochs, err := strconv.Atoi(f.Notes[NoteEpochs])
	if err != nil || epochs < 1 {
		return bad("%s epochs", f.Notes[NoteEpochs])
	}
	sum := sha256.Sum256(text)
	b.about = evolve.About{Title: f.Notes[NoteTitle], Kind: "surrogate", Metric: evolve.Metric(f.Notes[NoteMetric]),
		Epochs: epochs, Hash: hex.EncodeToString(sum[:]), Trained: b.val.Rows,
		Source:  "surrogate: results PREDICTED by boosted trees, not measured; " + f.Notes[NoteSource],
		BestVal: known(f.Notes[NoteBestVal]), BestTest: known(f.Notes[NoteBestTest])}
	if labels := f.Notes["labels"]; labels != "" {
		b.about.Source += "; labels " + labels
	}
	if b.test == nil {
		b.about.Source += "; no test is predicted: the reported test is the validation"
		b.about.BestTest = b.about.BestVal
	}
	if b.cost != nil && !(b.least > 0) {
		return bad("a model cost and no note %s", NoteLeast)
	}
	if b.cost == nil {
		b.about.Unpriced = true
		b.about.Source += "; no seconds are predicted: each query costs 1"
	}
	return b, nil
}

// known reads a number that may not be there.
func known(text string) float64 {
	if x, err := strconv.ParseFloat(text, 64); err == nil {
		return x
	}
	return math.NaN()
}

func (b *predicted) About() evolve.About { return b.about }

func (b *predicted) Problem() evolve.Problem {
	return evolve.Problem{Space: b.space, Objectives: []evolve.Objective{evolve.TrainedObjective(b.about.Metric)},
		Fidelities: []evolve.Fidelity{{Epochs: b.about.Epochs}}}
}

// loss is a predicted loss: models of what is printed in per cent predict that.
func loss(m *model.Model, row *model.Row) (float64, error) {
	x, err := row.Predict(m)
	if m.Unit == "%" {
		x = 1 - min(max(x/100, 0), 1)
	}
	return x, err
}

// seconds is the predicted cost, or no less than the table had.
func (b *predicted) seconds(row *model.Row) (float64, error) {
	x, err := row.Predict(b.cost)
	return max(x, b.least), err
}

func (b *predicted) Evaluate(_ context.Context, t *evolve.Trial, r *evolve.Result) (err error) {
	if t.Epochs != 0 && t.Epochs != b.about.Epochs {
		return fmt.Errorf("%s: %d epochs: the surrogate predicts %d: %w", b.about.Title, t.Epochs, b.about.Epochs,
			evolve.ErrUnsupported)
	}
	row := b.asker.Row(t.Arch)
	defer row.Done()
	if r.Loss, err = loss(b.val, row); err != nil {
		return err
	}
	if r.Cost = 1; b.cost != nil {
		r.Cost, err = b.seconds(row)
	}
	return err
}

func (b *predicted) Score(t *evolve.Trial) (evolve.Score, error) {
	row := b.asker.Row(t.Arch)
	defer row.Done()
	val, err := loss(b.val, row)
	if err != nil || b.test == nil {
		return evolve.Score{Val: val, Test: val}, err
	}
	test, err := loss(b.test, row)
	return evolve.Score{Val: val, Test: test}, err
}

// Query lists the predictions.
func (b *predicted) Query(a evolve.Arch) ([]evolve.Fact, error) {
	s, err := b.Score(&evolve.Trial{Proposal: evolve.Proposal{Arch: a}})
	if err != nil {
		return nil, err
	}
	m := b.about.Metric
	facts := []evolve.Fact{factOf("val", m.Value(s.Val), m.Unit(), "predicted")}
	if b.test != nil {
		facts = append(facts, factOf("test", m.Value(s.Test), m.Unit(), "predicted"))
	}
	if b.cost != nil {
		row := b.asker.Row(a)
		defer row.Done()
		x, err := b.seconds(row)
		if err != nil {
			return nil, err
		}
		facts = append(facts, factOf("cost", x, "s", "predicted"))
	}
	return facts, nil
}
