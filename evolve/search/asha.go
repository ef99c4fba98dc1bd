package search

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/amoeba-nas/amoeba/evolve"
)

// ASHA is asynchronous successive halving by promotion: Li, Jamieson, Rostamizadeh, Gonina, Ben-tzur, Hardt, Recht
// and Talwalkar, "A System for Massively Parallel Hyperparameter Tuning", MLSys 2020, arXiv:1810.05934, Algorithm 2.
// Rungs are lengths of training. Whenever a worker is free, the best architecture that is among the ⌊n/η⌋ best of the
// n that finished a rung, and was not promoted yet, is trained at the next rung, higher rungs first; where there is
// none, a new architecture starts at the lowest rung. Nobody waits for a rung to be complete.
//
// As published, new architectures are drawn at random. With another searcher as Inner that searcher proposes them; it
// is told of its trials at the lowest rung and, if it is an [evolve.Learner], learns from the promoted ones.
//
// With Stopping it is the variant of asynchronous halving that Ray Tune and Optuna have, which never comes back to
// anybody: whoever finishes a rung goes on at once if he is among the max(1, ⌊n/η⌋) best of the n that have finished it
// so far, and stops for ever otherwise. The first to arrive goes on.
//
// With Front trials are compared by all objectives, as MO-ASHA does (Schmucker, Donini, Zafar, Salinas and Archambeau,
// "Multi-objective Asynchronous Successive Halving", 2021, arXiv:2106.12639): by the non-dominated front of the rung
// that they are in and, within one, by how lonely they are there. Of the orders within a front that the paper tries
// this is NSGA-II's, by crowding distance, and not that of the epsilon net. With one objective it is the order of
// losses. On nb201:cifar10, error and raspi4's latency, full trainings of 1,000,000 seconds miss 5.4 % of the front's
// hypervolume, by fronts 3.5 %, and by fronts with nsga2 as Inner 1.3 %; nsga2 alone misses 1.7 %.
//
// The paper leaves three things open. Of equal losses the earlier trial is better. A failed trial counts among the n
// and is never promoted. An answer that Inner gave itself from memory is of an architecture that is on the rung
// already, and is not entered twice.
type ASHA struct {
	Eta      int             // η, one in so many is promoted
	Stopping bool            // who is not among the best when he arrives is never promoted
	Front    bool            // the best are those of the first fronts of all objectives
	Inner    evolve.Searcher // proposes at the lowest rung; nil is Random

	levels []evolve.Fidelity
	rungs  []promoter  // one for each level but the last
	going  []promotion // under Stopping: who goes on, the first that arrived first
	nest   nest

	numbers int // of objectives
	values  []float64
}

func init() {
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{
		Name: "asha",
		Doc:  "asynchronous successive halving by promotion: the best of what was trained a little is trained longer",
		Paper: "Li, Jamieson, Rostamizadeh, Gonina, Ben-tzur, Hardt, Recht and Talwalkar, " +
			"MLSys 2020, arXiv:1810.05934",
		LossesBy: func(o evolve.Options) evolve.Losses {
			if o.Text("by") == "front" {
				return evolve.UpToScale // crowding distances are of values
			}
			return evolve.ByRank
		},
		Params: []evolve.Param{
			etaParam(),
			innerParam(),
			evolve.Choice("type", "go back to whoever is among the best by now, or decide for ever on arrival",
				"promotion", "stopping").AddedLater(),
			evolve.Choice("by", "the best of a rung are those of the lowest losses, or those of the first fronts "+
				"of all objectives", "loss", "front").AddedLater(),
		},
		Needs:  func(evolve.Options) evolve.Needs { return evolve.Schedules },
		Fronts: func(o evolve.Options) bool { return o.Text("by") == "front" },
		Claims: []evolve.Claim{
			secondsClaim("nb201:cifar10,source=surrogate", 200_000),
			secondsClaim("nasnet-digits", 300),
		},
		New: func(o evolve.Options) (evolve.Searcher, error) {
			inner, err := evolve.Searchers.OpenNested(o, "inner")
			if err != nil {
				return nil, err
			}
			return &ASHA{Eta: o.Int("eta"), Stopping: o.Text("type") == "stopping", Front: o.Text("by") == "front",
				Inner: inner}, nil
		},
	})
}

func (s *ASHA) Init(p evolve.Problem, r *rand.Rand) error {
	if err := wantEta("asha", s.Eta); err != nil {
		return err
	}
	levels, err := Rungs(p, s.Eta)
	if err != nil {
		return fmt.Errorf("asha: %w", err)
	}
	*s = ASHA{Eta: s.Eta, Stopping: s.Stopping, Front: s.Front, Inner: s.Inner, levels: levels,
		numbers: len(p.Objectives)}
	s.rungs = make([]promoter, len(s.levels)-1)
	for i := range s.rungs {
		if s.rungs[i] = newRung(); s.Front && s.numbers > 1 {
			s.rungs[i] = new(frontRung)
		}
	}
	if err := s.nest.begin(orRandom(s.Inner), p.At(s.levels[0].Epochs), r); err != nil {
		return fmt.Errorf("asha: inner: %w", err)
	}
	return nil
}

