package fit

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/surrogate"
	"github.com/amoeba-nas/amoeba/surrogate/model"
)

// Options are the settings of a fit.
type Options struct {
	Train   float64 // share of the architectures to fit on, 0 < Train <= 1; the rest is held out
	Seed    uint64  // of the split and of the trees
	Permute bool    // shuffle the labels over architectures: the negative control, from which nothing can be learnt
	Procs   int     // models fitted at once; changes no byte
	// Encoding is what the models of a user's table learn from, an encoding of the space or several with + between;
	// "" is the one that describes the network as structure does, or else the space's first.
	Encoding string
}

// minCells are the fewest that a fit or a quality, which few cells may leave undefined, is
// worth anything on.
const minCells = 100

// plan is a table to be fitted.
type plan struct {
	title   string // of the benchmark
	table   string // SHA-256 of the table
	rows    int
	unit    string // what a row is, in the plural: "cells", "networks"
	targets []target
	notes   map[string]string       // of the file
	above   float64                 // a region to judge apart: targets in per cent above it; 0 = none
	remarks []string                // of the report, a line each
	finish  func(*model.File) error // adds notes that need the fitted models; nil = none
}

// target is a column to be predicted.
type target struct {
	name, unit string
	encoding   string
	in         *model.Inputs
	params     model.Params
	y          []float64
	link       *model.Link    // nil = the target as it is
	falls      bool           // less is better
	ceiling    *stats.Quality // how well one training predicts it; nil where that cannot be measured
}

// fit fits every target on the same architectures. It is deterministic to the byte.
func (p *plan) fit(ctx context.Context, o Options) ([]byte, Report, error) {
	rep := Report{Options: o, plan: p}
	if !(o.Train > 0 && o.Train <= 1) {
		return nil, rep, fmt.Errorf("train %g: want a share above 0, at most 1: %w", o.Train, evolve.ErrInvalid)
	}
	n := int(math.Round(o.Train * float64(p.rows)))
	if rest := p.rows - n; n < minCells || rest > 0 && rest < minCells {
		return nil, rep, fmt.Errorf("train %g: %d %s to fit on and %d held out: want at least %d on each side, "+
			"or train 1: %w", o.Train, n, p.unit, rest, minCells, evolve.ErrInvalid)
	}
	order := evolve.Stream(o.Seed, "split").Perm(p.rows)
	fitOn, held := order[:n], order[n:]
	var labels []int // the architecture that each one gets its numbers from; nil for its own
	if o.Permute {
		labels = evolve.Stream(o.Seed, "labels").Perm(p.rows)
	}
	file := model.File{Models: make([]model.Model, len(p.targets)), Notes: p.notes}
	if source := p.notes[surrogate.NoteSource]; source != "" {
		file.Notes[surrogate.NoteSource] = fmt.Sprintf(source, n, p.rows)
	}
	if o.Permute {
		file.Notes["labels"] = "permuted: negative control"
	}
	rep.Targets = make([]Quality, len(p.targets))
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
			if labels != nil {
				target.y = model.Pick(target.y, labels)
			}
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
	case <-ctx.Done(): // a fit in progress ends by itself; its result is dropped
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

func (g *target) fit(fitOn, held []int, limit float64) (model.Model, Quality, error) {
	m := model.Model{Name: g.name, Unit: g.unit, Encoding: g.encoding, Params: g.params, Rows: len(fitOn)}
	q := Quality{Name: g.name, Unit: g.unit}
	y := model.Pick(g.y, fitOn)
	if g.link != nil {
		m.Notes = map[string]string{"link": g.link.Name}
		for i := range y {
			y[i] = g.link.To(y[i])
		}
	}
	trees, err := model.Fit(g.in.Columns(fitOn), y, g.params)
	if err != nil {
		return m, q, fmt.Errorf("%s: %w", g.name, err)
	}
	m.Trees = trees
	if len(held) == 0 {
		return m, q, nil
	}
	pred, err := g.in.Predict(trees, held)
	if err != nil {
		return m, q, err
	}
	if g.link != nil {
		for i := range pred {
			pred[i] = g.link.From(pred[i])
		}
	}
	truth := model.Pick(g.y, held)
	if g.falls { // the top is what is low
		pred, truth = negated(pred), negated(truth)
	}
	q.Quality = stats.Evaluate(pred, truth)
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
	unseen := g.in.Unseen(fitOn, held)
	if len(unseen) >= minCells {
		s := stats.Evaluate(model.Pick(pred, unseen), model.Pick(truth, unseen))
		q.Unseen = &s
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

// above is the quality among the rows whose truth is above a limit, nil for fewer than minCells.
func above(pred, truth []float64, limit float64) *stats.Quality {
	p, t := stats.Above(pred, truth, limit)
	if len(t) < minCells {
		return nil
	}
	q := stats.Evaluate(p, t)
	return &q
}
