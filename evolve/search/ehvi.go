package search

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/features"
	"github.com/amoeba-nas/amoeba/evolve/gauss"
	"github.com/amoeba-nas/amoeba/evolve/pareto"
)

// EHVI is Bayesian optimization of two objectives: after every result it proposes the architecture of the greatest
// expected hypervolume improvement (Emmerich, Giannakoglou and Naujoks, "Single- and Multiobjective Evolutionary
// Optimization Assisted by Gaussian Random Field Metamodels", IEEE Trans. Evol. Comput. 10, 2006), computed as
// [gauss.Front.Improvement] says, with a Gaussian process of its own for each objective, over the features of [GP].
//
// An objective that is known of an architecture without training it, as a number of weights is where the benchmark has
// it as a training-free score, is not modelled but known. A loss beyond the reference point, where no hypervolume is,
// counts as if it were there, since a process that must fit the hopeless cells cannot tell the good ones apart. An
// objective without a reference point has one behind the worst loss so far. Every architecture of a listed space of up
// to 40,000 is looked at, of other spaces 200 candidates near the front, see candidates.near.
// Hyper-parameters are fitted anew whenever there is a quarter more to fit them to. What runs on other workers counts
// as if it had ended at the mean.
//
// A process is of at most ehviMost results, since its cost grows with their cube: see ehviKept for those that stay. The
// front is that of all results.
type EHVI struct {
	Start  int             // random architectures to begin with
	First  evolve.Searcher // proposes them; nil samples the space
	Repeat string
	Same   string

	problem evolve.Problem
	r       *rand.Rand
	memory  memory
	opening opening
	around  *candidates
	near    *gpDrawn
	axes    [2]ehviAxis
	failed  error // what nobody could say of an architecture, such as a score that it has not

	// By trial, in the order of asking.
	archs []evolve.Arch
	loss  [][2]float64
	state []ehviState
	rows  []int // the trials that are rows of the processes, rising
	known int   // trials that were told
	fit   int   // trials that were told when the hyper-parameters were fitted

	bounds []float64 // scratch of best
}

// ehviState is what is known of a trial.
type ehviState uint8

const (
	ehviRuns ehviState = iota
	ehviTold
	ehviFailed
)

func init() {
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{
		Name: "ehvi",
		Doc: "Bayesian optimization of two objectives with a Gaussian process for each that is not known without " +
			"training: expected hypervolume improvement, over the whole of a listed space",
		Paper: "Emmerich, Giannakoglou and Naujoks, IEEE Trans. Evol. Comput. 10, 2006; " +
			"Yang, Emmerich, Deutz and Bäck, J. Global Optimization 75, 2019",
		Params: append([]evolve.Param{
			// 150 trials on nb201:cifar10, error and latency:raspi4, reach 95.8 % of the hypervolume with 10, 96.1 %
			// with 20 and 96.0 % with 30 (means of 20 runs); error and params 97.1 % with 10 and 98.4 % with 20.
			evolve.Int("start", 20, 2, maxPopulation, "random architectures to begin with"),
			initParam(),
		}, repeatParams(repeatSkip)...),
		Models: true,
		Losses: evolve.ByValue, // beside the reference point
		Claims: []evolve.Claim{
			{On: sizedNB201, By: evolve.ByTrials, Budget: 60, Over: "random"},
		},
		Needs: func(evolve.Options) evolve.Needs { return evolve.Encodes | evolve.Objectives },
		Suits: func(_ evolve.Options, p evolve.Problem) error { return ehviSuits(p) },
		New: func(o evolve.Options) (evolve.Searcher, error) {
			s := &EHVI{Start: o.Int("start")}
			s.Repeat, s.Same = repeatOptions(o)
			var err error
			s.First, err = openInit(o)
			return s, err
		},
	})
}

// sizedNB201 is a benchmark of two objectives that needs no imported table.
const sizedNB201 = "nb201:cifar10,source=surrogate,objectives=error+params"

