package surrogate

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/surrogate/model"
)

// FitOptions are the settings of a fit.
type FitOptions struct {
	Train   float64 // share of the architectures to fit on, 0 < Train <= 1; the rest is held out
	Seed    uint64  // of the split and of the trees
	Permute bool    // shuffle the labels over architectures: the negative control, from which nothing can be learnt
	Procs   int     // models fitted at once; changes no byte
}

// minCells are the fewest that a fit or a quality, which few cells may leave undefined, is
// worth anything on.
const minCells = 100

// fitPlan is a table to be fitted.
type fitPlan struct {
	title   string // of the benchmark
	table   string // SHA-256 of the table
	rows    int
	what    string // of one row, in the plural
	targets []fitTarget
	notes   map[string]string       // of the file
	above   float64                 // a region to judge apart: targets in per cent above it; 0 = none
	remarks []string                // of the report, a line each
	finish  func(*model.File) error // adds notes that need the fitted models; nil = none
}

// fitTarget is a column to be predicted.
type fitTarget struct {
	name, unit string
	encoding   string
	in         *inputs
	params     model.Params
	y          []float64
	link       *link          // nil = the target as it is
	falls      bool           // less is better
	ceiling    *model.Quality // how well one training predicts it; nil where that cannot be measured
}

// link is a function of the target that is easier to learn; what is judged and told is the
// target.
type link struct {
	name     string // kept in the model's notes
	to, from func(float64) float64
}

// logError spreads the accuracies near 100 %, where searches end, and draws the others
// together: −ln(100.5 − x), the half so that it stays finite.
var logError = &link{"-ln(100.5-x)", func(x float64) float64 { return -math.Log(100.5 - x) }, func(z float64) float64 { return 100.5 - math.Exp(-z) }}

// inputs are what models see of the architectures: many look alike.
type inputs struct {
	x    [][]uint8 // by feature and look
	look []int     // of each architecture
}

// encodeAll encodes n architectures.
func encodeAll(e evolve.Encoder, encoding string, n int, at func(int) evolve.Arch) (*inputs, error) {
	all, err := model.Columns(e, encoding, n, at)
	if err != nil {
		return nil, err
	}
	in := &inputs{x: make([][]uint8, len(all)), look: make([]int, n)}
	known := map[string]int{}
	row := make([]byte, len(all))
	for i := range in.look {
		for f := range all {
			row[f] = all[f][i]
		}
		k, ok := known[string(row)]
		if !ok {
			k = len(known)
			known[string(row)] = k
			for f := range all {
				in.x[f] = append(in.x[f], row[f])
			}
		}
		in.look[i] = k
	}
	return in, nil
}

// predict is a model's answer for the architectures at the given places.
func (in *inputs) predict(t *model.Trees, at []int) ([]float64, error) {
	looks := make([]float64, len(in.x[0]))
	if err := t.PredictAll(looks, in.x); err != nil {
		return nil, err
	}
	return pick(looks, pick(in.look, at)), nil
}

// fit fits every target on the same architectures. It is deterministic to the byte.
func (p *fitPlan) fit(ctx context.Context, o FitOptions) ([]byte, FitReport, error) {
	rep := FitReport{Options: o, plan: p}
	if !(o.Train > 0 && o.Train <= 1) {
		return nil, rep, fmt.Errorf("train %g: want a share above 0, at most 1: %w", o.Train, evolve.ErrInvalid)
	}
	n := int(math.Round(o.Train * float64(p.rows)))
	if rest := p.rows - n; n < minCells || rest > 0 && rest < minCells {
		return nil, rep, fmt.Errorf("train %g: %d %s to fit on and %d held out: want at least %d on each side, or train 1: %w", o.Train, n, p.what, rest, minCells, evolve.ErrInvalid)
	}
	order := evolve.Stream(o.Seed, "split").Perm(p.rows)
	fitOn, held := order[:n], order[n:]
	labels := everyOf(p.rows)
	if o.Permute {
		labels = evolve.Stream(o.Seed, "labels").Perm(p.rows)
	}
	file := model.File{Models: make([]model.Model, len(p.targets)), Notes: p.notes}
	if source := p.notes[noteSource]; source != "" {
		file.Notes[noteSource] = fmt.Sprintf(source, n, p.rows)
	}
	if o.Permute {
		file.Notes["labels"] = "permuted: negative control"
	}
	rep.Targets = make([]TargetQuality, len(p.targets))
	errs := make([]error, len(p.targets))
	var wg sync.WaitGroup
	slots := make(chan struct{}, max(1, min(o.Procs, runtime.NumCPU())))
	for i, target := range p.targets {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			if errs[i] = ctx.Err(); errs[i] != nil {
				return
			}
			target.params.Seed = evolve.Stream(o.Seed, target.name).Uint64()
			target.y = pick(target.y, labels)
			file.Models[i], rep.Targets[i], errs[i] = target.fit(fitOn, held, p.above)
			if !o.Permute {
				rep.Targets[i].OneSeed = target.ceiling
			}
		})
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done(): // a fit in progress ends by itself, and nobody reads it
		return nil, rep, ctx.Err()
	}
	for _, err := range errs {
		if err != nil {
			return nil, rep, err
		}
	}
	if p.finish != nil {
		if err := p.finish(&file); err != nil {
			return nil, rep, err
		}
	}
	text, err := file.MarshalBinary()
	rep.Bytes = len(text)
	return text, rep, err
}

