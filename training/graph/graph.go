package graph

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/kernel"
	"github.com/amoeba-nas/amoeba/training/net"
)

// Options say how a graph is built.
type Options struct {
	Batch     int
	Training  bool                       // batch statistics, dropout, auxiliary head and gradients
	Smoothing float64                    // of the labels, in training
	AuxWeight float64                    // of the auxiliary head's loss
	Stream    func(layer int) *rand.Rand // of a dropout layer's mask at this step
}

// Graph is a network ready to run on one thread.
type Graph[T kernel.Float] struct {
	// X takes a batch, [pixel][channel][lane] (see [Graph.Load]); Labels its classes, -1 where
	// a lane has no image.
	X      []T
	Labels []int32
	// Loss and Correct are what the last Run gave: the mean cross entropy and the number of
	// right answers. Logits are [class][lane]; in a training graph they do not outlive the pass.
	Loss    float64
	Correct int
	Logits  []T
	// DropPath is the rate that the schedule has reached.
	DropPath float64

	in      device.Size
	vm      G.VM
	dev     device.Device[T]
	block   []T
	length  int    // of the block
	start   func() // takes the block
	auxLoss float64
	auxHits int
}

// New builds the graph of a model for one batch size. It takes no memory for activations yet.
func New[T kernel.Float](m *Model[T], dev device.Device[T], o Options) (*Graph[T], error) {
	if o.Batch < 1 {
		return nil, fmt.Errorf("a batch of %d images: %w", o.Batch, evolve.ErrInvalid)
	}
	g := &Graph[T]{dev: dev, in: inputSize(m.Net, o.Batch)}
	g.X, g.Labels = make([]T, g.in.Len()), make([]int32, o.Batch)
	b := newBuilder(dev)
	c := &compiler[T]{builder: b, m: m, o: o, g: g, nodes: make([]*G.Node, len(m.Net.Layers))}
	if err := c.compile(); err != nil {
		return nil, err
	}
	offsets, length := b.plan()
	g.length = length
	g.start = func() {
		g.block = dev.Take(length)
		b.bind(g.block, offsets)
		g.Logits = c.logits.data
		g.vm = G.NewTapeMachine(b.g)
		// gorgonia's finalizer is for CUDA. It would keep the whole graph alive for ever, since the
		// machine is part of a cycle.
		runtime.SetFinalizer(g.vm, nil)
	}
	return g, nil
}

// Close gives the graph's memory back.
func (g *Graph[T]) Close() error {
	vm := g.vm
	g.vm, g.start = nil, nil
	if vm == nil {
		return nil
	}
	g.dev.Give(g.block)
	g.block = nil
	return vm.Close()
}

// Memory is the number of bytes of the planned block, which the first Run takes.
func (g *Graph[T]) Memory() int { return g.length * int(dtype[T]().Size()) }

// Load copies a batch laid out [channel][image][row][column] to X.
func (g *Graph[T]) Load(pixels []float32, labels []int32) {
	c, p, row := g.in.C, g.in.Pixels, g.in.Row
	for ch := range c {
		for i := range g.in.Batch {
			src := pixels[(ch*g.in.Batch+i)*p:][:p]
			for k, v := range src {
				g.X[(k*c+ch)*row+i] = T(v)
			}
		}
	}
	copy(g.Labels, labels)
}

// Run does one pass: forward and, in training, backward, adding to the weights' gradients.
func (g *Graph[T]) Run() error {
	if g.vm == nil {
		if g.start == nil {
			return errors.New("training graph: it is closed")
		}
		g.start()
	}
	defer g.vm.Reset()
	if err := g.vm.RunAll(); err != nil {
		return fmt.Errorf("training graph: %w", err)
	}
	return nil
}

// compiler turns layers into operations.
type compiler[T kernel.Float] struct {
	*builder[T]
	m      *Model[T]
	o      Options
	g      *Graph[T]
	nodes  []*G.Node // by layer
	logits *op[T]
}

func (c *compiler[T]) size(layer int) device.Size {
	s := c.m.Net.Layers[layer].Out
	return device.Size{Pixels: s.H * s.W, C: s.C, Row: c.g.in.Row, Batch: c.g.in.Batch}
}

