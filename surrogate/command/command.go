package command

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/hyper"
	"github.com/amoeba-nas/amoeba/evolve/program"
	"github.com/amoeba-nas/amoeba/evolve/words"
	"github.com/amoeba-nas/amoeba/evolve/wrap"
	"github.com/amoeba-nas/amoeba/internal/jsonline"
	"github.com/amoeba-nas/amoeba/surrogate"
)

// The environment of a program: the folder of its trial, which is kept, and that of the trial it goes on from.
const (
	trialVariable = "AMOEBA_TRIAL"
	fromVariable  = "AMOEBA_FROM"
)

// oneDay is the time-out unless another is given: a training of one architecture that takes longer is rare, and a
// program that hangs must end some time.
const oneDay = 86400

// mostRetries bounds the option: what fails so often fails for good.
const mostRetries = 100

func init() {
	evolve.Benchmarks.Register(evolve.Entry[evolve.Benchmark]{
		Name: "command", Program: true,
		Doc:   "your own program, one process a trial: a JSON line in, a JSON line out, seconds are measured",
		Paper: "your own",
		Params: []evolve.Param{
			evolve.Nested("space", "space", "nb201", "search space of the architectures"),
			evolve.Choice("metric", "what loss and test are losses of: 1 − x of those that rise, as a fraction",
				surrogate.MetricNames...).Defaulting(string(evolve.PlainLoss)),
			evolve.Text("epochs", "1", "full training or, rising and with + between them, all numbers of epochs that "+
				"can be asked for, such as 3+9+27").Such("3+9+27"),
			wrap.ObjectivesParam(wrap.Auto, "further names of yours, of the numbers in others, in that order").
				Such(wrap.Auto + "+NAME"),
			wrap.ReferenceParam, wrap.DeadParam,
			evolve.Float("timeout", oneDay, 1e-3, 1e9, "seconds after which a trial fails and its processes are ended"),
			evolve.Int("retries", 0, 0, mostRetries, "how often a trial that fails is tried again"),
		},
		New: func(o evolve.Options) (evolve.Benchmark, error) {
			b, err := open(o)
			if err != nil {
				return nil, err
			}
			return wrap.Reference(wrap.Dead(b, o), o, unwritten)
		},
	})
}

// unwritten is the reference point unless another is given: only an error's is known, of numbers of the user's.
func unwritten(of evolve.Objective) float64 { return of.Value(of.Reference) }

// benchmark scores architectures by running a program of the user's. It knows trials by their numbers: each study needs
// one of its own, by In.
type benchmark struct {
	run     *program.Command
	problem evolve.Problem
	about   evolve.About
	timeout time.Duration
	retries int
	kept    answers
	watch   evolve.Observer
}

// titleMost is how much of a command line a figure's heading has room for, in characters.
const titleMost = 48

func open(o evolve.Options) (*benchmark, error) {
	b := &benchmark{retries: o.Int("retries"), timeout: time.Duration(o.Float("timeout") * float64(time.Second)),
		kept: &memory{}}
	var err error
	if b.run, err = program.Find(o.Variant()); err != nil {
		return nil, fmt.Errorf("command: %w", err)
	}
	if b.problem.Space, err = evolve.Spaces.OpenNested(o, "space"); err != nil {
		return nil, err
	}
	if b.problem.Fidelities, err = schedules(o.Text("epochs")); err != nil {
		return nil, err
	}
	metric := evolve.Metric(o.Text("metric"))
	if b.problem.Objectives, err = named(o.Text(wrap.ObjectivesOption), metric); err != nil {
		return nil, err
	}
	title := words.Short(strings.Join(strings.Fields(o.Variant()), " "), titleMost)
	b.about = evolve.About{Title: title, Kind: evolve.Training, Metric: metric, Dataset: o.Variant(),
		Epochs: b.last(), Timed: o.Float("timeout") < oneDay, Told: true,
		Source: "told by your program, a process a trial; seconds measured where it tells no cost, the reported test " +
			"is the validation where it tells none",
		BestVal: math.NaN(), BestTest: math.NaN()}
	if s, ok := b.problem.Space.(*hyper.Space); ok {
		b.about.Hash = s.Digest() // an experiment is not gone on with when its file has changed
	}
	return b, nil
}

// schedules reads the option epochs. Training goes on from each number of epochs to the next.
func schedules(text string) (all []evolve.Fidelity, err error) {
	for i, part := range strings.Split(text, "+") {
		n, err := strconv.Atoi(part)
		if err != nil || n < 1 || n > math.MaxInt32 || i > 0 && n <= all[i-1].Epochs {
			return nil, fmt.Errorf("epochs=%s: want whole numbers from 1 that rise, such as 3+9+27: %w",
				text, evolve.ErrInvalid)
		}
		all = append(all, evolve.Fidelity{Epochs: n, Resumes: i > 0})
	}
	return all, nil
}

