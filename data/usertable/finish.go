package usertable

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
)

// finish checks what needs all rows at once and puts them in the table's order.
func (b *builder) finish() (*Table, error) {
	if len(b.place) == 0 {
		return nil, b.fail("no rows")
	}
	t := &Table{Archs: b.archs, file: b.file}
	for i := range b.columns {
		c := &b.columns[i]
		if c.role != further {
			continue
		}
		if c.odd != nil {
			return nil, c.odd
		}
		if !c.some {
			b.note("column %q is ignored: all its cells are empty", c.name)
			c.role, c.values = ignored, nil
		}
	}
	if apart(b.options.Space) {
		b.note("a row is its string: isomorphic cells are told apart")
	}
	if err := b.losses(t); err != nil {
		return nil, err
	}
	t.Epochs = b.fidelities()
	order := make([]int32, len(b.place))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(i, j int32) int {
		return cmp.Or(cmp.Compare(b.epochs[i], b.epochs[j]), cmp.Compare(b.arch[i], b.arch[j]), cmp.Compare(b.seed[i], b.seed[j]), cmp.Compare(i, j))
	})
	order, err := b.once(order)
	if err != nil {
		return nil, err
	}
	t.Rows = len(order)
	if err := b.starts(t, order); err != nil {
		return nil, err
	}
	b.arrange(t, order)
	t.Notes = b.notes
	return t, nil
}

func (b *builder) has(r role) bool {
	return slices.ContainsFunc(b.columns, func(c column) bool { return c.role == r })
}

// starts finds where the rows of every fidelity and architecture begin, or names the first
// architecture that lacks a fidelity.
func (b *builder) starts(t *Table, order []int32) error {
	pairs := int64(0)
	for k, i := range order {
		if k == 0 || b.epochs[i] != b.epochs[order[k-1]] || b.arch[i] != b.arch[order[k-1]] {
			pairs++
		}
	}
	// Only now is the product known to be no larger than the number of rows.
	if pairs != int64(len(t.Epochs))*int64(len(t.Archs)) {
		return b.gap(t, order)
	}
	t.start = append(make([]int32, 0, pairs+1), 0)
	for k := 1; k <= len(order); k++ {
		if k < len(order) && b.epochs[order[k]] == b.epochs[order[k-1]] && b.arch[order[k]] == b.arch[order[k-1]] {
			continue
		}
		t.Repeats = max(t.Repeats, k-int(t.start[len(t.start)-1]))
		t.start = append(t.start, int32(k))
	}
	return nil
}

// gap is the error for the first architecture that lacks a fidelity, and the lowest it lacks.
func (b *builder) gap(t *Table, order []int32) error {
	arch, lacks, next := int32(math.MaxInt32), 0, 0
	for _, epochs := range t.Epochs {
		// Architectures rise within a fidelity: the first that is passed over is missing.
		want := int32(0)
		for ; next < len(order) && int(b.epochs[order[next]]) == epochs; next++ {
			if a := b.arch[order[next]]; a == want {
				want++
			}
		}
		if want < min(arch, int32(len(t.Archs))) {
			arch, lacks = want, epochs
		}
	}
	return b.fail("architecture %s (%s) has no row of fidelity %d; every architecture needs all of %v", shown(t.Archs[arch]), b.named(b.first[arch]), lacks, t.Epochs)
}

// arrange puts the columns in order and looks for empty cells.
func (b *builder) arrange(t *Table, order []int32) {
	last := order[t.start[len(t.start)-1-len(t.Archs)]:]
	for i := range b.columns {
		c := &b.columns[i]
		if !c.numeric() {
			continue
		}
		xs := make([]float64, len(order))
		for k, j := range order {
			xs[k] = c.values[j]
		}
		needed, which := last, fmt.Sprintf("every row of fidelity %d", t.Epochs[len(t.Epochs)-1])
		if len(t.Epochs) == 1 || c.role == roleCost {
			needed, which = order, "every row"
		}
		if c.role != roleVal {
			t.columns = append(t.columns, c.name)
			t.lacks = append(t.lacks, b.lack(c, needed, which))
		}
		c.values = nil
		switch c.role {
		case roleVal:
			t.val = xs
		case roleTest:
			t.test = xs
		case roleCost:
			t.cost = xs
		case further:
			means := make([]float64, len(t.Archs))
			for a := range means {
				means[a] = Mean(t.of(xs, len(t.Epochs)-1, a))
			}
			t.Extra = append(t.Extra, Column{c.name, means})
		}
	}
}

// lack is the error for the first row that needs a value and has none.
func (b *builder) lack(c *column, needed []int32, which string) error {
	first := int32(math.MaxInt32)
	for _, j := range needed {
		if j < first && math.IsNaN(c.values[j]) {
			first = j
		}
	}
	if first == math.MaxInt32 {
		return nil
	}
	return b.in(b.place[first], c.name, errors.New("empty, want a number in "+which))
}

// fidelities are the different ones, rising.
func (b *builder) fidelities() []int {
	seen := map[int32]bool{}
	for _, e := range b.epochs {
		seen[e] = true
	}
	var all []int
	for e := range seen {
		all = append(all, int(e))
	}
	slices.Sort(all)
	return all
}