func (c *compiler[T]) compile() error {
	n := c.m.Net
	outs := []int{n.Output}
	if c.o.Training && n.Aux >= 0 {
		outs = append(outs, n.Aux)
	}
	live := n.Reach(outs...)
	var images *tensor.Dense
	if c.g.X != nil {
		images = dense(c.g.X, size(c.g.in)...)
	}
	c.nodes[0] = c.input("images", size(c.g.in), images)
	fused := c.fuse(live)
	for i := 1; i < len(n.Layers); i++ {
		if !live[i] {
			continue
		}
		if fused[i] {
			c.nodes[i] = c.nodes[n.Layers[i].In[0]]
			continue
		}
		c.nodes[i] = c.layer(i, fused)
		if c.err != nil {
			return c.err
		}
	}
	c.logits = c.of[c.nodes[n.Output]]
	loss := func(layer int, weight float64, to *float64, hits *int) *G.Node {
		return c.apply(n.Layers[layer].Name+"/loss", device.CrossEntropy{In: c.size(layer), Smoothing: c.smoothing(),
			Weight: weight,
			Labels: &c.g.Labels, Loss: to, Correct: hits}, nil, nil, c.nodes[layer])
	}
	seeds := map[*G.Node]*G.Node{c.nodes[n.Output]: loss(n.Output, 1, &c.g.Loss, &c.g.Correct)}
	if len(outs) > 1 {
		seeds[c.nodes[n.Aux]] = loss(n.Aux, c.o.AuxWeight, &c.g.auxLoss, &c.g.auxHits)
	}
	if c.err != nil || !c.o.Training {
		return c.err
	}
	return c.backward(seeds)
}

func (c *compiler[T]) smoothing() float64 {
	if c.o.Training {
		return c.o.Smoothing
	}
	return 0
}

// fuse marks the rectifiers that only convolutions read: a convolution rectifies as it reads.
func (c *compiler[T]) fuse(live []bool) []bool {
	n := c.m.Net
	fused := make([]bool, len(n.Layers))
	for i := range n.Layers {
		_, fused[i] = n.Layers[i].Op.(net.ReLU)
	}
	for i := range n.Layers {
		if _, ok := n.Layers[i].Op.(net.Conv); ok || !live[i] {
			continue
		}
		for _, k := range n.Layers[i].In {
			fused[k] = false
		}
	}
	return fused
}

// layer appends a layer's operation.
func (c *compiler[T]) layer(i int, fused []bool) *G.Node {
	l := &c.m.Net.Layers[i]
	from := l.In[0]
	x, in := c.nodes[from], c.size(from)
	shape := c.m.Net.Layers[from].Out
	slide := func(k, stride, pad int) kernel.Window {
		return kernel.Window{H: shape.H, W: shape.W, KH: k, KW: k, Stride: stride, Dilation: 1, PadH: pad,
			PadW: pad}.Slide()
	}
	switch o := l.Op.(type) {
	case net.Conv:
		w := kernel.Window{H: shape.H, W: shape.W, KH: o.KH, KW: o.KW, Stride: o.Stride, StrideW: o.StrideW,
			Dilation: o.Dilation, PadH: o.PadH, PadW: o.PadW, Ceil: o.Ceil}.Slide()
		return c.weighted(i, device.Conv{In: in, O: o.Out, Window: w, Depthwise: o.Depthwise, ReLU: fused[from]}, in, x)
	case net.Linear:
		return c.weighted(i, device.Linear{In: in, O: o.Out}, in, x)
	case net.BatchNorm:
		return c.weighted(i, device.BatchNorm[T]{In: in, Momentum: o.Momentum, Epsilon: o.Epsilon,
			Training: c.o.Training, Stats: c.m.Stats[i]}, in, x)
	case net.ReLU:
		return c.weighted(i, device.ReLU{In: in}, in, x)
	case net.AvgPool:
		return c.weighted(i, device.AvgPool{In: in, Window: slide(o.K, o.Stride, o.Pad), CountPad: o.CountPad}, in, x)
	case net.GlobalAvgPool:
		w := kernel.Window{H: shape.H, W: shape.W, KH: shape.H, KW: shape.W, Stride: 1, Dilation: 1}.Slide()
		return c.weighted(i, device.AvgPool{In: in, Window: w}, in, x)
	case net.MaxPool:
		return c.maxPool(l.Name, device.MaxPool{In: in, Window: slide(o.K, o.Stride, o.Pad)}, x)
	case net.Concat:
		return c.concat(l, i)
	case net.Slice:
		return c.apply(l.Name, device.Slice{In: in, From: o.From, C: o.To - o.From}, nil,
			func(_ device.Kernel[T], dy *G.Node) (G.Nodes, error) {
				place := device.Place{In: c.size(i), From: o.From, C: in.C}
				return G.Nodes{c.apply(l.Name+"/grad", place, nil, nil, dy)}, c.err
			}, x)
	case net.Add:
		return c.sum(l, in)
	case net.Zero:
		return c.apply(l.Name, device.Zero{Size: c.size(i)}, nil, nil)
	case net.Dropout:
		if !c.o.Training || o.Rate <= 0 {
			return x
		}
		return c.weighted(i, device.Dropout{In: in, Rate: &o.Rate, Stream: func() *rand.Rand { return c.o.Stream(i) }},
			in, x)
	case net.DropPath:
		if !c.o.Training {
			return x
		}
		return c.weighted(i, device.Dropout{In: in, Paths: true, Rate: &c.g.DropPath,
			Stream: func() *rand.Rand { return c.o.Stream(i) }}, in, x)
	}
	c.err = fmt.Errorf("%s: no operation for %T: %w", l.Name, l.Op, evolve.ErrUnsupported)
	return nil
}

