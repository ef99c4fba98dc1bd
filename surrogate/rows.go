package surrogate

import (
	"fmt"
	"math"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/surrogate/model"
)

// rows is an imported table whose rows are named by architectures.
type rows struct {
	lookup
	frame *data.Frame
	order []int // row of the table of each of the benchmark's; nil = its own order
}

// movesParam is the option of benchmarks that hold a part of their space.
var movesParam = evolve.Choice("moves",
	"a mutation is one of the ten nearest recorded architectures and a crossing's child becomes the nearest; or "+
		"refuse: no operators, and no searcher that needs them",
	space.PoolNearest, space.PoolRefuse).OnlyFor("a pool of recorded architectures")

// openRows opens a table over a space. The table of a whole space is put in the order of the
// space; of a part of one, its architectures are all that can be proposed, and the nearest is
// that of least L1 distance in the encoding. keep selects rows: a nil func, or one that returns nil, keeps all.
func openRows(table string, s evolve.Space, encoding string, o evolve.Options,
	keep func(*data.Frame) ([]bool, error)) (*rows, error) {
	f, err := data.Open(table)
	if err != nil {
		return nil, err
	}
	texts, err := f.Text("arch")
	if err != nil {
		return nil, err
	}
	r := &rows{frame: f}
	r.about = evolve.About{Kind: "table", Hash: f.Hash}
	if keep != nil {
		kept, err := keep(f)
		if err != nil {
			return nil, err
		}
		for i, k := range kept {
			if k {
				r.order = append(r.order, i)
			}
		}
		if kept != nil {
			texts = model.Pick(texts, r.order)
		}
	}
	archs := make([]evolve.Arch, len(texts))
	for i, t := range texts {
		archs[i] = evolve.Arch(t)
	}
	r.about.Trained = len(archs)
	order, err := r.over(s, archs, encoding, o)
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", table, err)
	}
	if r.order == nil {
		r.order = order
	} else if order != nil {
		r.order = model.Pick(r.order, order)
	}
	return r, nil
}

// notNaN says which rows have a number in a column.
func notNaN(f *data.Frame, column string) ([]bool, error) {
	xs, err := f.Floats(column)
	keep := make([]bool, len(xs))
	for i, x := range xs {
		keep[i] = !math.IsNaN(x)
	}
	return keep, err
}

// over chooses the space. If every architecture of s has a recorded equivalent, the space is s and order[i] is
// the record that answers for s.At(i). Otherwise the space is the Pool of the recorded architectures and order
// is nil.
func (b *lookup) over(s evolve.Space, archs []evolve.Arch, encoding string, o evolve.Options) (order []int, err error) {
	if e, ok := s.(evolve.Enumerable); ok {
		if order, err = wholeSpace(s, e, archs); err != nil || order != nil {
			b.space = s.(Indexed)
			return order, err
		}
	}
	return nil, b.pooled(s, archs, encoding, o)
}

// pooled makes the pool of the recorded architectures of a space the space of a benchmark.
func (b *lookup) pooled(s evolve.Space, archs []evolve.Arch, encoding string, o evolve.Options) error {
	moves := o.Text("moves")
	pool, err := space.NewPool(s, archs, moves, encoding)
	if err != nil {
		return err
	}
	b.space = pool.(Indexed)
	if b.about.Source = fmt.Sprintf("pool: only the %d recorded architectures can be proposed",
		len(archs)); moves == space.PoolNearest {
		b.about.Source += ", a mutation is one of the ten nearest"
	} else {
		b.about.Source += ", without mutation or crossing"
	}
	return nil
}

// wholeSpace returns the row of each architecture of a space, where a network that was recorded
// answers for all that mean the same; nil when some are not there.
func wholeSpace(s evolve.Space, e evolve.Enumerable, archs []evolve.Arch) ([]int, error) {
	byArch, byNetwork := make(map[evolve.Arch]int, len(archs)), make(map[evolve.Arch]int, len(archs))
	for i, a := range archs {
		c, err := s.Canon(a)
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", i, err)
		}
		byArch[a] = i
		if _, ok := byNetwork[c]; !ok {
			byNetwork[c] = i
		}
	}
	order := make([]int, e.Size())
	for i := range order {
		row, ok := byArch[e.At(i)]
		if !ok {
			c, err := s.Canon(e.At(i))
			if err != nil {
				return nil, err
			}
			if row, ok = byNetwork[c]; !ok {
				return nil, nil
			}
		}
		order[i] = row
	}
	return order, nil
}

// column returns a column of numbers in the order of the benchmark.
func (r *rows) column(name string) ([]float64, error) {
	xs, err := r.frame.Floats(name)
	if err != nil || r.order == nil {
		return xs, err
	}
	return model.Pick(xs, r.order), nil
}

// columns returns several.
func (r *rows) columns(names ...string) ([][]float64, error) {
	var all [][]float64
	for _, n := range names {
		xs, err := r.column(n)
		if err != nil {
			return nil, err
		}
		all = append(all, xs)
	}
	return all, nil
}

// addFact adds a column to what a query lists.
func (r *rows) addFact(name, unit, how string, k factKind) {
	r.facts = append(r.facts, fact{name, unit, func() ([]float64, error) { return r.column(name) }, always(how), k})
}

// addSource adds to what every output says of the numbers.
func (b *lookup) addSource(text string) {
	if b.about.Source != "" {
		text += "; " + b.about.Source
	}
	b.about.Source = text
}
