package usertable

import (
	"cmp"
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve/number"
)

// finish checks what needs all rows at once and puts them in the table's order.
func (b *builder) finish() (*Table, error) {
	if len(b.place) == 0 {
		return nil, b.fail("no rows")
	}
	t := &Table{Archs: b.archs, source: b.source}
	for i := range b.columns {
		c := &b.columns[i]
		if c.unpaired > 0 {
			b.note("column %q: left out where a run failed: %s", c.name, number.Count(c.unpaired, "number"))
		}
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
	order := make([]int32, len(b.place))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(i, j int32) int {
		return cmp.Or(cmp.Compare(b.epochs[i], b.epochs[j]), cmp.Compare(b.arch[i], b.arch[j]),
			cmp.Compare(b.seed[i], b.seed[j]), cmp.Compare(i, j))
	})
	order, err := b.once(order)
	if err != nil {
		return nil, err
	}
	t.Rows = len(order)
	b.group(t, order)
	b.arrange(t, order)
	t.Notes = b.notes
	return t, nil
}

func (b *builder) has(r role) bool {
	return slices.ContainsFunc(b.columns, func(c column) bool { return c.role == r })
}

// group finds where the rows of every fidelity and architecture begin.
func (b *builder) group(t *Table, order []int32) {
	for k, j := range order {
		newFidelity := k == 0 || b.epochs[j] != b.epochs[order[k-1]]
		if newFidelity {
			t.Epochs = append(t.Epochs, int(b.epochs[j]))
			t.groups = append(t.groups, len(t.arch))
		}
		if newFidelity || b.arch[j] != b.arch[order[k-1]] {
			t.arch, t.start = append(t.arch, b.arch[j]), append(t.start, int32(k))
		}
		t.Repeats = max(t.Repeats, k+1-int(t.start[len(t.start)-1]))
	}
	t.groups, t.start = append(t.groups, len(t.arch)), append(t.start, int32(len(order)))
}

// arrange puts the columns in order.
func (b *builder) arrange(t *Table, order []int32) {
	t.columns, t.place = map[string]*column{}, make([]int32, len(order))
	for k, j := range order {
		t.place[k] = b.place[j]
	}
	for i := range b.columns {
		c := &b.columns[i]
		if !c.numeric() {
			continue
		}
		xs := make([]float64, len(order))
		for k, j := range order {
			xs[k] = c.values[j]
		}
		c.values = xs
		if c.role == further {
			t.Extra = append(t.Extra, c.name)
			t.columns[c.name] = c
		} else {
			t.columns[c.role.String()] = c
		}
	}
	for _, x := range t.columns["val"].values {
		if math.IsNaN(x) {
			t.Failed++
		}
	}
}