// ehviSuits refuses more objectives than two.
func ehviSuits(p evolve.Problem) error {
	if n := len(p.Objectives); n != 2 {
		return fmt.Errorf("the benchmark has %d objectives, the improvement of a hypervolume is computed for 2: %w", n,
			evolve.ErrUnsupported)
	}
	return nil
}

func (s *EHVI) Init(p evolve.Problem, r *rand.Rand) error {
	err := (evolve.Encodes | evolve.Objectives).Check(p)
	if err == nil {
		err = ehviSuits(p)
	}
	if err == nil && s.Start < 2 {
		err = fmt.Errorf("start=%d: want at least 2: %w", s.Start, evolve.ErrInvalid)
	}
	if err != nil {
		return fmt.Errorf("ehvi: %w", err)
	}
	*s = EHVI{Start: s.Start, First: s.First, Repeat: s.Repeat, Same: s.Same, problem: p, r: r}
	if err := s.memory.begin("ehvi", p.Space, r, s.Repeat, s.Same); err != nil {
		return err
	}
	if err := s.opening.begin("ehvi", s.First, p, r, &s.memory); err != nil {
		return err
	}
	s.around = newCandidates(p.Space, wholeBound, r)
	if err := s.begin(); err != nil {
		return fmt.Errorf("ehvi: %w", err)
	}
	return nil
}

// begin makes the axes.
func (s *EHVI) begin() error {
	coder := &gpCoder{problem: s.problem, encoding: features.Auto}
	if err := coder.begin("matern"); err != nil {
		return err
	}
	s.near = newGPDrawn(coder, s.around, &s.memory)
	for k := range s.axes {
		a := &s.axes[k]
		if a.exact = exactly(s.problem, k); a.exact == nil {
			continue
		}
		// Of a space that is not listed no place is known until some are drawn.
		if err := a.know(s.around.whole(), func(place int) evolve.Arch { return s.around.list.At(place) }); err != nil {
			return err
		}
	}
	return s.empty()
}

// empty makes the processes anew, without rows.
func (s *EHVI) empty() (err error) {
	coder := s.near.coder
	var points *gauss.Points
	if s.around.whole() > 0 {
		if points, err = coder.points(s.around); err != nil {
			return err
		}
	}
	s.rows = s.rows[:0]
	for k := range s.axes {
		switch a := &s.axes[k]; {
		case a.exact != nil:
		case points != nil:
			a.model = gauss.NewField(gauss.Matern, points)
		default:
			a.model = gauss.NewRows(gauss.Matern, coder.ends)
		}
	}
	return nil
}

func (s *EHVI) Ask(p *evolve.Proposal) bool {
	if s.failed != nil || s.memory.stuck() {
		return false
	}
	trial := len(s.archs)
	if s.known < s.Start {
		if !s.opening.ask(p, trial) {
			return false
		}
	} else {
		a, ok := s.propose()
		if !ok {
			return false
		}
		p.Arch, p.Tag, p.Known = a, trial, s.memory.recall(a)
	}
	s.archs, s.loss, s.state = append(s.archs, p.Arch), append(s.loss, [2]float64{}), append(s.state, ehviRuns)
	if s.failed == nil {
		s.failed = s.show(trial)
	}
	return true
}

// show makes a trial the next row of the processes.
func (s *EHVI) show(trial int) error {
	a := s.archs[trial]
	for k := range s.axes {
		switch model := s.axes[k].model.(type) {
		case *gauss.Field:
			model.Show(s.around.list.Index(a))
		case *gauss.Rows:
			row, err := s.near.features(a)
			if err != nil {
				return err
			}
			model.Show(row)
		}
	}
	s.rows = append(s.rows, trial)
	return nil
}

// The most results that are rows of the processes, and how many of them stay when there are more. Runs of up to 200
// trials keep all; behind them a trial costs no more than before, so that 5,000 take about a minute.
const (
	ehviMost = 200
	ehviKept = 100
)

