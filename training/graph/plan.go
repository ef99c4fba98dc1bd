package graph

import (
	"slices"

	"github.com/amoeba-nas/amoeba/training/kernel"
)

// value is an operation's output as a plan sees it: its elements, 0 where it lives elsewhere, the value before it that
// it is the beginning of, or -1, and those that the operation reads.
type value struct {
	n, view int
	reads   []int
}

// values are all operations' outputs, in the order of execution.
func (b *builder[T]) values() []value {
	vs := make([]value, len(b.ops))
	for i, o := range b.ops {
		vs[i].view = -1
		if o.out == nil {
			vs[i].n = o.shape.TotalSize()
		}
		if o.view != nil {
			vs[i].view = o.view.id
		}
		for _, in := range o.inputs {
			if in != nil {
				vs[i].reads = append(vs[i].reads, in.id)
			}
		}
	}
	return vs
}

// plan gives each value a place in one block, so that values whose lives do not overlap share memory: best fit over
// the free stretches, in the order of execution. It returns the block's length.
func plan(vs []value) (offsets []int, length int) {
	offsets = make([]int, len(vs))
	last := make([]int, len(vs)) // the last operation that reads each
	for i, v := range vs {
		last[i] = i
		for _, in := range v.reads {
			for ; in >= 0; in = vs[in].view {
				last[in] = i
			}
		}
	}
	type stretch struct{ from, to int }
	var free []stretch
	release := func(s stretch) {
		i, _ := slices.BinarySearchFunc(free, s, func(a, b stretch) int { return a.from - b.from })
		free = slices.Insert(free, i, s)
		if i+1 < len(free) && free[i].to == free[i+1].from {
			free[i].to = free[i+1].to
			free = slices.Delete(free, i+1, i+2)
		}
		if i > 0 && free[i-1].to == free[i].from {
			free[i-1].to = free[i].to
			free = slices.Delete(free, i, i+1)
		}
	}
	// Values that end at an operation: the last that was placed, and for each the one before it, from 1.
	ends, before := make([]int, len(vs)), make([]int, len(vs))
	for i, v := range vs {
		if v.n == 0 {
			continue
		}
		n := kernel.Pad(v.n) // on the borders of 64 bytes
		if v.view >= 0 {
			offsets[i] = offsets[v.view]
		} else {
			best := -1
			for k, s := range free {
				if s.to-s.from >= n && (best < 0 || s.to-s.from < free[best].to-free[best].from) {
					best = k
				}
			}
			if best < 0 {
				// Grow, from the last stretch where that is at the end.
				if k := len(free) - 1; k >= 0 && free[k].to == length {
					best, length = k, free[k].from+n
					free[k].to = length
				} else {
					free = append(free, stretch{length, length + n})
					best, length = len(free)-1, length+n
				}
			}
			offsets[i] = free[best].from
			if free[best].from += n; free[best].from == free[best].to {
				free = slices.Delete(free, best, best+1)
			}
			before[i], ends[last[i]] = ends[last[i]], i+1
		}
		for k := ends[i]; k > 0; k = before[k-1] {
			release(stretch{offsets[k-1], offsets[k-1] + kernel.Pad(vs[k-1].n)})
		}
	}
	return offsets, length
}

// apart gives each operation's output a place that it shares with no other, so that no operation waits only because
// another still reads its memory.
func (b *builder[T]) apart() (offsets []int, length int) {
	offsets = make([]int, len(b.ops))
	for i, o := range b.ops {
		switch {
		case o.out != nil: // lives elsewhere
		case o.view != nil:
			offsets[i] = offsets[o.view.id]
		default:
			offsets[i] = length
			length += kernel.Pad(o.shape.TotalSize())
		}
	}
	return offsets, length
}

// scratch is the number of elements that the kernels need beside the values.
func (b *builder[T]) scratch() int {
	n := 0
	for _, k := range b.kernels {
		n += kernel.Pad(k.Scratch())
	}
	return n
}

// bind lays the values into a block, and the kernels' own memory at its end.
func (b *builder[T]) bind(block []T, offsets []int) {
	at := len(block) - b.scratch()
	for _, k := range b.kernels {
		n := k.Scratch()
		k.Bind(block[at:][:n:n])
		at += kernel.Pad(n)
	}
	for i, o := range b.ops {
		if o.out == nil {
			o.data = block[offsets[i]:][:o.shape.TotalSize():o.shape.TotalSize()]
			o.out = dense(o.data, o.shape...)
		}
	}
}
