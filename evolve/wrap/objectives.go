package wrap

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/amoeba-nas/amoeba/evolve"
)

// ObjectivesOption is the name of the option that [ObjectivesParam] declares.
const ObjectivesOption = "objectives"

// Auto asks for the objective that training decides, where a benchmark's metric says whether that is an error or a
// loss.
const Auto = "auto"

// ObjectivesParam is the option that says what a search minimises. trained is what it is unless it is said: the
// objective of training, or [Auto]. offered are what else the benchmark can be asked for, a family of names as
// latency:DEVICE.
func ObjectivesParam(trained string, offered ...string) evolve.Param {
	own := trained
	if trained == Auto {
		own = "error or, of a metric that is no share, loss (auto: the one that it is)"
	}
	doc := "what is minimised, names with + between them, " +
		"the first what searchers of a single objective minimise: " + own
	for i, name := range offered {
		sep := ", "
		if i == len(offered)-1 {
			sep = " or "
		}
		doc += sep + name
	}
	return evolve.Text(ObjectivesOption, trained, doc)
}

// PickObjectives reads the option: its names, each of which the benchmark must offer. The first that is offered is
// the objective of training, for which Auto stands. The error wraps evolve.ErrUnknown for another name and
// evolve.ErrInvalid for one that is there twice.
func PickObjectives(text string, offered []string) ([]string, error) {
	names := SplitObjectives(text, offered)
	for i, name := range names {
		if name == Auto {
			names[i] = offered[0]
		}
		if !slices.Contains(offered, names[i]) {
			return nil, notOffered(name, offered)
		}
		if slices.Contains(evolve.MeasureNames, names[i]) {
			return nil, fmt.Errorf("objectives=%s: figures call a measure of every experiment %s: "+
				"give the column another name: %w", text, names[i], evolve.ErrInvalid)
		}
		if slices.Index(names, names[i]) < i {
			return nil, fmt.Errorf("objectives=%s: %s is there twice: %w", text, names[i], evolve.ErrInvalid)
		}
	}
	return names, nil
}

// SplitObjectives reads names with + between them. A name that is offered may have a + in itself, as columns of a
// user's table do: the longest that is offered is taken.
func SplitObjectives(text string, offered []string) (names []string) {
	parts := strings.Split(text, "+")
	for len(parts) > 0 {
		n := len(parts)
		for n > 1 && !slices.Contains(offered, strings.Join(parts[:n], "+")) {
			n--
		}
		names, parts = append(names, strings.Join(parts[:n], "+")), parts[n:]
	}
	return names
}

// notOffered says which name is nearest. The two names of what training decides are never a slip of the pen.
func notOffered(name string, offered []string) error {
	switch {
	case name == evolve.ErrorObjective && offered[0] == evolve.LossObjective:
		return fmt.Errorf("objective %q: what is measured here is no share, its objective is called %s: %w",
			name, evolve.LossObjective, evolve.ErrUnknown)
	case name == evolve.LossObjective && offered[0] == evolve.ErrorObjective:
		return fmt.Errorf("objective %q: what is measured here is a share, its objective is called %s: %w",
			name, evolve.ErrorObjective, evolve.ErrUnknown)
	}
	return evolve.Unknown("objective", name, offered)
}

// Formerly makes the Formerly of an entry whose objective of training is called trained: it says how objective=NAME
// and latency=DEVICE of an older version are written now.
func Formerly(trained string) func(key, value string) string {
	return func(key, value string) string {
		switch {
		case key != "objective" && key != "latency":
			return ""
		case value == "none":
			return ObjectivesOption + "=" + trained
		case key == "latency":
			value = evolve.LatencyOf + value
		case value == "latency":
			value = evolve.LatencyOf + "recorded"
		case value == "macs":
			value = evolve.FLOPsObjective
		default:
			value = strings.TrimSuffix(strings.TrimSuffix(value, "_m"), "_mean")
			value = strings.Replace(value, "latency_", evolve.LatencyOf, 1)
			value = strings.Replace(value, "throughput_", evolve.ThroughputOf, 1)
		}
		return ObjectivesOption + "=" + trained + "+" + value
	}
}

// Counted is an objective that is known of an architecture without the benchmark: its number, in the objective's
// unit.
type Counted struct {
	evolve.Objective
	Of func(evolve.Arch) (float64, error)
}