func (g *fitTarget) fit(fitOn, held []int, limit float64) (model.Model, TargetQuality, error) {
	m := model.Model{Name: g.name, Unit: g.unit, Encoding: g.encoding, Params: g.params, Rows: len(fitOn)}
	q := TargetQuality{Name: g.name, Unit: g.unit}
	y := pick(g.y, fitOn)
	if g.link != nil {
		m.Notes = map[string]string{"link": g.link.name}
		for i := range y {
			y[i] = g.link.to(y[i])
		}
	}
	trees, err := model.Fit(chosen(g.in.x, pick(g.in.look, fitOn)), y, g.params)
	if err != nil {
		return m, q, fmt.Errorf("%s: %w", g.name, err)
	}
	m.Trees = trees
	if len(held) == 0 {
		return m, q, nil
	}
	pred, err := g.in.predict(trees, held)
	if err != nil {
		return m, q, err
	}
	if g.link != nil {
		for i := range pred {
			pred[i] = g.link.from(pred[i])
		}
	}
	truth := pick(g.y, held)
	if g.falls { // the top is what is low
		pred, truth = negated(pred), negated(truth)
	}
	q.Quality = model.Evaluate(pred, truth)
	if !math.IsNaN(q.R2 + q.Tau + q.TauTopHalf) {
		m.HeldOut = &q.Quality // numbers alike leave some undefined, which JSON cannot say
	}
	// Where searches end: the region of published comparisons.
	if g.unit == "%" && limit > 0 {
		q.Above = above(pred, truth, limit)
	}
	sorted := slices.Sorted(slices.Values(truth))
	q.Top = above(pred, truth, sorted[len(sorted)-1-len(sorted)/20])
	// Isomorphic cells look alike, so a random split can leave a held-out cell a twin among the
	// fitted; the others show what was learnt beyond that.
	fitted := make([]bool, len(g.in.x[0]))
	for _, i := range fitOn {
		fitted[g.in.look[i]] = true
	}
	var strange []int
	for k, i := range held {
		if !fitted[g.in.look[i]] {
			strange = append(strange, k)
		}
	}
	if len(strange) >= minCells {
		s := model.Evaluate(pick(pred, strange), pick(truth, strange))
		q.Strange = &s
	}
	return m, q, nil
}

func negated(xs []float64) []float64 {
	out := make([]float64, len(xs))
	for i, x := range xs {
		out[i] = -x
	}
	return out
}

// above is the quality among what is above a limit, nil where that is too little.
func above(pred, truth []float64, limit float64) *model.Quality {
	p, t := model.Above(pred, truth, limit)
	if len(t) < minCells {
		return nil
	}
	q := model.Evaluate(p, t)
	return &q
}

// chosen are the rows at the given places of every feature.
func chosen(x [][]uint8, at []int) [][]uint8 {
	out := make([][]uint8, len(x))
	for f := range x {
		out[f] = pick(x[f], at)
	}
	return out
}

func pick[T any](xs []T, at []int) []T {
	out := make([]T, len(at))
	for i, j := range at {
		out[i] = xs[j]
	}
	return out
}
