package search

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/features"
	"github.com/amoeba-nas/amoeba/evolve/forest"
	"github.com/amoeba-nas/amoeba/evolve/gauss"
)

// FreezeThaw trains by single steps, from one fidelity to the next, and before every step chooses among all trainings
// that were begun, and new ones, by how their curves are likely to end: Swersky, Snoek and Adams, "Freeze-Thaw Bayesian
// Optimization", 2014, arXiv:1406.3896; that any paused training may go on is also Rakotoarison et al., "In-Context
// Freeze-Thaw Bayesian Optimization" (ifBO), ICML 2024, arXiv:2404.16795.
//
// Its model is an ensemble of curves in place of the papers' Gaussian process and network. The logarithm of the loss
// after e epochs is c + a·g(e) and noise, where g falls from 1 after the first fidelity to 0 after the last, so that c
// is how the training ends. There is a g for each of some powers and exponentials; c and a are normal over all
// trainings, and these normal distributions, the noise and how common each g is are learned by expectation and
// maximisation. A new architecture's c is what a random forest over its features says, which learns from the c of the
// curves so far; it stays the prior of its training. The step is taken that promises the largest expected improvement
// on the best loss after the last fidelity, divided by the epochs that are still to go until there. Of equal promises
// the earlier training goes on.
//
// It claims to beat random search on nasnet-digits alone. The other embedded benchmark whose trainings resume is
// digits201, on which short trainings say next to nothing of how long ones end (docs/digits201-fidelities.md).
//
// A failed training never goes on. Schedules that do not resume are refused: each step would be charged from the
// beginning.
type FreezeThaw struct {
	Start    int    // random architectures to begin with, of which each takes one step
	Features string // encoding that the forest sees
	Repeat   string // charge, cache or skip; "" is charge
	Same     string // genome or network; "" is genome

	levels []evolve.Fidelity
	space  evolve.Space
	r      *rand.Rand
	memory memory
	around *candidates
	coder  *features.Coder

	trials []thawTrial // by Tag
	rows   forest.Rows // of their features
	curves thawCurves
	forest forest.Forest
	grown  bool
	best   float64 // logarithm of the best loss after the last fidelity
	told   int
	due    int // of told, when the model is fitted again

	fresh  []thawFresh   // that may begin
	found  []evolve.Arch // scratch
	ranked []evolve.Arch
	one    forest.Rows
	row    []float32
}

// thawTrial is a training.
type thawTrial struct {
	arch     evolve.Arch
	id       int       // of its latest trial
	z        []float64 // logarithms of its losses, by fidelity
	stopped  bool      // it runs or has failed
	prior    normal    // of its end, before it began
	end      normal    // of its end, now
	features bool      // prior is the forest's
}

// thawFresh is an architecture that may begin, and what the forest says of its end.
type thawFresh struct {
	arch  evolve.Arch
	prior normal
}

// normal is a normal distribution.
type normal struct{ mean, variance float64 }

// Nothing is known of a loss of 0 but that it is low: this is added to all.
const thawFloor = 1e-3

// Architectures that are looked at for a new training, in place of the papers' baskets.
const thawNew = 40

// The part of the variance over all trainings that a forest's answer has at least.
const thawDoubt = 0.1

func init() {
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{
		Name:  "freeze-thaw",
		Doc:   "any paused training goes on by a step, or a new one begins: whichever curve promises the best end",
		Paper: "Swersky, Snoek and Adams, 2014, arXiv:1406.3896; Rakotoarison et al., ICML 2024, arXiv:2404.16795",
		Params: append([]evolve.Param{
			evolve.Int("start", 10, 2, maxPopulation, "random architectures to begin with (10, as tpe)").Logarithmic(),
			featuresParam(),
		}, repeatParams(repeatSkip)...),
		Needs:  func(evolve.Options) evolve.Needs { return evolve.Schedules | evolve.Resumes | evolve.Encodes },
		Models: true,
		Claims: []evolve.Claim{secondsClaim("nasnet-digits", 100)},
		New: func(o evolve.Options) (evolve.Searcher, error) {
			s := &FreezeThaw{Start: o.Int("start"), Features: o.Text("features")}
			s.Repeat, s.Same = repeatOptions(o)
			return s, nil
		},
	})
}

