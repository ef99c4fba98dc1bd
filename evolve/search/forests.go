package search

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/features"
	"github.com/amoeba-nas/amoeba/evolve/forest"
)

// trees is what the searchers that grow forests have in common: what was told, as rows of numbers with losses, and the
// architectures that a forest is asked about.
type trees struct {
	memory memory
	around *candidates
	coder  *features.Coder
	whole  *forest.Whole // nil where the space is not looked at whole
	r      *rand.Rand

	asked   int
	archs   []evolve.Arch // that were told
	loss    []float64
	rows    forest.Rows
	running pending

	order   []int // scratch: the told by rising loss
	row     []float32
	answers forest.Answers
	found   []evolve.Arch
}

// begin forgets everything.
func (t *trees) begin(searcher string, p evolve.Problem, encoding string, r *rand.Rand, repeat, same string) error {
	*t = trees{r: r}
	if err := t.memory.begin(searcher, p.Space, r, repeat, same); err != nil {
		return err
	}
	t.around = newCandidates(p.Space, wholeBound, r)
	var err error
	if t.coder, err = features.NewCoder(p.Space, encoding); err != nil {
		return err
	}
	t.rows.Cols = t.coder.Cols()
	if t.around.whole() > 0 {
		t.whole, err = forestWhole(p.Space, encoding)
	} else {
		// An encoding that is not of whole numbers is refused before the first trial.
		err = t.add(&forest.Rows{Cols: t.rows.Cols}, p.Space.Sample(evolve.Stream(0, "features")))
	}
	return err
}

// forestWholes are whole spaces as forests are asked about them, once a process.
var forestWholes sync.Map // of *features.Table: func() (*forest.Whole, error)

func forestWhole(s evolve.Space, encoding string) (*forest.Whole, error) {
	table, err := features.Whole(s, encoding)
	if err != nil {
		return nil, err
	}
	get, ok := forestWholes.Load(table)
	if !ok {
		get, _ = forestWholes.LoadOrStore(table, sync.OnceValues(func() (*forest.Whole, error) {
			rows := forest.Rows{Cols: table.Cols, X: make([]uint8, 0, len(table.X))}
			for i := range table.Rows {
				if err := rows.Add(table.Row(i)); err != nil {
					return nil, err
				}
			}
			return forest.NewWhole(rows), nil
		}))
	}
	return get.(func() (*forest.Whole, error))()
}

// add appends the numbers of an architecture to rows.
func (t *trees) add(rows *forest.Rows, a evolve.Arch) error {
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

// random is an architecture that no model has chosen.
func (t *trees) random() (evolve.Arch, bool) {
	return t.memory.draw(func() evolve.Arch { return t.around.space.Sample(t.r) })
}

// ask makes an architecture the proposal. It is marked already.
func (t *trees) ask(p *evolve.Proposal, a evolve.Arch) {
	t.asked++
	p.Arch, p.Known = a, t.memory.recall(a)
	t.running.ask(a, 0)
}

// tell learns from a trial that was asked for.
func (t *trees) tell(trial *evolve.Trial, r *evolve.Result) error {
	t.memory.told(trial, r)
	t.running.tell(trial.Arch)
	return t.learn(trial.Arch, r.Loss)
}

// learn learns from any trial.
func (t *trees) learn(a evolve.Arch, loss float64) error {
	if err := t.add(&t.rows, a); err != nil {
		return err
	}
	t.archs, t.loss = append(t.archs, a), append(t.loss, loss)
	return nil
}

// ranked are the architectures that were told, the best first, of equals the one told first.
func (t *trees) ranked() []evolve.Arch {
	t.order = t.order[:0]
	for i := range t.loss {
		t.order = append(t.order, i)
	}
	slices.SortStableFunc(t.order, func(i, j int) int { return cmp.Compare(t.loss[i], t.loss[j]) })
	archs := make([]evolve.Arch, len(t.order))
	for k, i := range t.order {
		archs[k] = t.archs[i]
	}
	return archs
}

// taken says whether an architecture may not be proposed.
func (t *trees) taken(a evolve.Arch) bool { return t.memory.has(a) }

// best is the new architecture that promises most, of equals the first looked at; false where there is none.
func (t *trees) best(f *forest.Forest, promise func(mean, sd float64) float64) (at evolve.Arch, ok bool) {
	top, mean, sd := 0.0, 0.0, 0.0 // of the best so far
	offer := func(m, s float64) bool {
		if ok && m <= mean && s <= sd {
			return false
		}
		v := round(promise(m, s))
		if ok && !(v > top) {
			return false
		}
		top, mean, sd, ok = v, m, s, true
		return true
	}
	if t.whole != nil {
		f.Ask(t.whole, &t.answers)
		place := -1
		for i := range t.around.whole() {
			if !t.memory.hasAt(i) && offer(t.answers.Row(i)) {
				place = i
			}
		}
		if ok {
			at = t.around.list.At(place)
		}
		return at, ok
	}
	t.found = t.around.near(t.found[:0], nearCount, t.ranked(), t.taken)
	rows := forest.Rows{Cols: t.rows.Cols}
	for _, a := range t.found {
		rows.X = rows.X[:0]
		if t.add(&rows, a) == nil && offer(f.Predict(rows.X)) {
			at = a
		}
	}
	return at, ok
}
