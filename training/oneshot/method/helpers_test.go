package method

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/evolvetest"
	"github.com/amoeba-nas/amoeba/evolve/notes"
)

// tiny is a supernet whose epoch has two steps.
const tiny = "oneshot:digits,F=2,batch=32,images=64"

// search is a study of a searcher on shared weights, in a folder of the test.
type search struct {
	dir      string
	workers  int // 0 is one
	searcher evolve.Searcher
	outcomes []evolve.Outcome // as the journal has them, by number
	// What cancels it: so many outcomes, this trial while it is evaluated, the first checkpoint. 0 and false never do.
	stop, within int
	kept         bool

	evaluator evolve.Evaluator
	cancel    context.CancelFunc
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

// run begins the study, or goes on with what was recorded before. A searcher that trains is its own evaluator.
func (s *search) run(t *testing.T, benchmark, algo string, trials int) error {
	t.Helper()
	b, err := evolvetest.Open(t, evolve.Benchmarks, benchmark).(evolve.Trainer).In(s.dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.searcher, s.evaluator = evolvetest.Open(t, evolve.Searchers, algo), b
	if own, ok := s.searcher.(evolve.Evaluator); ok {
		s.evaluator = own
	}
	if trials == 0 {
		trials = 1000
	}
	past := slices.Clone(s.outcomes)
	var ctx context.Context
	ctx, s.cancel = context.WithCancel(t.Context())
	defer s.cancel()
	pool := evolve.Local(s, evolve.LocalOptions{Window: max(1, s.workers), Past: past, Journal: s})
	_, err = (&evolve.Study{Problem: b.Problem(), Searcher: s.searcher, Pool: pool, Seed: 7, Trials: trials}).Run(ctx)
	pool.Drain()
	slices.SortFunc(s.outcomes, func(a, b evolve.Outcome) int { return cmp.Compare(a.ID, b.ID) })
	return err
}

// Evaluate is called by the pool.
func (s *search) Evaluate(ctx context.Context, t *evolve.Trial, r *evolve.Result) error {
	if t.ID == s.within {
		ctx = &lateContext{ctx, 3}
	}
	if s.kept {
		ctx = stopping{ctx, s.dir}
	}
	return s.evaluator.Evaluate(ctx, t, r)
}

// stopping is a context that ends when a folder has a checkpoint.
type stopping struct {
	context.Context
	dir string
}

func (s stopping) Err() error {
	if kept, _ := filepath.Glob(filepath.Join(s.dir, "*.ckpt")); len(kept) > 0 {
		return context.Canceled
	}
	return s.Context.Err()
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

// answer is what the searcher recommends.
func (s *search) answer() evolve.Arch {
	a, _ := s.searcher.(evolve.Recommender).Recommend()
	return a
}

// bare are outcomes without what is measured.
func bare(of []evolve.Outcome) (all []evolve.Outcome) {
	for _, o := range of {
		o.Cost, o.Start, o.End, o.Known = 0, 0, 0, nil
		all = append(all, o)
	}
	return all
}

func same(a, b []evolve.Outcome) bool {
	return slices.EqualFunc(bare(a), bare(b), func(x, y evolve.Outcome) bool {
		return x.Trial == y.Trial && x.Loss == y.Loss && x.Found == y.Found && x.Err == nil && y.Err == nil
	})
}

// checkpoint is the bytes of the one that a study has kept last.
func checkpoint(t testing.TB, dir string) (path string, text []byte) {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(dir, "*.ckpt"))
	if err != nil || len(all) == 0 {
		t.Fatalf("checkpoints of %s: %v, %v", dir, all, err)
	}
	path = slices.Max(all)
	if text, err = os.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	return path, text
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

// matches checks that a study which was stopped has come to the trials, notes, answer and last checkpoint of one that
// was not.
func (s *search) matches(t *testing.T, algo string, whole *search) {
	t.Helper()
	if !same(s.outcomes, whole.outcomes) {
		t.Errorf("%s: trials\n%v\nwithout a stop\n%v", algo, bare(s.outcomes), bare(whole.outcomes))
	}
	// NaN is not equal to itself: the notes are compared as they print.
	if a, b := s.notes(t), whole.notes(t); fmt.Sprint(a) != fmt.Sprint(b) {
		t.Errorf("%s: notes\n%v\nwithout a stop\n%v", algo, a, b)
	}
	if a, b := s.answer(), whole.answer(); a != b || a == "" {
		t.Errorf("%s answers %q after a stop, %q without", algo, a, b)
	}
	_, a := checkpoint(t, s.dir)
	if _, b := checkpoint(t, whole.dir); !bytes.Equal(a, b) {
		t.Errorf("%s: another state after a stop", algo)
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