func (s *FreezeThaw) Init(p evolve.Problem, r *rand.Rand) error {
	fail := func(err error) error { return fmt.Errorf("freeze-thaw: %w", err) }
	if s.Start < 2 {
		return fail(fmt.Errorf("start=%d: want at least 2: %w", s.Start, evolve.ErrInvalid))
	}
	if err := (evolve.Schedules | evolve.Resumes | evolve.Encodes).Check(p); err != nil {
		return fail(err)
	}
	*s = FreezeThaw{Start: s.Start, Features: s.Features, Repeat: s.Repeat, Same: s.Same, levels: p.Fidelities,
		space: p.Space, r: r, around: newCandidates(p.Space, 0, r), best: math.Inf(1), due: s.Start}
	if err := s.memory.begin("freeze-thaw", p.Space, r, s.Repeat, s.Same); err != nil {
		return err
	}
	var err error
	if s.coder, err = features.NewCoder(p.Space, cmp.Or(s.Features, features.Auto)); err != nil {
		return fail(err)
	}
	s.rows.Cols, s.one.Cols = s.coder.Cols(), s.coder.Cols()
	// An encoding with other numbers is refused before the first trial.
	if err := s.encode(&s.one, p.Space.Sample(evolve.Stream(0, "features"))); err != nil {
		return fmt.Errorf("freeze-thaw: features=%s: %w: %w", s.Features, err, evolve.ErrUnsupported)
	}
	s.curves.begin(s.levels)
	return nil
}

// encode adds a row of features.
func (s *FreezeThaw) encode(rows *forest.Rows, a evolve.Arch) (err error) {
	if s.row, err = s.coder.Encode(s.row[:0], a); err == nil {
		err = rows.Add(s.row)
	}
	return err
}

// Ask takes a step of some training. The Tag is the training's number. It is done when no training is paused and the
// space is used up.
func (s *FreezeThaw) Ask(p *evolve.Proposal) bool {
	t := -1
	fresh, prior := evolve.Arch(""), s.curves.end
	if len(s.trials) >= s.Start {
		s.fit()
		t, fresh, prior = s.choose()
	}
	if t < 0 {
		if s.memory.stuck() {
			return s.goOn(p, s.paused())
		}
		if fresh == "" {
			var ok bool
			if fresh, ok = s.memory.draw(func() evolve.Arch { return s.space.Sample(s.r) }); !ok {
				return s.goOn(p, s.paused())
			}
		} else {
			s.memory.mark(fresh)
		}
		if err := s.encode(&s.rows, fresh); err != nil {
			return false // its space refused what it proposed itself
		}
		t = len(s.trials)
		s.trials = append(s.trials, thawTrial{arch: fresh, prior: prior, features: s.grown})
	}
	return s.goOn(p, t)
}

// goOn proposes the next step of a training; -1 is none.
func (s *FreezeThaw) goOn(p *evolve.Proposal, t int) bool {
	if t < 0 {
		return false
	}
	x := &s.trials[t]
	x.stopped = true
	k := len(x.z)
	p.Arch, p.Epochs, p.Tag = x.arch, s.levels[k].Epochs, t
	if k > 0 {
		if s.levels[k].Resumes {
			p.From, p.Trained = x.id, s.levels[k-1].Epochs
		}
	} else {
		p.Known = s.memory.recall(x.arch)
	}
	return true
}

// paused is the first training that may go on; -1 for none.
func (s *FreezeThaw) paused() int {
	for i := range s.trials {
		if x := &s.trials[i]; !x.stopped && len(x.z) < len(s.levels) {
			return i
		}
	}
	return -1
}