// named are the objectives of the option: that of training, and further ones of any name.
func named(text string, metric evolve.Metric) ([]evolve.Objective, error) {
	trained := evolve.TrainedObjective(metric)
	offered := []string{trained.Name}
	for _, name := range wrap.SplitObjectives(text, nil) {
		if name != wrap.Auto && !evolve.NewObjective(name).Trained() {
			offered = append(offered, name)
		}
	}
	names, err := wrap.PickObjectives(text, offered)
	switch {
	case err != nil:
		return nil, err
	case slices.Contains(names, ""):
		return nil, fmt.Errorf("objectives=%s: a name is missing beside a +: %w", text, evolve.ErrInvalid)
	case names[0] != trained.Name:
		return nil, fmt.Errorf("objectives=%s: what trains is judged by its %s: put that first: %w",
			text, trained.Name, evolve.ErrUnsupported)
	}
	all := []evolve.Objective{trained}
	for _, name := range names[1:] {
		o := evolve.NewObjective(name)
		o.Exact = false // whatever the program knows, nobody knows it without a trial
		all = append(all, o)
	}
	return all, nil
}

// last is the full number of epochs.
func (b *benchmark) last() int { return b.problem.Fidelities[len(b.problem.Fidelities)-1].Epochs }

// Problem offers what the options name.
func (b *benchmark) Problem() evolve.Problem { return b.problem }

// About describes the program.
func (b *benchmark) About() evolve.About { return b.about }

// In is the benchmark of one study. In dir, of trial 7, 000007 is the folder that the program has for itself,
// 000007.result what it answered and 000007.stderr the end of what it wrote to standard error. Without dir the folder
// of a trial ends with it, and no trial goes on from another.
func (b *benchmark) In(dir string, watch evolve.Observer) (evolve.Benchmark, error) {
	in := *b
	in.watch, in.kept = watch, &memory{}
	if dir != "" {
		dir, err := filepath.Abs(dir)
		if err != nil {
			return nil, err
		}
		in.kept = folder(dir)
	}
	return &in, nil
}

// Evaluate runs the program for a trial, unless the trial has ended already, and again where it failed and retries are
// left.
func (b *benchmark) Evaluate(ctx context.Context, t *evolve.Trial, r *evolve.Result) error {
	epochs := t.Epochs
	if epochs == 0 {
		epochs = b.last()
	}
	was, err := b.kept.answer(t.ID)
	if err != nil {
		return err
	}
	mine := answered{Arch: string(t.Arch), Seed: t.Seed, Epochs: epochs}
	if was != nil {
		if was.Arch != mine.Arch || was.Seed != mine.Seed || was.Epochs != mine.Epochs {
			return fmt.Errorf("trial %d is of %s for %d epochs here and was of %s for %d: each study needs a "+
				"benchmark of its own, by In: %w", t.ID, mine.Arch, epochs, was.Arch, was.Epochs, evolve.ErrInvalid)
		}
		mine = *was
	}
	for tries := 0; !mine.Done; tries++ {
		begin := time.Now()
		err := b.attempt(ctx, t, &mine)
		mine.Spent += time.Since(begin).Seconds()
		r.Cost = mine.Spent
		switch {
		case err == nil:
			mine.Done = true
			if !mine.Priced {
				mine.Cost = mine.Spent
			}
			if err := b.kept.put(t.ID, &mine); err != nil {
				return err
			}
		case ctx.Err() != nil:
			return errors.Join(ctx.Err(), b.kept.put(t.ID, &mine)) // the seconds that it took count
		case !errors.Is(err, evolve.ErrFailed) || tries == b.retries:
			return err
		}
	}
	r.Loss, r.Others, r.Cost = mine.Loss, mine.Others, mine.Cost
	if b.watch != nil {
		b.watch(evolve.TrialProgress{Trial: t.ID, Arch: t.Arch, Epoch: epochs, Epochs: epochs, TrainLoss: math.NaN(),
			ValLoss: mine.Loss, Seconds: mine.Cost})
	}
	return nil
}

// errTime is the cause when a trial's time is over.
var errTime = errors.New("the trial's time is over")

