package papers

import (
	"context"
	"fmt"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/stats"
)

func init() {
	Measurements.Register(evolve.Entry[Measurement]{
		Name: "zerocost",
		Doc: "rank correlation of each training-free score of a benchmark with its validation accuracy, a value for " +
			"each draw of architectures",
		Paper: "Krishnakumar et al., NeurIPS 2022 Datasets and Benchmarks, arXiv:2210.03230, figure 2",
		Params: []evolve.Param{
			BenchmarkParam("nb201,source=table"),
			TablesParam(),
			evolve.Text("scores", allScores, "names of scores with + between them; all: those that the benchmark has"),
			evolve.Int("architectures", 1000, 3, 1_000_000, "distinct architectures of each draw (1,000: figure 2)"),
		},
		New: func(o evolve.Options) (Measurement, error) {
			return zerocost{o.Spec("benchmark"), o.Text("tables"), o.Text("scores"), o.Int("architectures")}, nil
		},
	})
}

const allScores = "all"

// zerocost has the samples of a benchmark's Proxies, by their names: Spearman's coefficients.
type zerocost struct {
	benchmark     evolve.Spec
	tables        string
	scores        string
	architectures int
}

func (z zerocost) Measure(ctx context.Context, a Asked) (*Measured, error) {
	if err := Imported(z.tables); err != nil {
		return nil, err
	}
	b, _, err := evolve.Benchmarks.Open(z.benchmark)
	if err != nil {
		return nil, err
	}
	p, n := b.Problem(), z.architectures
	proxies := p.Proxies
	if z.scores != allScores {
		proxies = nil
		for name := range strings.SplitSeq(z.scores, "+") {
			proxy, err := p.Proxy(name)
			if err != nil {
				return nil, err
			}
			proxies = append(proxies, proxy)
		}
	}
	if len(proxies) == 0 {
		return nil, fmt.Errorf("%s has no training-free scores: %w", z.benchmark, evolve.ErrUnsupported)
	}
	m := &Measured{Sources: []string{z.benchmark.String() + ": " + b.About().Source}}
	draws, err := a.Repeat(ctx, a.Repeats, func(i int) ([]float64, error) {
		archs, err := Distinct(p.Space, evolve.Stream(a.Seed, fmt.Sprintf("zerocost %s %d", z.benchmark, i)), n)
		if err != nil {
			return nil, err
		}
		ys, err := accuracies(b, archs)
		if err != nil {
			return nil, err
		}
		scores, rhos := make([]float64, n), make([]float64, len(proxies))
		for k, proxy := range proxies {
			for j, arch := range archs {
				if scores[j], err = proxy.Score(arch); err != nil {
					return nil, err
				}
			}
			rhos[k] = stats.Spearman(scores, ys)
		}
		return rhos, nil
	})
	if err != nil {
		return nil, err
	}
	for k, proxy := range proxies {
		m.Samples = append(m.Samples, Sample{Label: proxy.Name, Unit: "Spearman rho", Values: Column(draws, k)})
	}
	return m, nil
}
