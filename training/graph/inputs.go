package graph

import (
	"math/rand/v2"

	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/kernel"
	"github.com/amoeba-nas/amoeba/training/net"
)

// inputs are what the host gives a pass: images, labels, scalars and masks. They lie one after another in one slab of
// the host and one of the device, so that a step uploads once.
type inputs[T kernel.Float] struct {
	host    []T
	x       []T // [pixel][channel][lane]
	labels  []T // of each lane, -1 where it has no image
	scalars []T
	masks   []*mask[T]
}

// mask is a dropout layer's: what each element, or with Paths each lane, is multiplied by.
type mask[T kernel.Float] struct {
	layer int
	rate  float64 // of an element; a lane's is the graph's DropPath
	paths bool
	host  []T
	at, n int // in the slab
	ones  bool
}

// lay finds the places of all inputs in a slab and makes the host's.
func lay[T kernel.Float](in device.Size, n *net.Net, live []bool, training bool) *inputs[T] {
	p := new(inputs[T])
	length := in.Len() + in.Row + device.ScalarCount
	for i := range n.Layers {
		l := &n.Layers[i]
		if !live[i] || !training {
			continue
		}
		m := &mask[T]{layer: i, at: length, n: in.Row}
		switch o := l.Op.(type) {
		case net.Dropout:
			m.rate, m.n = o.Rate, l.Out.H*l.Out.W*l.Out.C*in.Row
		case net.DropPath:
			m.paths = true
		default:
			continue
		}
		if m.paths || m.rate > 0 {
			p.masks = append(p.masks, m)
			length += m.n
		}
	}
	p.host = make([]T, length)
	p.x, p.labels, p.scalars = p.cut(p.host, in)
	for i := range p.labels {
		p.labels[i] = -1
	}
	for _, m := range p.masks {
		m.host = p.host[m.at:][:m.n]
	}
	return p
}

// cut finds images, labels and scalars in a slab.
func (p *inputs[T]) cut(slab []T, in device.Size) (x, labels, scalars []T) {
	n := in.Len()
	return slab[:n:n], slab[n:][:in.Row:in.Row], slab[n+in.Row:][:device.ScalarCount:device.ScalarCount]
}

// draw makes a mask from its stream; none is drawn where nothing is dropped.
func (m *mask[T]) draw(rate float64, stream func(layer int) *rand.Rand) {
	if rate <= 0 {
		for i := 0; i < m.n && !m.ones; i++ {
			m.host[i] = 1
		}
		m.ones = true
		return
	}
	r, keep := stream(m.layer), 1-rate
	up := T(1 / keep)
	for i := range m.host {
		m.host[i] = 0
		if r.Float64() < keep {
			m.host[i] = up
		}
	}
	m.ones = false
}
