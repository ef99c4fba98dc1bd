package search

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/features"
	"github.com/amoeba-nas/amoeba/evolve/forest"
	"github.com/amoeba-nas/amoeba/evolve/gauss"
)

// treeOptions are those that all searchers that grow trees have.
type treeOptions struct {
	features string
	first    evolve.Searcher
	start    int
	repeat   string
	same     string
}

// treeSearch is what the searchers that grow trees have in common: the first architectures, what was told, as rows of
// numbers with losses, and the architectures that a forest is asked about.
type treeSearch struct {
	r       *rand.Rand
	start   int
	opening opening
	memory  memory
	trained trainings
	around  *candidates
	coder   *features.Coder
	whole   *forest.Whole // nil where the space is not looked at whole

	asked   int
	archs   []evolve.Arch // that were told
	loss    []float64
	rows    forest.Rows
	running pending
	top     float64 // the highest target of data

	row     []float32 // scratch from here on
	answers forest.Answers
	found   []evolve.Arch
}

// begin forgets everything.
func (t *treeSearch) begin(searcher string, p evolve.Problem, r *rand.Rand, o treeOptions) error {
	*t = treeSearch{r: r, start: o.start}
	if o.start < 2 {
		return fmt.Errorf("%s: start=%d: want at least 2: %w", searcher, o.start, evolve.ErrInvalid)
	}
	fail := func(err error) error { return fmt.Errorf("%s: %w", searcher, err) }
	if err := evolve.Encodes.Check(p); err != nil {
		return fail(err)
	}
	if err := t.memory.begin(searcher, p.Space, r, o.repeat, o.same); err != nil {
		return err
	}
	t.trained.begin(p)
	if err := t.opening.begin(searcher, o.first, p, r, &t.memory); err != nil {
		return err
	}
	t.around = newCandidates(p.Space, wholeBound, r)
	var err error
	if t.coder, err = features.NewCoder(p.Space, o.features); err != nil {
		return fail(err)
	}
	t.rows.Cols = t.coder.Cols()
	if t.around.whole() > 0 {
		t.whole, err = wholeForest(p.Space, o.features)
	} else {
		// An encoding with other numbers is refused before the first trial.
		err = t.add(&forest.Rows{Cols: t.rows.Cols}, p.Space.Sample(evolve.Stream(0, "features")))
	}
	if err != nil {
		return fmt.Errorf("%s: features=%s: %w: %w", searcher, o.features, err, evolve.ErrUnsupported)
	}
	return nil
}

// wholeForests are whole spaces as forests are asked about them, once a process.
var wholeForests features.Memo

func wholeForest(s evolve.Space, encoding string) (*forest.Whole, error) {
	return features.Once(&wholeForests, s, encoding, func(s evolve.Space, encoding string) (*forest.Whole, error) {
		table, err := features.Whole(s, encoding)
		if err != nil {
			return nil, err
		}
		rows := forest.Rows{Cols: table.Cols, X: make([]uint8, 0, len(table.X))}
		for i := range table.Rows {
			if err := rows.Add(table.Row(i)); err != nil {
				return nil, err
			}
		}
		return forest.NewWhole(rows), nil
	})
}

// opens says whether the next proposal is one of the first architectures, which no model chooses.
func (t *treeSearch) opens() bool { return t.asked < t.start || len(t.loss) < t.start }

// open proposes one of them.
func (t *treeSearch) open(p *evolve.Proposal) bool {
	if !t.opening.ask(p, 0) {
		return false
	}
	t.asked++
	t.running.ask(p.Arch)
	return true
}

// ask proposes an architecture; a random one for "". False is that the space is used up.
func (t *treeSearch) ask(p *evolve.Proposal, a evolve.Arch) bool {
	if a == "" {
		var ok bool
		if a, ok = t.memory.draw(func() evolve.Arch { return t.around.space.Sample(t.r) }); !ok {
			return false
		}
	} else {
		t.memory.mark(a)
	}
	t.asked++
	p.Arch, p.Known = a, t.memory.recall(a)
	t.running.ask(a)
	return true
}