// weighted appends an operation of one activation and the layer's weights.
func (c *compiler[T]) weighted(i int, spec device.Spec, in device.Size, x *G.Node) *G.Node {
	nodes := []*G.Node{x}
	var dw [][]T
	var dwNodes []*tensor.Dense
	for _, w := range c.m.at[i] {
		nodes = append(nodes, c.input(w.Name, w.flat(), w.value))
		dw, dwNodes = append(dw, w.Grad_), append(dwNodes, w.grad)
	}
	return c.unary(c.m.Net.Layers[i].Name, spec, in, dw, dwNodes, nodes...)
}

// maxPool appends the pool, whose output holds maxima and where they came from, and a view of
// the maxima.
func (c *compiler[T]) maxPool(name string, spec device.MaxPool, x *G.Node) *G.Node {
	k := c.dev.Kernel(spec)
	both := &op[T]{name: name, shape: size(spec.Out()), run: func(out []T, in [][]T) { k.Forward(out, in...) }}
	bothNode := c.add(both, x)
	half := spec.Out()
	half.Pixels /= 2
	o := &op[T]{name: name + "/max", shape: size(half), view: both}
	o.grad = func(dy *G.Node) (G.Nodes, error) {
		in, err := c.pullback(name, k, spec.In, nil, nil, dy, c.need[x], x, bothNode)
		if err != nil || in[0] == nil {
			return nil, err
		}
		return in[:1], nil
	}
	// The kernel routes dy straight to x: between the two there is nothing to differentiate.
	both.grad = func(dx *G.Node) (G.Nodes, error) { return G.Nodes{dx}, nil }
	n := c.add(o, bothNode)
	c.need[n], c.need[bothNode] = c.need[x], c.need[x]
	return n
}

func (c *compiler[T]) concat(l *net.Layer, i int) *G.Node {
	spec := device.Concat{In: c.size(i)}
	var in G.Nodes
	for _, k := range l.In {
		spec.C = append(spec.C, c.m.Net.Layers[k].Out.C)
		in = append(in, c.nodes[k])
	}
	return c.apply(l.Name, spec, nil, func(_ device.Kernel[T], dy *G.Node) (G.Nodes, error) {
		grads, at := make(G.Nodes, len(in)), 0
		for k, n := range in {
			if c.need[n] {
				grads[k] = c.apply(fmt.Sprintf("%s/grad%d", l.Name, k),
					device.Slice{In: spec.In, From: at, C: spec.C[k]}, nil, nil, dy)
			}
			at += spec.C[k]
		}
		return grads, c.err
	}, in...)
}

// sum appends an addition; zeros are left out. Its gradient is its inputs'.
func (c *compiler[T]) sum(l *net.Layer, in device.Size) *G.Node {
	var terms G.Nodes
	for _, k := range l.In {
		if _, zero := c.m.Net.Layers[k].Op.(net.Zero); !zero {
			terms = append(terms, c.nodes[k])
		}
	}
	switch len(terms) {
	case 0:
		return c.nodes[l.In[0]]
	case 1:
		return terms[0]
	}
	return c.apply(l.Name, device.Sum{In: in}, nil, func(_ device.Kernel[T], dy *G.Node) (G.Nodes, error) {
		grads := make(G.Nodes, len(terms))
		for k := range grads {
			grads[k] = dy
		}
		return grads, nil
	}, terms...)
}

// Answer is the class that the last Run gave a lane's image the highest logit for.
func (g *Graph[T]) Answer(lane int) int {
	best, row := 0, g.in.Row
	for c := range len(g.Logits) / row {
		if g.Logits[c*row+lane] > g.Logits[best*row+lane] {
			best = c
		}
	}
	return best
}
