package lab

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
)

// Unjudged is the answer of a run, the training of which has failed: nothing is reported of it.
type Unjudged struct {
	Label string // the algorithm's
	Run   int
	Arch  string
	Err   error
}

// score fills in what is reported of a run's answer where that takes a training of its own. One that fails leaves it
// unknown.
func (s *training) score(ctx context.Context, end *journal.Entry) error {
	f, ok := evolve.As[evolve.Finisher](s.bench)
	if !ok || end.Arch == "" || !math.IsNaN(end.ValError) && !math.IsNaN(end.TestError) {
		return nil
	}
	score, err := f.Finish(ctx, &s.answer)
	if err != nil && !errors.Is(err, evolve.ErrFailed) {
		return fmt.Errorf("%s, run %d: the training of its answer %s: %w", s.arm.Label, s.run, end.Arch, err)
	}
	if err != nil {
		s.o.Observer.Report(Unjudged{s.arm.Label, s.run, end.Arch, err})
		return nil
	}
	end.ValError, end.TestError = score.Val, score.Test
	return nil
}