// forget leaves ehviKept results in the processes where there are more than ehviMost, and what is running: half of them
// are the best, front by front and the latest of a front first, so that the processes are exact where it matters; the
// others are spread evenly over all trials that are left, so that they still know what is bad.
func (s *EHVI) forget(told []int) error {
	done := func(trial int) bool { return s.state[trial] != ehviRuns }
	results := 0
	for _, trial := range s.rows {
		if done(trial) {
			results++
		}
	}
	if results <= ehviMost {
		return nil
	}
	keep := make([]bool, len(s.archs))
	for trial := range keep {
		keep[trial] = !done(trial)
	}
	left := ehviKept / 2
	for _, front := range s.fronts(told) {
		slices.Sort(front)
		for _, trial := range slices.Backward(front) {
			if left > 0 {
				keep[trial], left = true, left-1
			}
		}
	}
	var others []int
	for trial, kept := range keep {
		if !kept {
			others = append(others, trial)
		}
	}
	for i := range ehviKept - ehviKept/2 {
		keep[others[i*len(others)/(ehviKept-ehviKept/2)]] = true
	}
	s.fit = 0 // hyper-parameters were of other processes
	if err := s.empty(); err != nil {
		return err
	}
	for trial, kept := range keep {
		if kept {
			if err := s.show(trial); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *EHVI) Tell(t *evolve.Trial, r *evolve.Result) error {
	if s.failed != nil {
		return fmt.Errorf("ehvi: %w", s.failed)
	}
	s.memory.told(t, r)
	trial, err := s.opening.tell(t, r)
	s.state[trial], s.loss[trial] = ehviFailed, [2]float64{valueOf(r, 0), valueOf(r, 1)}
	if x := s.loss[trial]; !math.IsInf(x[0], 1) && !math.IsInf(x[1], 1) {
		s.state[trial] = ehviTold
	}
	s.known++
	return err
}

// propose chooses an architecture and marks it.
func (s *EHVI) propose() (evolve.Arch, bool) {
	told := s.told()
	if len(told) == 0 {
		return s.memory.any() // all have failed
	}
	if s.failed = s.forget(told); s.failed != nil {
		return s.memory.any() // nobody but Tell can say so
	}
	var points [][2]float64
	var reference [2]float64
	fit := s.fit == 0 || s.known >= s.fit+max(2, s.fit/4)
	for k := range s.axes {
		reference[k] = s.learn(k, told, fit)
	}
	if fit {
		s.fit = s.known
	}
	for _, i := range told {
		points = append(points, [2]float64{s.axes[0].value(s.loss[i][0]), s.axes[1].value(s.loss[i][1])})
	}
	front := gauss.NewFront(points, reference)
	n, taken, at, err := s.look()
	best := -1
	if s.failed = err; err == nil {
		best = s.best(front, n, taken)
	}
	if best < 0 {
		return s.memory.any() // also where it failed, since nobody but Tell can say so
	}
	a := at(best)
	s.memory.mark(a)
	return a, true
}

// told are the trials that ended well.
func (s *EHVI) told() (trials []int) {
	for i, state := range s.state {
		if state == ehviTold {
			trials = append(trials, i)
		}
	}
	return trials
}

// shown are the trials that ended well and are rows of the processes.
func (s *EHVI) shown() (trials []int) {
	for _, i := range s.rows {
		if s.state[i] == ehviTold {
			trials = append(trials, i)
		}
	}
	return trials
}

// learn makes an axis know the rows, and returns the reference point in the units of its targets.
func (s *EHVI) learn(k int, told []int, fit bool) float64 {
	a := &s.axes[k]
	reference := s.reference(k, told)
	if a.exact != nil {
		return reference
	}
	shown := s.shown()
	a.measure(reference, k, s.loss, shown)
	worst := math.Inf(-1)
	for _, i := range shown {
		worst = max(worst, a.scale.target(s.loss[i][k]))
	}
	var rows []int
	var y []float64
	a.y = a.y[:0]
	for row, i := range s.rows {
		v := 0. // the mean
		switch s.state[i] {
		case ehviTold:
			v = a.scale.target(s.loss[i][k])
		case ehviFailed:
			v = worst
		}
		if a.y = append(a.y, v); s.state[i] != ehviRuns {
			rows, y = append(rows, row), append(y, v)
		}
	}
	if fit {
		a.model.Fit(rows, y)
	}
	a.model.Condition(a.y)
	return a.scale.target(reference)
}

// reference is the loss of an objective behind which there is no hypervolume: the problem's or, where that is not
// known, one half of the range so far behind the worst so far, so that the front can grow beyond what has been seen.
func (s *EHVI) reference(k int, told []int) float64 {
	if x := s.problem.Objectives[k].Reference; math.Abs(x) <= math.MaxFloat64 {
		return x
	}
	best, worst := math.Inf(1), math.Inf(-1)
	for _, i := range told {
		best, worst = min(best, s.loss[i][k]), max(worst, s.loss[i][k])
	}
	return worst + float64((worst-best)/2)
}

// look chooses what is looked at: so many places, of which some are taken, and whose architectures at gives.
func (s *EHVI) look() (n int, taken func(int) bool, at func(int) evolve.Arch, err error) {
	if n = s.around.whole(); n > 0 {
		return n, s.memory.hasAt, s.around.list.At, nil
	}
	if err = s.near.draw(s.ranked()); err != nil {
		return 0, nil, nil, err
	}
	n, at = len(s.near.archs), func(place int) evolve.Arch { return s.near.archs[place] }
	for k := range s.axes {
		a := &s.axes[k]
		if rows, ok := a.model.(*gauss.Rows); ok {
			rows.Look(s.near.rows)
		} else if err = a.know(n, at); err != nil {
			return 0, nil, nil, err
		}
	}
	return n, func(int) bool { return false }, at, nil
}

// ranked are the architectures of rows, front by front, those of a front in an order drawn anew each time, so that all
// of it is searched around.
func (s *EHVI) ranked() (all []evolve.Arch) {
	for _, front := range s.fronts(s.shown()) {
		from := len(all)
		for _, trial := range front {
			all = append(all, s.archs[trial])
		}
		s.r.Shuffle(len(all)-from, func(i, j int) { all[from+i], all[from+j] = all[from+j], all[from+i] })
	}
	return all
}

// fronts are trials in non-dominated fronts, the best first.
func (s *EHVI) fronts(trials []int) [][]int {
	points := make([][]float64, len(trials))
	for n, i := range trials {
		points[n] = s.loss[i][:]
	}
	var sorted pareto.Fronts
	sorted.Sort(points)
	all := make([][]int, sorted.Len())
	for f := range all {
		for _, n := range sorted.Front(f) {
			all[f] = append(all[f], trials[n])
		}
	}
	return all
}

// best is the place of the greatest expected improvement, of equals the lowest; -1 where none is left that promises
// any. Values are compared as gauss.Round leaves them.
func (s *EHVI) best(front *gauss.Front, n int, taken func(int) bool) int {
	best, top := -1, 0.
	try := func(i int) {
		v := gauss.Round(front.Improvement(s.axes[0].guess(i), s.axes[1].guess(i)))
		if v > top || v == top && i < best {
			best, top = i, v
		}
	}
	s.bounds = s.bounds[:0]
	first := -1
	for i := range n {
		b := 0.
		if !taken(i) {
			b = gauss.Round(front.Bound(s.axes[0].bound(i), s.axes[1].bound(i)))
		}
		if s.bounds = append(s.bounds, b); b > 0 && (first < 0 || b > s.bounds[first]) {
			first = i
		}
	}
	if first >= 0 {
		try(first)
	}
	for i, b := range s.bounds {
		if b > 0 && b >= top && i != first {
			try(i)
		}
	}
	return best
}
