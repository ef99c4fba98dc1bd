package export

import (
	"fmt"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/net"
)

// flow is what has to be computed: zeros add nothing, so sums do not read them, and a sum of
// one term is that term.
type flow struct {
	reads [][]int // by layer
	same  []int   // the layer that has a layer's value: itself, but for sums of one term
	live  []bool  // reaches an output
}

func flowOf(n *net.Net, outputs ...int) *flow {
	f := &flow{make([][]int, len(n.Layers)), make([]int, len(n.Layers)), make([]bool, len(n.Layers))}
	for i := range n.Layers {
		in := n.Layers[i].In
		_, sum := n.Layers[i].Op.(net.Add)
		for _, k := range in {
			if _, zero := n.Layers[f.same[k]].Op.(net.Zero); !sum || !zero {
				f.reads[i] = append(f.reads[i], f.same[k])
			}
		}
		if sum && f.reads[i] == nil {
			f.reads[i] = []int{f.same[in[0]]}
		}
		f.same[i] = i
		if sum && len(f.reads[i]) == 1 {
			f.same[i] = f.reads[i][0]
		}
	}
	for _, k := range outputs {
		f.live[k] = true
	}
	for i := len(n.Layers) - 1; i >= 0; i-- {
		if f.live[i] {
			for _, k := range f.reads[i] {
				f.live[k] = true
			}
		}
	}
	return f
}

// alias says that a layer's value is another's.
func (f *flow) alias(i int) bool { return f.same[i] != i }

// check refuses the networks that a net.Builder makes and other programs do not take: their
// linear layers give no images, and their pools are not padded by more than half a window.
func check(n *net.Net) error {
	linear := func(i int) bool { _, ok := n.Layers[i].Op.(net.Linear); return ok }
	for _, i := range []int{n.Output, n.Aux} {
		if i >= 0 && !linear(i) {
			return fmt.Errorf("%s: a network that is exported ends in a linear layer, not in %T: %w",
				n.Layers[i].Name, n.Layers[i].Op, evolve.ErrUnsupported)
		}
	}
	for i := range n.Layers {
		l := &n.Layers[i]
		for _, k := range l.In {
			if linear(k) {
				return fmt.Errorf("%s reads the linear layer %s: in a network that is exported that is the "+
					"last one: %w", l.Name, n.Layers[k].Name, evolve.ErrUnsupported)
			}
		}
		if k, _, pad, ok := pool(l.Op); ok && 2*pad > k {
			return fmt.Errorf("%s: padding %d of a %dx%d window: want at most half of it: %w",
				l.Name, pad, k, k, evolve.ErrUnsupported)
		}
	}
	return nil
}

// pool gives the window of a pool.
func pool(op net.Op) (k, stride, pad int, ok bool) {
	switch o := op.(type) {
	case net.MaxPool:
		return o.K, o.Stride, o.Pad, true
	case net.AvgPool:
		return o.K, o.Stride, o.Pad, true
	}
	return 0, 0, 0, false
}

// crop gives the rows and columns that negative padding skips.
func crop(op net.Op) (rows, columns int) {
	if o, ok := op.(net.Conv); ok {
		return max(-o.PadH, 0), max(-o.PadW, 0)
	}
	_, _, pad, _ := pool(op)
	return max(-pad, 0), max(-pad, 0)
}

// cropOnly says that a pool does nothing but skip rows and columns.
func cropOnly(op net.Op) bool {
	k, stride, pad, ok := pool(op)
	return ok && k == 1 && stride == 1 && pad <= 0
}

// behind is how many rows and columns of zeros a convolution reads behind the last: as many as it
// is padded by, and those that Ceil has it reach for.
func behind(op net.Conv, in, out net.Shape) (rows, columns int) {
	down, along := op.Strides()
	reach := func(out, stride, k, in, pad int) int {
		return max((out-1)*stride+op.Dilation*(k-1)+1-in-pad, max(pad, 0))
	}
	return reach(out.H, down, op.KH, in.H, op.PadH), reach(out.W, along, op.KW, in.W, op.PadW)
}