// Objectives is a benchmark that answers with the objectives that text names, in that order: its own, and what is
// counted beside it. Its own first is that of training. When another comes first it is the loss, and both values of a
// score. The error wraps evolve.ErrUnsupported for a benchmark that trains and should minimise anything else: there
// progress is an error's.
func Objectives(b evolve.Benchmark, text string, counted ...Counted) (evolve.Benchmark, error) {
	own := b.Problem().Objectives
	offered := slices.Clone(own)
	for _, c := range counted {
		offered = append(offered, c.Objective)
	}
	names, err := PickObjectives(text, evolve.ObjectiveNames(offered))
	if err != nil || slices.Equal(names, evolve.ObjectiveNames(own)) {
		return b, err
	}
	w := &aimed{Benchmark: b, about: b.About(), rooms: new(sync.Pool)}
	for _, name := range names {
		i := slices.IndexFunc(offered, func(o evolve.Objective) bool { return o.Name == name })
		p := part{at: i}
		if i >= len(own) {
			p.of, p.negated = counted[i-len(own)].Of, offered[i].Maximised
		}
		w.objectives, w.parts = append(w.objectives, offered[i]), append(w.parts, p)
	}
	first := w.objectives[0]
	trainer, trains := b.(evolve.Trainer)
	switch {
	case first.Trained() && trains:
		return &aimedTrainer{w, trainer}, nil
	case first.Trained():
		return w, nil
	case trains:
		return nil, fmt.Errorf("objectives=%s: what trains is judged by its %s: put that first: %w",
			text, offered[0].Name, evolve.ErrUnsupported)
	}
	w.about.Metric, w.about.BestVal, w.about.BestTest = evolve.Metric(first.Name), first.Ideal, first.Ideal
	w.about.Title += ", " + first.Name
	sought := "minimised"
	if first.Maximised {
		sought = "maximised"
	}
	w.about.Source += fmt.Sprintf("; what is %s and reported is %s", sought, first.Name)
	return w, nil
}

// aimed is a benchmark with other objectives.
type aimed struct {
	evolve.Benchmark
	about      evolve.About
	objectives []evolve.Objective
	parts      []part
	rooms      *sync.Pool // of what is left of allocations, a worker's each
}

// part is where an objective comes from: the place among the objectives of the benchmark within, or a count.
type part struct {
	at      int
	of      func(evolve.Arch) (float64, error)
	negated bool // more is better of what is counted
}

func (w *aimed) Unwrap() evolve.Benchmark { return w.Benchmark }

func (w *aimed) About() evolve.About { return w.about }

func (w *aimed) Problem() evolve.Problem {
	p := w.Benchmark.Problem()
	p.Objectives = w.objectives
	return p
}

// Evaluate has the benchmark within evaluate the trial, of which the cost is.
func (w *aimed) Evaluate(ctx context.Context, t *evolve.Trial, r *evolve.Result) error {
	if err := w.Benchmark.Evaluate(ctx, t, r); err != nil {
		return err
	}
	first, others := 0., w.room(len(w.parts)-1)
	for i := range w.parts {
		x, err := w.parts[i].value(t.Arch, r)
		if err != nil {
			return err
		}
		if i == 0 {
			first = x
		} else {
			others[i-1] = x
		}
	}
	r.Loss, r.Others = first, others
	return nil
}

// roomOf is how many trials share an allocation: few enough that whoever keeps one trial keeps little.
const roomOf = 256

// room is a place for n numbers. What the benchmark within answers with is its own, a row of its table it may be, and
// cannot be written to.
func (w *aimed) room(n int) []float64 {
	free, _ := w.rooms.Get().(*[]float64)
	if free == nil || len(*free) < n {
		all := make([]float64, roomOf*n)
		free = &all
	}
	place := (*free)[:n:n]
	*free = (*free)[n:]
	w.rooms.Put(free)
	return place
}

// value is a loss.
func (p *part) value(a evolve.Arch, r *evolve.Result) (float64, error) {
	switch {
	case p.negated:
		x, err := p.of(a)
		return 0 - x, err // never −0
	case p.of != nil:
		return p.of(a)
	case p.at == 0:
		return r.Loss, nil
	}
	return r.Others[p.at-1], nil
}

// Score is that of the benchmark within, or the first objective where that is not of training: it is the same
// whatever the schedule.
func (w *aimed) Score(t *evolve.Trial) (evolve.Score, error) {
	if w.objectives[0].Trained() {
		return w.Benchmark.Score(t)
	}
	p, full := &w.parts[0], *t
	full.From, full.Trained = 0, 0
	var r evolve.Result
	if p.of == nil {
		if err := w.Benchmark.Evaluate(context.Background(), &full, &r); err != nil {
			return evolve.Score{Val: math.NaN(), Test: math.NaN()}, err
		}
	}
	x, err := p.value(t.Arch, &r)
	return evolve.Score{Val: x, Test: x}, err
}

// aimedTrainer is one whose trials take real time.
type aimedTrainer struct {
	*aimed
	trainer evolve.Trainer
}

func (w *aimedTrainer) In(dir string, watch evolve.Observer) (evolve.Benchmark, error) {
	b, err := w.trainer.In(dir, watch)
	if err != nil {
		return nil, err
	}
	in := *w.aimed
	in.Benchmark = b
	return &in, nil
}
