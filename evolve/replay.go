package evolve

import (
	"context"
	"fmt"
)

// Replay returns an evaluator that answers from a journal the trials it holds, by ID, and
// passes the rest on to e. Resuming a study is running it again over this: clock, heap and
// trials in flight rebuild themselves. A trial that is not the recorded one is ErrDiverged.
func Replay(past []Outcome, e Evaluator) Evaluator {
	known := make(map[int]*Outcome, len(past))
	for i := range past {
		known[past[i].ID] = &past[i]
	}
	return &replay{known, e}
}

type replay struct {
	known map[int]*Outcome // read only: a pool may evaluate on several goroutines
	next  Evaluator
}

func (p *replay) Evaluate(ctx context.Context, t *Trial, r *Result) error {
	o, ok := p.known[t.ID]
	if !ok {
		return p.next.Evaluate(ctx, t, r)
	}
	a, b := t.Proposal, o.Proposal
	a.Known, b.Known = nil, nil
	if a != b || t.Seed != o.Seed {
		return fmt.Errorf("trial %d asks for %+v with seed %d, the journal has %+v with seed %d: %w", t.ID, a, t.Seed, b, o.Seed, ErrDiverged)
	}
	*r = o.Result
	return o.Err
}
