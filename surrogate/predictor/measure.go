package predictor

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/amoeba-nas/amoeba/data/papers"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/stats"
)

func init() {
	papers.Measurements.Register(evolve.Entry[papers.Measurement]{
		Name: "predictors",
		Doc: "rank correlation of what models predict with the validation accuracy, by what they are told of an " +
			"architecture and by how many they are shown, a value for each draw of architectures",
		Paper: "Krishnakumar et al., NeurIPS 2022 Datasets and Benchmarks, arXiv:2210.03230, tables 9 and 10",
		Params: []evolve.Param{
			papers.BenchmarkParam("nb201,source=table"),
			papers.TablesParam(),
			evolve.Text("encoding", "onehot", "of the space"),
			evolve.Text("training", "100+1000", "numbers of architectures that models are shown, with + between them"),
			evolve.Int("test", 1000, 3, 1_000_000, "further architectures that they are asked about"),
			evolve.Text("models", "trees",
				"trees (boosted, XGBoost's settings of NASLib), forest, mlp, with + between them"),
			evolve.Text("inputs", encodingOnly+"+"+proxiesOnly+"+"+both, "what models are told, with + between them: "+
				"the encoding, the training-free scores at hand, or both"),
		},
		New: newMeasurement,
	})
}

// measurement has a sample "MODEL INPUTS TRAINING", such as "trees encoding 100", for each model, each kind of inputs
// and each number of training architectures: Spearman's coefficients on the test architectures.
type measurement struct {
	benchmark evolve.Spec
	tables    string
	encoding  string
	training  []int
	test      int
	models    []string
	inputs    []string
}

func newMeasurement(o evolve.Options) (papers.Measurement, error) {
	m := &measurement{benchmark: o.Spec("benchmark"), tables: o.Text("tables"), encoding: o.Text("encoding"),
		test:   o.Int("test"),
		models: strings.Split(o.Text("models"), "+"), inputs: strings.Split(o.Text("inputs"), "+")}
	for part := range strings.SplitSeq(o.Text("training"), "+") {
		n, err := strconv.Atoi(part)
		if err != nil || n < 2 {
			return nil, fmt.Errorf("training=%s: %q: want whole numbers from 2 with + between them: %w",
				o.Text("training"), part, evolve.ErrInvalid)
		}
		m.training = append(m.training, n)
	}
	for _, name := range m.models {
		if predictors[name] == nil {
			return nil, fmt.Errorf("models: %w", evolve.Unknown("model", name, slices.Sorted(maps.Keys(predictors))))
		}
	}
	for _, name := range m.inputs {
		if all := []string{encodingOnly, proxiesOnly, both}; !slices.Contains(all, name) {
			return nil, fmt.Errorf("inputs: %w", evolve.Unknown("kind of inputs", name, all))
		}
	}
	return m, nil
}

func (m *measurement) Measure(ctx context.Context, a papers.Asked) (*papers.Measured, error) {
	if err := papers.Imported(m.tables); err != nil {
		return nil, err
	}
	b, _, err := evolve.Benchmarks.Open(m.benchmark)
	if err != nil {
		return nil, err
	}
	p := b.Problem()
	if err := evolve.Encodes.Check(p); err != nil {
		return nil, err
	}
	e := p.Space.(evolve.Encoder)
	if !slices.Contains(e.Encodings(), m.encoding) {
		return nil, evolve.Unknown("encoding of "+p.Space.Name(), m.encoding, e.Encodings())
	}
	found := &papers.Measured{Sources: []string{m.benchmark.String() + ": " + b.About().Source}}
	for _, name := range m.models {
		for _, which := range m.inputs {
			for _, n := range m.training {
				found.Samples = append(found.Samples, papers.Sample{Label: fmt.Sprintf("%s %s %d", name, which, n),
					Unit: "Spearman rho"})
			}
		}
	}
	if names := proxyNames(p); slices.ContainsFunc(m.inputs, func(s string) bool { return s != encodingOnly }) {
		found.Notes = append(found.Notes, fmt.Sprintf("%s: proxies and both are of the training-free scores at hand, "+
			"%s", m.benchmark, strings.Join(names, ", ")))
		if len(names) == 0 {
			return nil, fmt.Errorf("%s has no training-free scores: want inputs=%s: %w", m.benchmark, encodingOnly,
				evolve.ErrUnsupported)
		}
	}
	draws, err := a.Repeat(ctx, a.Repeats, func(i int) ([]float64, error) {
		return m.draw(b, p, e, evolve.Mix(a.Seed, uint64(i)))
	})
	if err != nil {
		return nil, err
	}
	for k := range found.Samples {
		found.Samples[k].Values = papers.Column(draws, k)
	}
	return found, nil
}

func proxyNames(p evolve.Problem) (names []string) {
	for _, x := range p.Proxies {
		names = append(names, x.Name)
	}
	return names
}

// draw draws architectures, fits all models to parts of them and asks about the others: a coefficient for each sample.
func (m *measurement) draw(b evolve.Benchmark, p evolve.Problem, e evolve.Encoder, seed uint64) ([]float64, error) {
	most := slices.Max(m.training)
	archs, err := papers.Distinct(p.Space, evolve.Stream(seed, "predictors"), most+m.test)
	if err != nil {
		return nil, err
	}
	in, err := inputsOf(b, p, e, m.encoding, archs)
	if err != nil {
		return nil, err
	}
	var all []float64
	for _, name := range m.models {
		for _, which := range m.inputs {
			for _, n := range m.training {
				train, test := in.split(which, n, most)
				answers, err := predictors[name](train, test, in.y[:n], seed)
				if err != nil {
					return nil, err
				}
				all = append(all, stats.Spearman(answers, in.y[most:]))
			}
		}
	}
	return all, nil
}
