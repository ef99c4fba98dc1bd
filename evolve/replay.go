package evolve

import (
	"context"
	"fmt"
)

// Replay returns an evaluator that answers from a journal the trials it holds, by ID, and
// passes the rest on to e. Resuming a simulated study is running it again over this: clock,
// heap and trials in flight rebuild themselves. (Local answers its past itself.) A trial that is
// not the recorded one is ErrDiverged.
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
	if err := diverged(t, o); err != nil {
		return err
	}
	*r = o.Result
	return o.Err
}

// diverged says how a trial differs from the recorded one of its number.
func diverged(t *Trial, o *Outcome) error {
	a, b := t.Proposal, o.Proposal
	a.Known, b.Known = nil, nil
	if a == b && t.Seed == o.Seed {
		return nil
	}
	for _, x := range []struct {
		what       string
		asks, have any
	}{
		{"architecture", t.Arch, o.Arch}, {"epochs", t.Epochs, o.Epochs}, {"the weights of trial", t.From, o.From}, {"epochs before", t.Trained, o.Trained},
		{"parents", t.Parents, o.Parents}, {"tag", t.Tag, o.Tag}, {"seed", t.Seed, o.Seed},
	} {
		if x.asks != x.have {
			return fmt.Errorf("trial %d asks for %s %v, the journal has %v: %w", t.ID, x.what, x.asks, x.have, ErrDiverged)
		}
	}
	return nil
}
