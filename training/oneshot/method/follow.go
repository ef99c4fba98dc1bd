package method

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/notes"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/training/oneshot"
)

// learner is a method whose trials are epochs.
type learner interface {
	// begin makes what is trained beside the weights, as it is before the first epoch.
	begin(c *oneshot.Course) error
	// save is what the method keeps beside the weights, and load goes on from it, after begin.
	save() oneshot.State
	load(oneshot.State) error
	// epoch trains the next epoch. After an error the learner is thrown away.
	epoch(ctx context.Context) error
	// answer is the architecture that the method would answer with now.
	answer(ctx context.Context) (evolve.Arch, error)
	// shares are the candidates' probabilities by gate, for the note of the epoch; nil of a method that has none.
	shares() []float64
}

// ender is a learner that decides itself whether it has ended, by a remedy that stops it early or since it goes on
// after its plan. Others end with the plan's epochs.
type ender interface{ ended() bool }

// noter is a learner that knows more of an epoch than the candidates' probabilities.
type noter interface{ note(*notes.Epoch) }

// follower is the searcher whose trials are a learner's epochs. A trial is proposed as the architecture that the trial
// before it has found, and finds what the learner answers after the epoch; its loss is the validation error of that
// architecture on the shared weights.
type follower struct {
	name  string
	plan  oneshot.Plan
	fresh func() (learner, error)

	sharing *oneshot.Sharing
	asked   int         // trials
	told    int         // trials
	seed    uint64      // of the weights: that of the first trial
	first   evolve.Arch // is proposed for the first trial
	found   evolve.Arch // by the last trial told; "" before it
	failed  bool        // the training has diverged

	mu     sync.Mutex // guards what follows: Close may come while a trial is evaluated
	closed bool
	broken error           // why Ask could not look at the training
	course *oneshot.Course // after so many trials as at; nil where none is held
	at     int
	learns learner
}

// followed makes the constructor of a method whose trials are epochs. plan and make read the options.
func followed(name string, plan func(evolve.Options) oneshot.Plan, make func(evolve.Options) (learner, error)) func(
	evolve.Options) (evolve.Searcher, error) {
	return func(o evolve.Options) (evolve.Searcher, error) {
		if _, err := make(o); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return &follower{name: name, plan: plan(o), fresh: func() (learner, error) { return make(o) }}, nil
	}
}

// errEnded is the error of a trial that comes after Close.
var errEnded = fmt.Errorf("the search has ended: %w", evolve.ErrInvalid)

func (f *follower) Init(p evolve.Problem, _ *rand.Rand) error {
	sharing, err := oneshot.SharingOf(p)
	if err == nil {
		_, err = sharing.Epochs(f.plan)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", f.name, err)
	}
	*f = follower{name: f.name, plan: f.plan, fresh: f.fresh, sharing: sharing, first: first(p.Space)}
	return nil
}

// first is the architecture that the first trial is proposed as. It counts for nothing: the trial finds another.
func first(s evolve.Space) evolve.Arch {
	if all, ok := s.(evolve.Enumerable); ok && all.Size() > 0 {
		return all.At(0)
	}
	return s.Sample(evolve.Stream(0, "first"))
}

// Ask is done with the learner. One trial is at work at a time.
func (f *follower) Ask(p *evolve.Proposal) bool {
	if f.asked > f.told || f.failed || f.over() {
		return false
	}
	f.asked++
	p.Arch, p.Epochs = cmp.Or(f.found, f.first), 1
	return true
}

// over says whether the trials that were told are all of the run. A run that goes on from a journal looks at its
// training; where it cannot, the next trial tells why.
func (f *follower) over() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed || f.told == 0 {
		return f.closed
	}
	if f.course == nil {
		if f.broken = f.begin(context.Background(), f.told); f.broken != nil {
			return false
		}
	}
	return f.ended()
}

// ended says whether the learner that is held has no more epochs.
func (f *follower) ended() bool {
	if e, ok := f.learns.(ender); ok {
		return e.ended()
	}
	return f.course.Done() >= f.course.Plan.Epochs
}

func (f *follower) Tell(t *evolve.Trial, r *evolve.Result) error {
	f.told = t.ID
	f.asked = max(f.asked, t.ID)
	if t.ID == 1 {
		f.seed = t.Seed
	}
	if f.failed = math.IsInf(r.Loss, 1); !f.failed && r.Found != "" {
		f.found = r.Found
	}
	return nil
}

// Recommend is what the last epoch has found.
func (f *follower) Recommend() (evolve.Arch, bool) { return f.found, f.found != "" }

// Evaluate trains the next epoch. The trial's cost is the seconds that it takes, the making of the supernet included.
func (f *follower) Evaluate(ctx context.Context, t *evolve.Trial, r *evolve.Result) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := errors.Join(ctx.Err(), f.broken); err != nil {
		return err
	}
	if f.closed {
		return errEnded
	}
	start := time.Now()
	if t.ID == 1 {
		f.seed = t.Seed
	}
	if f.course == nil || f.at != t.ID-1 {
		if err := f.begin(ctx, t.ID-1); err != nil {
			return err
		}
	}
	if err := f.epoch(ctx, t.ID, r); err != nil {
		return errors.Join(err, f.drop())
	}
	f.at, r.Cost = t.ID, time.Since(start).Seconds()
	return nil
}

// epoch trains and judges the epoch of a trial, and keeps what it has become.
func (f *follower) epoch(ctx context.Context, trial int, r *evolve.Result) error {
	if err := f.learns.epoch(ctx); err != nil {
		return err
	}
	a, err := f.learns.answer(ctx)
	if err != nil {
		return err
	}
	scored, err := f.course.Score(ctx, a)
	if err != nil {
		return err
	}
	f.course.Note(noteOf(f.course, f.learns))
	r.Found, r.Loss = a, scored.Error
	return f.course.Save(trial, f.ended(), f.learns.save())
}

// noteOf is what figures show of the epoch that a learner has just trained.
func noteOf(c *oneshot.Course, l learner) notes.Epoch {
	shares := l.shares()
	n := notes.Epoch{Epoch: c.Done(), Shares: shares, Entropy: number.Nullable(notes.Entropy(shares, len(c.Ops))),
		Eigenvalue: number.Nullable(math.NaN()), Loss: number.Nullable(math.NaN())}
	if more, ok := l.(noter); ok {
		more.note(&n)
	}
	return n
}

// begin takes up the training after so many trials.
func (f *follower) begin(ctx context.Context, trials int) error {
	if err := f.drop(); err != nil {
		return err
	}
	c, state, err := f.sharing.Begin(ctx, f.seed, f.plan, trials)
	if err != nil {
		return err
	}
	l, err := f.fresh()
	if err == nil {
		err = l.begin(c)
	}
	if err == nil && state != nil {
		if err = l.load(state); err != nil {
			err = f.sharing.Foreign(err)
		}
	}
	if err != nil {
		return errors.Join(err, c.Close())
	}
	f.course, f.learns, f.at = c, l, trials
	return nil
}

// drop gives back the training that is held.
func (f *follower) drop() error {
	c := f.course
	if f.course, f.learns = nil, nil; c == nil {
		return nil
	}
	return c.Close()
}

// Close waits for the trial that is evaluated, whose context is done.
func (f *follower) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	return f.drop()
}
