package evolve

// meter holds what a study has used of its bounds other than trials.
//
// A bound decides when a study ends and nothing before that: until then all bounds see the same trials in the same
// order. Costs are known when a trial ends, so that the clock and the sum of costs are read there. Epochs are known
// when a trial is asked for, so that none is trained for nothing.
type meter struct {
	of     *Study
	now    float64 // the latest end of a trial
	spent  float64 // costs of all trials that ended
	epochs int     // of all trials that were started, less what those that ended were not trained for
	free   int     // trials in a row that brought no bound nearer
	closed bool    // nothing is started any more
}

// A study without a bound of trials ends when this many in a row cost nothing: its searcher is repeating what it
// knows, and the clock stands still.
const maxFree = 1 << 20

// Costs are added up in the order in which trials end, and bounds may be products: two sums of the same costs differ
// in their last digits. This is far above what rounding does and far below what a training costs.
const spentTolerance = 1e-9

// metered says whether there is another bound than that of trials.
func (s *Study) metered() bool { return s.Budget > 0 || s.Spent > 0 || s.Epochs > 0 }

// admits says whether a proposal may be started within the bound of epochs. The first that may not ends the study.
func (m *meter) admits(p *Proposal) bool {
	n := m.of.Problem.EpochsOf(p)
	if m.closed = m.epochs >= m.of.Epochs || m.epochs+n > m.of.Epochs && !m.of.Overshoot; m.closed {
		return false
	}
	m.epochs += n
	return true
}

// counts says whether an outcome counts. A pool of real workers may deliver one that ended past the bound of seconds
// before others that ended within it.
func (m *meter) counts(o *Outcome) bool {
	s := m.of
	m.spent += o.Cost
	passed, moved := false, false
	if s.Budget > 0 {
		if m.now = max(m.now, o.End); s.Abreast {
			passed = o.End > s.Budget
		} else {
			passed = m.now > s.Budget
		}
		m.closed, moved = m.closed || m.now >= s.Budget, o.Cost > 0
	}
	if s.Spent > 0 {
		m.closed = m.closed || m.spent >= s.Spent*(1-spentTolerance)
		passed, moved = passed || m.spent > s.Spent*(1+spentTolerance), moved || o.Cost > 0
	}
	if s.Epochs > 0 {
		n := s.Problem.EpochsTrained(o)
		m.epochs -= s.Problem.EpochsOf(&o.Proposal) - n
		moved = moved || n > 0
	}
	if passed && !s.Overshoot {
		return false
	}
	if m.free++; moved {
		m.free = 0
	}
	m.closed = m.closed || m.free == maxFree && s.Trials <= 0
	return true
}

// EpochsOf is for how many epochs a proposal asks to train: those of its fidelity or, where that goes on with a shorter
// training, those that are left. What a searcher knows is not trained. Where it trains shared weights itself a proposal
// says for how many epochs, and 0 is none.
func (p *Problem) EpochsOf(q *Proposal) int {
	n := len(p.Fidelities)
	switch {
	case q.Known != nil:
		return 0
	case p.Sharing != nil:
		return q.Epochs
	case n == 0:
		return 0
	}
	epochs := q.Epochs
	if epochs == 0 {
		epochs = p.Fidelities[n-1].Epochs
	}
	if q.Trained == 0 {
		return epochs
	}
	for i := range p.Fidelities {
		if f := &p.Fidelities[i]; f.Epochs == epochs && f.Resumes {
			return max(0, epochs-q.Trained)
		}
	}
	return epochs
}

// EpochsTrained is for how many epochs a trial that ended was trained: as many as it asked for, unless it failed at no
// cost, such as a refused cell. One that failed at a cost counts as trained to its end, since nobody knows how far it
// came.
func (p *Problem) EpochsTrained(o *Outcome) int {
	if o.Err != nil && o.Cost == 0 {
		return 0
	}
	return p.EpochsOf(&o.Proposal)
}
