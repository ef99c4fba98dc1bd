package graph

import (
	G "gorgonia.org/gorgonia"

	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/kernel"
	"github.com/amoeba-nas/amoeba/training/net"
)

// inputSize is that of a batch of a network's images.
func inputSize(n *net.Net, batch int) device.Size {
	in := n.Layers[0].Out
	return device.Size{Pixels: in.H * in.W, C: in.C, Row: kernel.Pad(batch), Batch: batch}
}

// Planned is what [Graph.Memory] would be for a network of float32. Nothing of it is made: neither
// weights nor kernels nor a batch.
func Planned(n *net.Net, o Options) (bytes int, err error) {
	m := &Model[float32]{Net: n, Stats: make([][]float32, len(n.Layers)), at: make([][]*Weight[float32], len(n.Layers))}
	elsewhere := dense(make([]float32, 1), 1) // stands for the gradients, which are not in the block
	for i := range n.Layers {
		for _, shape := range n.Weights(i) {
			m.at[i] = append(m.at[i], &Weight[float32]{Name: n.Layers[i].Name, Shape: shape, grad: elsewhere})
		}
	}
	g := &Graph[float32]{in: inputSize(n, o.Batch)}
	b := newBuilder[float32](sizes{})
	c := &compiler[float32]{builder: b, m: m, o: o, g: g, nodes: make([]*G.Node, len(n.Layers))}
	if err := c.compile(); err != nil {
		return 0, err
	}
	_, g.length = b.plan()
	return g.Memory(), nil
}

// sizes is a device on which nothing runs.
type sizes struct{ device.Device[float32] }

func (sizes) Kernel(device.Spec) device.Kernel[float32] { return nil }
