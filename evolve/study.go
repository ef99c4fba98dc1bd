package evolve

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// A Study is one search: who asks, about what, answered by whom, until when.
type Study struct {
	Problem   Problem
	Searcher  Searcher
	Pool      Pool
	Recorder  Recorder // sees every outcome that counts; may be nil
	Seed      uint64
	Trials    int        // bound on trials; 0 = none
	Budget    float64    // bound on the pool's clock, seconds; 0 = none
	Spent     float64    // bound on the sum of all costs, seconds; 0 = none
	Epochs    int        // bound on the epochs that all trials together are trained for; 0 = none
	Stopwatch *Stopwatch // measures what the searcher itself takes, and changes nothing; may be nil
	Abreast   bool       // of several in flight that end within Budget each counts, whichever is delivered first
	Overshoot bool       // count trials that were started within these three and end past one, instead of dropping them
}

// Summary says how far a study went.
type Summary struct {
	Trials int     // that counted
	End    float64 // the clock when the last of them ended, seconds
}

// Run asks, evaluates and tells until a bound is reached or the searcher is done, and closes it. A bound may be missing
// where the searcher trains shared weights, whose schedule has an end. On an error, the context's included, all that
// was recorded stands.
func (s *Study) Run(ctx context.Context) (sum Summary, err error) {
	if s.Trials <= 0 && !s.metered() && s.Problem.Sharing == nil {
		return sum, fmt.Errorf("study: needs a bound, of trials, seconds or epochs: %w", ErrInvalid)
	}
	if err := s.Searcher.Init(s.Problem, Stream(s.Seed, "search")); err != nil {
		_ = Close(s.Searcher) // one within it may have begun
		return sum, err
	}
	err = closed(ctx, closers(nil, s.Searcher), func() (err error) { sum, err = s.run(ctx); return err })
	return sum, err
}

// run is Run of a searcher that has begun.
func (s *Study) run(ctx context.Context) (sum Summary, err error) {
	var t Trial
	var roots roots
	m, metered, started, busy := meter{of: s}, s.metered(), 0, 0
	asks, tells := s.Stopwatch.pace(), s.Stopwatch.pace()
	for {
		for !m.closed && busy < s.Pool.Size() && (s.Trials <= 0 || started < s.Trials) {
			t.Proposal = Proposal{}
			if asks.due() {
				if !s.Stopwatch.ask(s.Searcher, &t.Proposal, asks.next()) {
					break
				}
			} else if !s.Searcher.Ask(&t.Proposal) {
				break
			}
			if s.Epochs > 0 && !m.admits(&t.Proposal) {
				break
			}
			started++
			t.ID, t.Seed = started, Mix(s.Seed, uint64(roots.of(started, t.From)))
			if err := s.Pool.Start(ctx, &t); err != nil {
				return sum, fmt.Errorf("trial %d: %w", t.ID, err)
			}
			busy++
		}
		if busy == 0 {
			return sum, nil
		}
		o, err := s.Pool.Wait(ctx)
		if err != nil {
			return sum, err
		}
		busy--
		if err := settle(o); err != nil {
			return sum, fmt.Errorf("trial %d, %s: %w", o.ID, o.Arch, err)
		}
		if o.Found != "" {
			o.Arch = o.Found // a journal of the pool's has the proposed one, by which it knows the trial again
		}
		if metered && !m.counts(o) {
			continue
		}
		sum.Trials++
		sum.End = max(sum.End, o.End) // a pool of real workers delivers by ID
		if s.Recorder != nil {
			if err := s.Recorder.Record(o); err != nil {
				return sum, fmt.Errorf("trial %d: record: %w", o.ID, err)
			}
		}
		if tells.due() {
			err = s.Stopwatch.tell(s.Searcher, o, tells.next())
		} else {
			err = s.Searcher.Tell(&o.Trial, &o.Result)
		}
		if err != nil {
			return sum, fmt.Errorf("trial %d: tell: %w", o.ID, err)
		}
		if sum.Trials&63 == 0 && ctx.Err() != nil {
			return sum, ctx.Err()
		}
	}
}

// roots are the trials that began the training which others go on with, by these others.
type roots map[int]int

// of is the trial whose seed a trial has: its own, or that of the one that began its training.
// A table of stored runs then answers a promoted trial from the run that it was promoted for.
func (r *roots) of(trial, from int) int {
	if from == 0 {
		return trial
	}
	if first, ok := (*r)[from]; ok {
		from = first
	}
	if *r == nil {
		*r = roots{}
	}
	(*r)[trial] = from
	return from
}

// settle turns a failed evaluation, told anew or known, into a loss of +Inf and refuses what
// is no outcome.
func settle(o *Outcome) error {
	if o.Err == nil && !(math.Abs(o.Loss) <= math.MaxFloat64) {
		o.Err = fmt.Errorf("the loss is %g, no finite number: %w", o.Loss, ErrFailed)
	}
	if o.Err != nil {
		if !errors.Is(o.Err, ErrFailed) {
			return o.Err
		}
		o.Loss = math.Inf(1)
	}
	if !(o.Cost >= 0 && o.Cost <= math.MaxFloat64) {
		return fmt.Errorf("cost %g: want a finite number of seconds, at least 0: %w", o.Cost, ErrInvalid)
	}
	return nil
}