// Ask promotes where it can, and otherwise asks the inner searcher. The Tag of a promoted trial is its rung, counted
// from 0 at the bottom.
func (s *ASHA) Ask(p *evolve.Proposal) bool {
	if e, k := s.promote(); e != nil {
		p.Arch, p.Epochs, p.Tag = e.arch, s.levels[k+1].Epochs, k+1
		if s.levels[k+1].Resumes {
			p.From, p.Trained = e.id, s.levels[k].Epochs
		}
		return true
	}
	if !s.nest.ask(p, 0) {
		return false
	}
	p.Epochs = s.levels[0].Epochs
	return true
}

// promotion is somebody to be promoted and the rung that he has finished.
type promotion struct {
	entrant
	from int
}

// promote chooses whom to promote from which rung; nil for nobody.
func (s *ASHA) promote() (*entrant, int) {
	if len(s.going) > 0 {
		g := s.going[0]
		s.going = s.going[1:]
		return &g.entrant, g.from
	}
	for k := len(s.rungs) - 1; k >= 0 && !s.Stopping; k-- {
		if e := s.rungs[k].promote(); e != nil {
			return e, k
		}
	}
	return nil, 0
}

func (s *ASHA) Tell(t *evolve.Trial, r *evolve.Result) error {
	k := t.Tag
	if s.nest.owns(t) {
		var err error
		if k, err = s.nest.tell(t, r); err != nil {
			return err
		}
	} else {
		s.nest.learn(t, r)
	}
	if k == len(s.rungs) || t.Known != nil {
		return nil
	}
	s.values = objectives(s.values, s.numbers, r)
	e := entrant{t.Arch, t.ID, r.Loss}
	if !s.Stopping {
		s.rungs[k].add(e, s.values, s.Eta, 0)
	} else if s.rungs[k].add(e, s.values, s.Eta, 1) && !math.IsInf(r.Loss, 1) {
		s.going = append(s.going, promotion{e, k})
	}
	return nil
}

// promoter keeps who finished a rung, and which of these are the best.
type promoter interface {
	// add adds a trial with the values of its objectives, which must not be kept. It says whether the trial is among
	// the ⌊n/η⌋ best of all n; where least is more than these, among so many.
	add(e entrant, values []float64, eta, least int) bool
	// promote returns the best that was not promoted and did not fail, and marks it; nil for none.
	promote() *entrant
}

// rung orders trials by their losses. The ⌊n/η⌋ best of n are in top, the others in rest; those of top that were not
// promoted are in ready. Where least is given, top has at least so many. Adding one and promoting one takes time in the
// logarithm of n.
type rung struct {
	all   []entrant
	state []state
	top   heap // the worst first
	rest  heap // the best first
	ready heap // the best first; who has left top is passed over
}

// entrant is a trial that finished a rung.
type entrant struct {
	arch evolve.Arch
	id   int
	loss float64
}

// state is a set of what holds of an entrant.
type state uint8

const (
	isTop state = 1 << iota
	isReady
	isPromoted
)

func newRung() *rung {
	r := new(rung)
	better := func(a, b int) bool {
		x, y := &r.all[a], &r.all[b]
		return cmp.Or(cmp.Compare(x.loss, y.loss), cmp.Compare(x.id, y.id)) < 0
	}
	worse := func(a, b int) bool { return better(b, a) }
	*r = rung{top: heap{before: worse}, rest: heap{before: better}, ready: heap{before: better}}
	return r
}

func (r *rung) add(e entrant, _ []float64, eta, least int) bool {
	i, n := len(r.all), len(r.all)
	r.all, r.state = append(r.all, e), append(r.state, 0)
	// The new one may take the place of the worst of top.
	if len(r.top.at) > 0 && r.top.before(r.top.at[0], i) {
		r.rise(i)
		i = r.top.pop()
		r.state[i] &^= isTop
	}
	r.rest.push(i)
	if max(least, len(r.all)/eta) > len(r.top.at) {
		r.rise(r.rest.pop())
	}
	return r.state[n]&isTop != 0
}

// rise brings an entrant into top.
func (r *rung) rise(i int) {
	r.top.push(i)
	r.state[i] |= isTop
	if r.state[i]&(isReady|isPromoted) == 0 && !math.IsInf(r.all[i].loss, 1) {
		r.state[i] |= isReady
		r.ready.push(i)
	}
}

func (r *rung) promote() *entrant {
	for len(r.ready.at) > 0 {
		i := r.ready.pop()
		r.state[i] &^= isReady
		if r.state[i]&isTop != 0 {
			r.state[i] |= isPromoted
			return &r.all[i]
		}
	}
	return nil
}
