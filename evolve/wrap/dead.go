package wrap

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// The choices of the option dead.
const (
	keepDead   = "keep"
	refuseDead = "refuse"
)

// DeadParam is the option of benchmarks in whose space some cells have no path from input to output.
var DeadParam = evolve.Choice("dead",
	"cells without a path from input to output: evaluated as all others, or a trial of one fails at no cost",
	keepDead, refuseDead).
	OnlyFor("a space some of whose cells have no path from input to output")

// Asked is a benchmark that answers with the objectives that o names, its own and those counted, refuses dead
// architectures when o asks it to, and has the reference point that o asks for, or the one that written has. o must
// have the option of [ObjectivesParam], [DeadParam] where [Dead] reads it, and [ReferenceParam] where [Reference] does.
func Asked(b evolve.Benchmark, o evolve.Options, written func(evolve.Objective) float64, counted ...Counted) (
	evolve.Benchmark, error) {
	w, err := Objectives(b, o.Text(ObjectivesOption), counted...)
	if err != nil {
		return nil, err
	}
	return Reference(Dead(w, o), o, written)
}

// Dead is a benchmark that refuses dead architectures when o asks it to. An entry whose space has dead architectures
// must declare [DeadParam]: without it Dead panics. One whose space has none is returned as it is, and an option that
// was given is then refused as one without effect.
func Dead(b evolve.Benchmark, o evolve.Options) evolve.Benchmark {
	s, ok := space.MortalOf(b.Problem().Space)
	if !ok || o.Text(DeadParam.Name) == keepDead {
		return b
	}
	w := &refusing{Benchmark: b, space: s, problem: b.Problem(), about: b.About()}
	w.about.Source += "; cells without a path from input to output are refused"
	if t, ok := b.(evolve.Trainer); ok {
		return &refusingTrainer{w, t}
	}
	w.settle()
	return w
}

// refusing is a benchmark whose dead architectures fail.
type refusing struct {
	evolve.Benchmark
	space   space.Mortal
	problem evolve.Problem
	about   evolve.About
}

func (w *refusing) Unwrap() evolve.Benchmark { return w.Benchmark }

func (w *refusing) About() evolve.About { return w.about }

func (w *refusing) Problem() evolve.Problem { return w.problem }

// Refused is the error of a trial or a query of a dead architecture, an evolve.ErrFailed. Name is the architecture's
// genome, or as somebody wrote it.
type Refused struct{ Name string }

func (r *Refused) Error() string {
	return r.Name + " has no path from input to output: no signal reaches what it predicts, and dead=refuse refuses it"
}

func (r *Refused) Is(target error) bool { return target == evolve.ErrFailed }

func (w *refusing) Evaluate(ctx context.Context, t *evolve.Trial, r *evolve.Result) error {
	if w.space.Dead(t.Arch) {
		return &Refused{string(t.Arch)}
	}
	return w.Benchmark.Evaluate(ctx, t, r)
}

// Query says of a dead architecture why there is nothing to know.
func (w *refusing) Query(a evolve.Arch) ([]evolve.Fact, error) {
	if w.space.Dead(a) {
		return nil, &Refused{string(a)}
	}
	q, ok := evolve.As[evolve.Querier](w.Benchmark)
	if !ok {
		return nil, fmt.Errorf("%s answers no query: %w", w.about.Title, evolve.ErrUnsupported)
	}
	return q.Query(a)
}

// settle finds the best values of a space that can be enumerated, each objective's own, without the dead: they are the
// smallest and the fastest of all.
func (w *refusing) settle() {
	e, ok := w.problem.Space.(evolve.Enumerable)
	if !ok || len(w.problem.Objectives) == 1 && w.problem.Objectives[0].Trained() {
		return // a dead network is never the most accurate
	}
	first := w.problem.Objectives[0]
	objectives := slices.Clone(w.problem.Objectives)
	best, low := math.Inf(1), make([]float64, len(objectives))
	for k := range objectives {
		low[k] = math.Inf(1)
	}
	for i := range e.Size() {
		t := evolve.Trial{Proposal: evolve.Proposal{Arch: e.At(i)}}
		var r evolve.Result
		if w.Evaluate(context.Background(), &t, &r) != nil {
			continue
		}
		best = min(best, r.Loss)
		for k := range objectives {
			x := r.Loss
			if k > 0 {
				x = r.Others[k-1]
			}
			low[k] = min(low[k], x)
		}
	}
	for k := range objectives {
		if o := &objectives[k]; !o.Trained() && !math.IsInf(low[k], 1) {
			o.Ideal = low[k]
		}
	}
	if w.problem.Objectives = objectives; !first.Trained() {
		w.about.BestVal, w.about.BestTest = best, best
	}
}

// refusingTrainer is one whose trials take real time.
type refusingTrainer struct {
	*refusing
	trainer evolve.Trainer
}

func (w *refusingTrainer) In(dir string, watch evolve.Observer) (evolve.Benchmark, error) {
	b, err := w.trainer.In(dir, watch)
	if err != nil {
		return nil, err
	}
	in := *w.refusing
	in.Benchmark = b
	return &in, nil
}