// choose takes what promises most: a paused training, or -1 and a new architecture with the forest's answer.
func (s *FreezeThaw) choose() (t int, fresh evolve.Arch, prior normal) {
	t, most := -1, math.Inf(-1)
	promise := func(end normal, epochs int) float64 {
		left := s.levels[len(s.levels)-1].Epochs - epochs
		sd := math.Sqrt(end.variance + s.curves.noise)
		return gauss.Round(gauss.LogExpectedImprovement(-end.mean, sd, -s.target()) - math.Log(float64(left)))
	}
	for i := range s.trials {
		if x := &s.trials[i]; !x.stopped && len(x.z) < len(s.levels) {
			if y := promise(x.end, s.levels[len(x.z)-1].Epochs); y > most {
				t, most = i, y
			}
		}
	}
	at := -1
	for i, f := range s.fresh {
		if y := promise(f.prior, 0); y > most {
			t, at, most = -1, i, y
		}
	}
	if at >= 0 {
		fresh, prior = s.fresh[at].arch, s.fresh[at].prior
		s.fresh = slices.Delete(s.fresh, at, at+1)
	}
	return t, fresh, prior
}

// target is the loss to improve on: the best after the last fidelity, or before there is one where trainings end on
// average. With the best that is expected of a training in its place none would ever be worth its last step.
func (s *FreezeThaw) target() float64 {
	if !math.IsInf(s.best, 1) {
		return s.best
	}
	return s.curves.end.mean
}

// guess is what the forest says of an architecture's end.
func (s *FreezeThaw) guess(a evolve.Arch) normal {
	s.one.X = s.one.X[:0]
	if !s.grown || s.encode(&s.one, a) != nil {
		return s.curves.end
	}
	mean, sd := s.forest.Predict(s.one.Row(0))
	return normal{mean, float64(sd*sd) + float64(thawDoubt*s.curves.end.variance)}
}

// fit brings the model up to date, now and then, and with it what may begin.
func (s *FreezeThaw) fit() {
	if s.told >= s.due {
		s.grow()
	} else if len(s.fresh) > 0 {
		return
	}
	s.found = s.around.near(s.found[:0], thawNew, s.ranked, s.memory.has)
	s.fresh = s.fresh[:0]
	for _, a := range s.found {
		s.fresh = append(s.fresh, thawFresh{a, s.guess(a)})
	}
}

// grow fits the curves and the forest.
func (s *FreezeThaw) grow() {
	s.due = s.told + max(5, s.told/20)
	ends := s.curves.learn(s.trials)
	// Those that failed at once have no curve: the worst end there is.
	worst := math.Inf(-1)
	for _, y := range ends {
		if y == y {
			worst = max(worst, y)
		}
	}
	if math.IsInf(worst, -1) {
		return
	}
	for i, y := range ends {
		if y != y {
			ends[i] = worst
		}
	}
	p := forest.Params{Trees: smacTrees, Columns: smacColumns, MinLeaf: 1, Random: true}
	s.grown = s.forest.Grow(s.rows, ends, p, smacTrees/3, s.r) == nil
	order := make([]int, 0, len(s.trials))
	for i := range s.trials {
		x := &s.trials[i]
		if len(x.z) > 0 {
			x.end = s.forecast(x)
			order = append(order, i)
		}
	}
	sortBy(order, func(i int) float64 { return gauss.Round(s.trials[i].end.mean) })
	s.ranked = s.ranked[:0]
	for _, i := range order {
		s.ranked = append(s.ranked, s.trials[i].arch)
	}
}

// forecast is how a training ends, by its curve and what was known before it began.
func (s *FreezeThaw) forecast(x *thawTrial) normal {
	prior := s.curves.end
	if x.features {
		prior = x.prior
	}
	return s.curves.forecast(x.z, prior)
}

func (s *FreezeThaw) Tell(t *evolve.Trial, r *evolve.Result) error {
	x := &s.trials[t.Tag]
	if len(x.z) == 0 {
		s.memory.told(t, r)
	}
	s.told++
	if math.IsInf(r.Loss, 1) || t.Known != nil {
		return nil // what came from memory has no training to go on with
	}
	z := math.Log(max(r.Loss, 0) + thawFloor)
	x.stopped, x.id, x.z = false, t.ID, append(x.z, z)
	if len(x.z) == len(s.levels) {
		s.best = min(s.best, z)
	}
	x.end = s.forecast(x)
	return nil
}
