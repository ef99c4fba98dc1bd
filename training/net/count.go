package net

import "github.com/amoeba-nas/amoeba/evolve"

// Counts are the objectives that are counted of a network, which need no training.
var Counts = [...]struct {
	Objective string
	Of        func(*Net) int
}{{evolve.ParamsObjective, (*Net).Params}, {evolve.FLOPsObjective, (*Net).FLOPs}}

// Weights are the shapes of a layer's learned tensors, in the order in which they are kept:
// a convolution's [Out][In][KH][KW], a batch norm's scale and shift, a linear layer's matrix
// and bias.
func (n *Net) Weights(layer int) [][]int {
	l := &n.Layers[layer]
	switch o := l.Op.(type) {
	case Conv:
		in := n.Layers[l.In[0]].Out.C
		if o.Depthwise {
			in = 1
		}
		return [][]int{{o.Out, in, o.KH, o.KW}}
	case BatchNorm:
		if o.Affine {
			return [][]int{{l.Out.C}, {l.Out.C}}
		}
	case Linear:
		return [][]int{{o.Out, n.Layers[l.In[0]].Out.C}, {o.Out}}
	}
	return nil
}

// Params is the number of learned parameters, running statistics of batch norms and the
// auxiliary head not among them. Branches that lead nowhere count: published counts have them.
func (n *Net) Params() int {
	total := 0
	head := n.AuxOnly()
	for i := range n.Layers {
		if head[i] {
			continue
		}
		total += n.Sizes(i)
	}
	return total
}

// Moving is the number of running statistics of batch norms, the auxiliary head's not among them:
// some published counts of parameters have them.
func (n *Net) Moving() int {
	total := 0
	head := n.AuxOnly()
	for i := range n.Layers {
		if _, ok := n.Layers[i].Op.(BatchNorm); ok && !head[i] {
			total += 2 * n.Layers[i].Out.C
		}
	}
	return total
}

// Sizes is the number of elements of a layer's weights together.
func (n *Net) Sizes(layer int) (total int) {
	for _, shape := range n.Weights(layer) {
		size := 1
		for _, d := range shape {
			size *= d
		}
		total += size
	}
	return total
}

// Reach marks the layers that the given ones depend on, themselves among them.
func (n *Net) Reach(layers ...int) []bool {
	keep := make([]bool, len(n.Layers))
	for _, l := range layers {
		keep[l] = true
	}
	for i := len(n.Layers) - 1; i >= 0; i-- {
		if keep[i] {
			for _, k := range n.Layers[i].In {
				keep[k] = true
			}
		}
	}
	return keep
}

// AuxOnly marks the layers of the auxiliary head.
func (n *Net) AuxOnly() []bool {
	if n.Aux < 0 {
		return make([]bool, len(n.Layers))
	}
	head, body := n.Reach(n.Aux), n.Reach(n.Output)
	for i := range head {
		head[i] = head[i] && !body[i]
	}
	return head
}

// MACs is the number of multiplications of convolutions and linear layers for one image, the
// auxiliary head left out.
func (n *Net) MACs() int {
	total := 0
	head := n.AuxOnly()
	for i := range n.Layers {
		l := &n.Layers[i]
		if head[i] {
			continue
		}
		switch o := l.Op.(type) {
		case Conv:
			in := n.Layers[l.In[0]].Out.C
			if o.Depthwise {
				in = 1
			}
			total += l.Out.H * l.Out.W * o.Out * in * o.KH * o.KW
		case Linear:
			total += o.Out * n.Layers[l.In[0]].Out.C
		}
	}
	return total
}

// FLOPs is what the tables of NAS-Bench-201 call FLOPs: MACs, and an addition for each bias of
// a linear layer. Batch norms, pools and sums count nothing.
func (n *Net) FLOPs() int {
	total := n.MACs()
	head := n.AuxOnly()
	for i := range n.Layers {
		if o, ok := n.Layers[i].Op.(Linear); ok && !head[i] {
			total += o.Out
		}
	}
	return total
}
