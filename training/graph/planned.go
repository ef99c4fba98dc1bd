package graph

import (
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/kernel"
	"github.com/amoeba-nas/amoeba/training/net"
)

// inputSize is that of a batch of a network's images.
func inputSize(n *net.Net, batch int) device.Size {
	in := n.Layers[0].Out
	return device.Size{Pixels: in.H * in.W, C: in.C, Row: kernel.Pad(batch), Batch: batch}
}

// Planned is what [Graph.Memory] would be for a network of float32 on the CPU. Nothing of it is made: neither
// weights nor kernels nor a batch.
func Planned(n *net.Net, o Options) (bytes int, err error) {
	m := outline[float32](n)
	elsewhere := dense(make([]float32, 1), 1) // stands for the gradients, which are not in the block
	for _, w := range m.Weights {
		w.grad = elsewhere
	}
	b, g := newBuilder[float32](sizes{}), &Graph[float32]{in: inputSize(n, o.Batch)}
	if err := newCompiler(b, m, g, o).compile(); err != nil {
		return 0, err
	}
	_, g.length = plan(b.values())
	return g.Memory(), nil
}

// sizes is a device on which nothing runs.
type sizes struct{ device.Device[float32] }

func (sizes) Kernel(device.Spec[float32]) (device.Kernel[float32], error) { return nil, nil }
