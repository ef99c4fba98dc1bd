package wrap

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/number"
)

// ReferenceParam is the option that says from where the hypervolume of a front is measured.
var ReferenceParam = evolve.Text("reference", Auto, "corner of the hypervolume: a number of each objective with + "+
	"between them, in the order and the units of objectives, errors as fractions, such as 0.2+40; auto: what "+
	"docs/objectives.md has").
	OnlyFor("several objectives").AddedLater()

// Reference is a benchmark whose objectives have the reference point that o asks for or, where that is left open, the
// one that written has of each, NaN where it has none. A benchmark of one objective has no hypervolume and is returned
// as it is. o must have the option [ReferenceParam] where there are several.
func Reference(b evolve.Benchmark, o evolve.Options, written func(evolve.Objective) float64) (evolve.Benchmark, error) {
	w := &referring{Benchmark: b, problem: b.Problem()}
	if len(w.problem.Objectives) < 2 {
		return b, nil
	}
	w.problem.Objectives = append([]evolve.Objective(nil), w.problem.Objectives...)
	if text := o.Text(ReferenceParam.Name); text != Auto {
		values, err := readReference(text, w.problem.Objectives)
		if err != nil {
			return nil, err
		}
		written = func(of evolve.Objective) float64 { return values[of.Name] }
	}
	for i := range w.problem.Objectives {
		of := &w.problem.Objectives[i]
		of.Reference = of.Value(written(*of)) // a value's loss is what a loss's value is
	}
	if t, ok := b.(evolve.Trainer); ok {
		return &referringTrainer{w, t}, nil
	}
	return w, nil
}

// readReference reads a number of each objective. One that is no worse than the best there can be would leave every
// front without a volume.
func readReference(text string, of []evolve.Objective) (map[string]float64, error) {
	parts := number.Split(text)
	if len(parts) != len(of) {
		return nil, fmt.Errorf("reference=%s: %d numbers, want one of each of the %d objectives %s: %w",
			text, len(parts), len(of), strings.Join(evolve.ObjectiveNames(of), "+"), evolve.ErrInvalid)
	}
	values := map[string]float64{}
	for i, part := range parts {
		x, err := strconv.ParseFloat(part, 64)
		if err != nil || math.IsInf(x, 0) || math.IsNaN(x) {
			return nil, fmt.Errorf("reference=%s: %q of %s: want a finite number: %w",
				text, part, of[i].Name, evolve.ErrInvalid)
		}
		if of[i].Value(x) <= of[i].Ideal {
			return nil, fmt.Errorf("reference=%s: %s of %s is no worse than its best, %s: want a worse one: %w",
				text, part, of[i].Name, of[i].Text(of[i].Ideal), evolve.ErrInvalid)
		}
		if err := of[i].Given(x); err != nil {
			return nil, fmt.Errorf("reference=%s: %s of %s: %w: %w", text, part, of[i].Name, err, evolve.ErrInvalid)
		}
		values[of[i].Name] = x
	}
	return values, nil
}

// referring is a benchmark with reference points of its objectives.
type referring struct {
	evolve.Benchmark
	problem evolve.Problem
}

func (w *referring) Unwrap() evolve.Benchmark { return w.Benchmark }

func (w *referring) Problem() evolve.Problem { return w.problem }

// referringTrainer is one whose trials take real time.
type referringTrainer struct {
	*referring
	trainer evolve.Trainer
}

func (w *referringTrainer) In(dir string, watch evolve.Observer) (evolve.Benchmark, error) {
	b, err := w.trainer.In(dir, watch)
	if err != nil {
		return nil, err
	}
	in := *w.referring
	in.Benchmark = b
	return &in, nil
}
