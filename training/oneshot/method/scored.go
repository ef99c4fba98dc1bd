package method

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/oneshot"
)

// phase is what a scored method trains before it scores.
type phase interface {
	// begin makes what is trained beside the weights, new. All later calls are about this course.
	begin(*oneshot.Course) error
	// save and load are what is kept of it, and brought back after begin.
	save() oneshot.State
	load(oneshot.State) error
	// epoch trains the next epoch by the course's Epoch, and notes it.
	epoch(context.Context) error
}

// A phase may have two further abilities. Both are asked for once the training has ended.
type (
	// chooser is a phase that decides architectures itself, by what it has trained: what a searcher proposes is then
	// nothing but a place for what the trial finds. It depends on the trained state and the trial's number alone, and
	// may be asked from several goroutines.
	chooser interface {
		choose(trial int) (evolve.Arch, error)
	}
	// writer is a phase that writes weights for an architecture before a scorer, whose own they are, asks it.
	writer interface {
		write(on *oneshot.Scorer, a evolve.Arch) error
	}
)

// scored is a searcher that trains shared weights first and then searches their scores. Its first trial trains all
// epochs, is charged for them, and is the first architecture that is scored; nothing else is proposed meanwhile. Every
// later trial is one more, as an inner searcher proposes them, and several workers may score at a time. A search whose
// first trial fails has no weights to go on with, and ends.
type scored struct {
	name    string
	plan    oneshot.Plan
	scoring oneshot.Scoring
	phase   phase
	inner   evolve.Searcher // proposes architectures, and knows of nothing else
	most    int             // trials after which the search ends; 0 leaves that to the inner searcher
	// part is what part of the images a trial is scored on, from a batch on so many, as a scorer takes it; nil is all.
	part func(*evolve.Trial) (from, batches int)

	sharing *oneshot.Sharing
	epochs  int // of the first trial
	asked   int
	seed    uint64 // of the weights: that of the first trial, once it is told
	begun   bool   // the first trial is told
	failed  bool   // it has failed
	best    evolve.Arch
	least   float64 // loss of best

	evaluations sync.RWMutex // held to read by each, and to write by Close, which waits for them
	mu          sync.Mutex   // guards what follows
	course      *oneshot.Course
	scorers     *oneshot.Scorers
	closed      bool
}

// Init begins the inner searcher on a problem without weights to train.
func (s *scored) Init(p evolve.Problem, r *rand.Rand) (err error) {
	*s = scored{name: s.name, plan: s.plan, scoring: s.scoring, phase: s.phase, inner: s.inner, most: s.most,
		part: s.part, least: math.Inf(1)}
	if s.sharing, err = oneshot.SharingOf(p); err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	if s.epochs, err = s.sharing.Epochs(s.plan); err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	if err := s.inner.Init(p.Unshared(), r); err != nil {
		return fmt.Errorf("%s: inner: %w", s.name, err)
	}
	return nil
}

// Within is the inner searcher.
func (s *scored) Within() []evolve.Searcher { return []evolve.Searcher{s.inner} }

// Ask asks the inner searcher, once the first trial is told. The epochs of a proposal are those that the weights are
// trained for: all for the first, none for others.
func (s *scored) Ask(p *evolve.Proposal) bool {
	if s.most > 0 && s.asked == s.most || s.asked > 0 && !s.begun || s.failed || !s.inner.Ask(p) {
		return false
	}
	p.Epochs = 0
	if s.asked == 0 {
		p.Epochs = s.epochs
	}
	s.asked++
	return true
}

// Tell tells the inner searcher.
func (s *scored) Tell(t *evolve.Trial, r *evolve.Result) error {
	if t.ID == 1 {
		s.begun, s.seed, s.failed = true, t.Seed, math.IsInf(r.Loss, 1)
	}
	if r.Loss < s.least {
		s.best, s.least = t.Arch, r.Loss
	}
	return s.inner.Tell(t, r)
}

// Recommend is what the inner searcher recommends or, where it recommends nothing, the architecture of the lowest loss,
// the first of equals.
func (s *scored) Recommend() (evolve.Arch, bool) {
	if r, ok := s.inner.(evolve.Recommender); ok {
		if a, ok := r.Recommend(); ok {
			return a, true
		}
	}
	return s.best, s.best != ""
}

// Evaluate scores an architecture, after the training if this is the first trial. The loss is the fraction of wrong
// answers. The cost is the seconds of the scoring, and those of all epochs for the first trial, also of epochs before a
// stop. The error wraps evolve.ErrFailed where the training has diverged or the answers are no numbers.
func (s *scored) Evaluate(ctx context.Context, t *evolve.Trial, r *evolve.Result) error {
	s.evaluations.RLock()
	defer s.evaluations.RUnlock()
	if err := s.ready(ctx, t); err != nil {
		return err
	}
	begin, a := time.Now(), t.Arch
	if c, ok := s.phase.(chooser); ok {
		var err error
		if a, err = c.choose(t.ID); err != nil {
			return err
		}
		r.Found = a
	}
	from, batches := 0, 0
	if s.part != nil {
		from, batches = s.part(t)
	}
	asks, err := s.scorers.Take()
	if err != nil {
		return err
	}
	defer s.scorers.Give(asks)
	if w, ok := s.phase.(writer); ok {
		if err := w.write(asks, a); err != nil {
			return err
		}
	}
	got, err := asks.Score(ctx, a, from, batches)
	r.Loss, r.Cost = got.Error, time.Since(begin).Seconds()
	if t.ID == 1 {
		r.Cost += s.course.Seconds()
	}
	return err
}

// ready makes the weights what they are after the training: trains them, or reads them from the folder of the study.
func (s *scored) ready(ctx context.Context, t *evolve.Trial) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errEnded
	}
	if s.course != nil {
		return nil
	}
	seed := s.seed
	if t.ID == 1 {
		seed = t.Seed
	}
	c, state, err := s.sharing.Begin(ctx, seed, s.plan, t.ID-1)
	if err != nil {
		return err
	}
	err = s.phase.begin(c)
	if err == nil && state != nil {
		if err = s.phase.load(state); err != nil {
			err = s.sharing.Foreign(err)
		}
	}
	if err == nil && t.ID == 1 {
		err = s.train(ctx, c)
	}
	if err != nil {
		return errors.Join(err, c.Close())
	}
	s.course, s.scorers = c, c.Scorers(s.scoring)
	return nil
}

// train trains the epochs that are left, and keeps the weights after each.
func (s *scored) train(ctx context.Context, c *oneshot.Course) error {
	for c.Done() < c.Plan.Epochs {
		if err := s.phase.epoch(ctx); err != nil {
			return err
		}
		trials, done := 0, false
		if c.Done() == c.Plan.Epochs {
			trials, done = 1, true
		}
		if err := c.Save(trials, done, s.phase.save()); err != nil {
			return err
		}
	}
	return nil
}

// Close gives the memory of the weights back, once nothing is evaluated.
func (s *scored) Close() error {
	s.evaluations.Lock()
	defer s.evaluations.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.sharing == nil {
		return nil
	}
	s.closed = true
	if s.course == nil {
		return nil
	}
	return errors.Join(s.scorers.Close(), s.course.Close())
}