// attempt runs the program once and reads what it answers.
func (b *benchmark) attempt(ctx context.Context, t *evolve.Trial, a *answered) error {
	env, end, err := b.kept.open(t.ID, t.From)
	if err != nil {
		return err
	}
	defer end()
	line, err := b.asked(t, a.Epochs)
	if err != nil {
		return err
	}
	limited, cancel := context.WithTimeoutCause(ctx, b.timeout, errTime)
	defer cancel()
	out, errs, err := b.run.Run(limited, env, line)
	if out == nil {
		return err
	}
	if err := b.kept.log(t.ID, errs); err != nil {
		return err
	}
	switch {
	case err == nil:
		err = b.read(out, a)
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, errTime):
		err = fmt.Errorf("did not end within timeout=%g s", b.timeout.Seconds())
	}
	if err == nil {
		return nil
	}
	said := "its standard error is empty"
	if text := errs.Shown(); text != "" {
		said = "its standard error ends: " + words.Plain(text)
	}
	return fmt.Errorf("%s %w; %s: %w", b.run.Name(), err, said, evolve.ErrFailed)
}

// asked is a trial as the program reads it. Of an architecture with hyper-parameters, text is the architecture and
// values are the parameters that apply.
func (b *benchmark) asked(t *evolve.Trial, epochs int) ([]byte, error) {
	text, values, err := hyper.Told(b.problem.Space, t.Arch)
	if err != nil {
		return nil, err
	}
	var line bytes.Buffer
	e := json.NewEncoder(&line)
	e.SetEscapeHTML(false)
	err = e.Encode(struct {
		ID     int          `json:"id"`
		Arch   string       `json:"arch"`
		Text   string       `json:"text"`
		Epochs int          `json:"epochs"`
		From   int          `json:"from"`
		Seed   uint64       `json:"seed,string"`
		Values hyper.Values `json:"values,omitempty"`
	}{t.ID, string(t.Arch), text, epochs, t.From, t.Seed, values})
	return line.Bytes(), err
}

// answerShown is how much of a line that is no answer stands in a message, in characters.
const answerShown = 80

// read takes the answer from the last line of what a program printed. The error follows the program's name.
func (b *benchmark) read(out *program.Tail, a *answered) error {
	line, whole := out.LastLine()
	switch {
	case line == "":
		return errors.New("printed nothing, want a line such as {\"loss\":0.25}")
	case !whole:
		return fmt.Errorf("ended with a line of more than %d bytes, want one such as {\"loss\":0.25}", program.Kept)
	}
	var got struct {
		Loss, Cost, Test *float64
		Others           []*float64
	}
	if err := json.Unmarshal([]byte(line), &got); err != nil {
		line = words.Short(strings.ToValidUTF8(line, string(utf8.RuneError)), answerShown)
		return fmt.Errorf("ended with the line %q, want one such as {\"loss\":0.25} (%w)", line, jsonline.Fault(err))
	}
	if got.Loss == nil {
		return errors.New("answered without a loss")
	}
	a.Loss, a.Test = *got.Loss, *got.Loss
	if got.Test != nil {
		a.Test = *got.Test
	}
	if share := b.problem.Objectives[0].Unit == evolve.UnitFraction; share &&
		(a.Loss < 0 || a.Loss > 1 || a.Test < 0 || a.Test > 1) {
		return fmt.Errorf("answered loss %g and test %g: those of metric=%s are fractions, 1 − it", a.Loss, a.Test,
			b.about.Metric.Name())
	}
	if a.Priced = got.Cost != nil; a.Priced {
		if a.Cost = *got.Cost; a.Cost < 0 {
			return fmt.Errorf("answered a cost of %g, want seconds", a.Cost)
		}
	}
	further := b.problem.Objectives[1:]
	if len(got.Others) > 0 && len(further) == 0 {
		return fmt.Errorf("answered %d numbers as others, and the benchmark has no further objective: name them by "+
			"objectives=auto+NAME", len(got.Others))
	}
	if len(got.Others) != len(further) {
		return fmt.Errorf("answered %d numbers as others, want %d: %s", len(got.Others), len(further),
			strings.Join(evolve.ObjectiveNames(further), ", "))
	}
	a.Others = nil
	for i, x := range got.Others {
		if x == nil {
			return fmt.Errorf("answered no number as %s", further[i].Name)
		}
		if further[i].Maximised {
			*x = 0 - *x
		}
		a.Others = append(a.Others, *x)
	}
	return nil
}

// Score is what the program answered in a trial that has ended.
func (b *benchmark) Score(t *evolve.Trial) (evolve.Score, error) {
	a, err := b.kept.answer(t.ID)
	if err == nil && (a == nil || !a.Done) {
		err = fmt.Errorf("has no answer: %w", evolve.ErrInvalid)
	}
	if err != nil {
		return evolve.Score{}, fmt.Errorf("trial %d: %w", t.ID, err)
	}
	return evolve.Score{Val: a.Loss, Test: a.Test}, nil
}