// tell learns from a trial that was asked for.
func (t *treeSearch) tell(trial *evolve.Trial, r *evolve.Result) error {
	if _, err := t.opening.tell(trial, r); err != nil {
		return err
	}
	t.memory.told(trial, r)
	t.running.tell(trial.Arch)
	t.learn(-1, trial, r)
	return nil
}

// told learns from a trial that somebody else asked for, whose architecture need not be proposed again. One of an
// architecture that the model knows is another training of it.
func (t *treeSearch) told(trial *evolve.Trial, r *evolve.Result) {
	t.memory.mark(trial.Arch)
	t.learn(slices.Index(t.archs, trial.Arch), trial, r)
}

// learn learns from any trial, of a row or, below 0, of a new one. What cannot be encoded was refused before it ran.
func (t *treeSearch) learn(row int, trial *evolve.Trial, r *evolve.Result) {
	if row < 0 {
		if t.add(&t.rows, trial.Arch) != nil {
			return
		}
		row = len(t.archs)
		t.archs, t.loss = append(t.archs, trial.Arch), append(t.loss, 0)
	}
	t.trained.add(t.loss, row, trial.Epochs, r.Loss)
}

// add appends the numbers of an architecture to rows.
func (t *treeSearch) add(rows *forest.Rows, a evolve.Arch) error {
	if t.whole != nil {
		rows.X = append(rows.X, t.whole.Row(t.around.list.Index(a))...)
		return nil
	}
	var err error
	if t.row, err = t.coder.Encode(t.row[:0], a); err != nil {
		return err
	}
	return rows.Add(t.row)
}

// data are the rows and targets that a forest learns from, the higher the better: what was told, then what is running,
// which lies that it is as good as the best.
func (t *treeSearch) data(scale string) (forest.Rows, []float64) {
	y := slices.Clone(t.loss)
	scaleTargets(scale, y)
	t.top = slices.Max(y)
	rows := t.rows
	for _, a := range t.running {
		if t.add(&rows, a) == nil {
			y = append(y, t.top)
		}
	}
	return rows, y
}

// ranked are the architectures that were told, the best first, of equals the one told first.
func (t *treeSearch) ranked() []evolve.Arch {
	order := orderBy(len(t.loss), func(i int) float64 { return t.loss[i] })
	archs := make([]evolve.Arch, len(order))
	for k, i := range order {
		archs[k] = t.archs[i]
	}
	return archs
}

// best is the architecture that promises most among those that may be proposed, of equals the first looked at; ""
// where there is none. A promise must not fall where mean and standard deviation rise; it may be any number up to top
// where it is no more than that.
func (t *treeSearch) best(f *forest.Forest, promise func(mean, sd, top float64) float64) (at evolve.Arch) {
	top, mean, sd := math.Inf(-1), math.Inf(-1), math.Inf(-1) // of the best so far
	offer := func(m, s float64) bool {
		if m <= mean && s <= sd {
			return false
		}
		v := gauss.Round(promise(m, s, top))
		if !(v > top) {
			return false
		}
		top, mean, sd = v, m, s
		return true
	}
	if t.whole == nil {
		t.near()
		rows := forest.Rows{Cols: t.rows.Cols}
		for _, a := range t.found {
			rows.X = rows.X[:0]
			if t.add(&rows, a) == nil && offer(f.Predict(rows.X)) {
				at = a
			}
		}
		return at
	}
	f.Ask(t.whole, &t.answers)
	place := -1
	for i := range t.around.whole() {
		if !t.memory.hasAt(i) && offer(t.answers.Row(i)) {
			place = i
		}
	}
	if place >= 0 {
		at = t.around.list.At(place)
	}
	return at
}

// near finds architectures around the best that may be proposed.
func (t *treeSearch) near() {
	t.found = t.around.near(t.found[:0], nearCount, t.ranked(), t.memory.has)
}
