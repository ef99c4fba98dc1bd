package search

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/features"
)

// gpCoder makes the features that a process sees of an architecture, in groups: those of the space and, behind them,
// what is known of it without training.
type gpCoder struct {
	problem  evolve.Problem
	encoding string
	features *features.Coder
	scale    *features.Scale
	extra    []gpExtra
	ends     []int
}

// gpExtra is a further group.
type gpExtra struct {
	name  string
	cols  int
	of    func(dst []float32, a evolve.Arch) ([]float32, error)
	scale *features.Scale
}

func (g *GP) coder() (*gpCoder, error) {
	c := &gpCoder{problem: g.problem, encoding: g.Features}
	if err := c.begin(g.Kernel); err != nil {
		return nil, err
	}
	if g.Proxies != "" && g.Proxies != evolve.None {
		if err := c.addProxies(g.Proxies); err != nil {
			return nil, err
		}
	}
	if g.Prior != nil {
		if err := c.addPrior(g.Prior); err != nil {
			return nil, fmt.Errorf("prior: %w", err)
		}
	}
	return c, nil
}

// begin has the features of the space.
func (c *gpCoder) begin(kernel string) (err error) {
	if kernel == "hamming" {
		return c.addDecisions()
	}
	if c.features, err = features.NewCoder(c.problem.Space, c.encoding); err != nil {
		return err
	}
	if c.scale, err = features.NewScale(c.problem.Space, c.encoding); err != nil {
		return err
	}
	for _, group := range c.features.Groups() {
		c.ends = append(c.ends, group.To)
	}
	return nil
}

// addDecisions adds a bit for each option of each decision, and where a real number lies in its range. What does not
// apply is 0.
func (c *gpCoder) addDecisions() error {
	if err := evolve.Decides.Check(c.problem); err != nil {
		return err
	}
	d := c.problem.Space.(evolve.Decider)
	all := d.Decisions()
	cols := 0
	for _, x := range all {
		cols += max(x.Options, 1)
	}
	var chosen []float64
	return c.add(gpExtra{name: "decisions", cols: cols, of: func(dst []float32, a evolve.Arch) ([]float32, error) {
		chosen = d.Choices(chosen[:0], a)
		for i, x := range all {
			if x.Options == 0 {
				part := x.Unit(chosen[i])
				if math.IsNaN(part) {
					part = 0
				}
				dst = append(dst, float32(part))
				continue
			}
			for option := range x.Options {
				bit := float32(0)
				if chosen[i] == float64(option) {
					bit = 1
				}
				dst = append(dst, bit)
			}
		}
		return dst, nil
	}})
}

// addProxies adds the group of training-free scores, the logarithms of their sizes.
func (c *gpCoder) addProxies(names string) error {
	var all []evolve.Proxy
	for name := range strings.SplitSeq(names, "+") {
		p, err := c.problem.Proxy(name)
		if err != nil {
			return err
		}
		all = append(all, p)
	}
	return c.add(gpExtra{name: "proxies", cols: len(all), of: func(dst []float32, a evolve.Arch) ([]float32, error) {
		for _, p := range all {
			score, err := p.Score(a)
			if err != nil {
				return dst, err
			}
			if math.IsNaN(score) || math.IsInf(score, 0) {
				score = 0
			}
			dst = append(dst, float32(math.Copysign(math.Log1p(math.Abs(score)), score)))
		}
		return dst, nil
	}})
}

// addPrior adds the losses of another benchmark.
func (c *gpCoder) addPrior(b evolve.Benchmark) error {
	if err := evolve.CheckPrior(b, c.problem); err != nil {
		return err
	}
	return c.add(gpExtra{name: "prior", cols: 1, of: func(dst []float32, a evolve.Arch) ([]float32, error) {
		loss, err := gpPriorLoss(b, a)
		return append(dst, float32(loss)), err
	}})
}

// gpPriorLoss is what a benchmark says of an architecture; 1 where it says that its evaluation fails.
func gpPriorLoss(b evolve.Benchmark, a evolve.Arch) (float64, error) {
	t, r := evolve.Trial{ID: 1, Proposal: evolve.Proposal{Arch: a}}, evolve.Result{}
	err := b.Evaluate(context.Background(), &t, &r)
	if errors.Is(err, evolve.ErrFailed) {
		return 1, nil
	}
	return r.Loss, err
}

// add measures the scale of a group on a sample of the space.
func (c *gpCoder) add(x gpExtra) (err error) {
	const sample = 500
	var values []float32
	r := evolve.Stream(0, "gp "+x.name)
	for range sample {
		if values, err = x.of(values, c.problem.Space.Sample(r)); err != nil {
			return err
		}
	}
	x.scale = features.MeasureScale(values, x.name, x.cols)
	c.extra = append(c.extra, x)
	c.ends = append(c.ends, c.cols()+x.cols)
	return nil
}

// cols is the number of features.
func (c *gpCoder) cols() int {
	if len(c.ends) == 0 {
		return 0
	}
	return c.ends[len(c.ends)-1]
}

// behind appends the further groups of an architecture.
func (c *gpCoder) behind(dst []float32, a evolve.Arch) (_ []float32, err error) {
	for _, x := range c.extra {
		from := len(dst)
		if dst, err = x.of(dst, a); err != nil {
			return dst, err
		}
		x.scale.Apply(dst[from:])
	}
	return dst, nil
}

// row is the features of one architecture.
func (c *gpCoder) row(a evolve.Arch) (row []float32, err error) {
	if c.features != nil {
		if row, err = c.features.Encode(nil, a); err != nil {
			return nil, err
		}
		c.scale.Apply(row)
		for f, usual := range c.scale.Usual {
			row[f] -= usual // which no distance notices, and leaves most numbers 0
		}
	}
	return c.behind(row, a)
}

// gpFirst are the n best by a prior: of a listed space of all, of another one of a sample.
func gpFirst(b evolve.Benchmark, c *gpCoder, around *candidates, n int) ([]evolve.Arch, error) {
	var all []evolve.Arch
	if around.whole() > 0 {
		for i := range around.whole() {
			all = append(all, around.list.At(i))
		}
	} else {
		const sample = 1000
		known, r := seen{}, evolve.Stream(0, "gp first")
		for range sample {
			if a := c.problem.Space.Sample(r); known.mark(a) {
				all = append(all, a)
			}
		}
	}
	loss := make(map[evolve.Arch]float64, len(all))
	for _, a := range all {
		x, err := gpPriorLoss(b, a)
		if err != nil {
			return nil, err
		}
		loss[a] = x
	}
	slices.SortStableFunc(all, func(a, b evolve.Arch) int { return cmp.Compare(loss[a], loss[b]) })
	return all[:min(n, len(all))], nil
}
