package method

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/notes"
)

// tiny is a supernet whose epoch has two steps.
const tiny = "oneshot:digits,F=2,batch=32,images=64"

// search is a study of a searcher that trains shared weights, in a folder of the test.
type search struct {
	dir      string
	searcher evolve.Searcher
	outcomes []evolve.Outcome // as the journal has them
	stop     int              // cancels when so many trials are recorded; 0 never
	within   int              // cancels while this trial is trained; 0 never
	cancel   context.CancelFunc
}

// studied runs a study to its end, or to so many trials.
func studied(t *testing.T, benchmark, algo string, trials int) *search {
	t.Helper()
	s := &search{dir: t.TempDir()}
	if err := s.run(t, benchmark, algo, trials); err != nil {
		t.Fatal(err)
	}
	return s
}

// Record keeps an outcome as the pool's journal does.
func (s *search) Record(o *evolve.Outcome) error {
	s.outcomes = append(s.outcomes, *o)
	if len(s.outcomes) == s.stop {
		s.cancel()
	}
	return nil
}

// run begins the study, or goes on with what was recorded before.
func (s *search) run(t *testing.T, benchmark, algo string, trials int) error {
	t.Helper()
	b, _, err := evolve.Benchmarks.OpenText(benchmark)
	if err != nil {
		t.Fatal(err)
	}
	in, err := b.(evolve.Trainer).In(s.dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if s.searcher, _, err = evolve.Searchers.OpenText(algo); err != nil {
		t.Fatal(err)
	}
	if trials == 0 {
		trials = 1000
	}
	past := slices.Clone(s.outcomes)
	var ctx context.Context
	ctx, s.cancel = context.WithCancel(t.Context())
	defer s.cancel()
	study := evolve.Study{Problem: in.Problem(), Searcher: s.searcher, Seed: 7, Trials: trials,
		Pool: evolve.Local(s, evolve.LocalOptions{Window: 1, Past: past, Journal: s})}
	_, err = study.Run(ctx)
	return err
}

// Evaluate is the searcher's, and called by the pool.
func (s *search) Evaluate(ctx context.Context, t *evolve.Trial, r *evolve.Result) error {
	if t.ID == s.within {
		ctx = &lateContext{ctx, 3}
	}
	return s.searcher.(evolve.Evaluator).Evaluate(ctx, t, r)
}

// lateContext is done once it was asked so often.
type lateContext struct {
	context.Context
	left int
}

func (c *lateContext) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return c.Context.Err()
}

// notes are what the study has noted of its epochs.
func (s *search) notes(t *testing.T) []notes.Epoch {
	t.Helper()
	n, err := notes.Read(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	return n.Epochs
}

// matches checks that a study which was stopped has come to the trials and notes of one that was not.
func (s *search) matches(t *testing.T, algo string, whole *search) {
	t.Helper()
	if !same(s.outcomes, whole.outcomes) {
		t.Errorf("%s: trials\n%v\nwithout a stop\n%v", algo, bare(s.outcomes), bare(whole.outcomes))
	}
	// NaN is not equal to itself: the notes are compared as they print.
	if a, b := s.notes(t), whole.notes(t); fmt.Sprint(a) != fmt.Sprint(b) {
		t.Errorf("%s: notes\n%v\nwithout a stop\n%v", algo, a, b)
	}
}

// refused is the error that a searcher of these options does not fit a benchmark with.
func refused(t *testing.T, benchmark, algo string) error {
	t.Helper()
	b, _, err := evolve.Benchmarks.OpenText(benchmark)
	if err != nil {
		t.Fatal(err)
	}
	spec, err := evolve.ParseSpec(algo)
	if err != nil {
		t.Fatal(err)
	}
	e, o, err := evolve.Searchers.Resolve(spec)
	if err != nil {
		return err
	}
	return errors.Join(e.Unfit(o), e.Fit(o, b.Problem()))
}
