package graph

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"

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
	// Rows is how many passes have a row of their own in Results and Answers; 0 is 1.
	Rows int
	// BatchStats makes batch norms of a graph that only answers use their batch's statistics. Where the model's are
	// zeros before a pass, they are the batch's after it.
	BatchStats bool
	// Paths makes a graph whose passes are those of [Graph.Path] instead of Calls'.
	Paths bool
	// Room is the most elements that the graph may take, inputs and answers among them, where its block is planned
	// without reuse, on a device that gains by that; 0 is all that the device has.
	Room int
	// Stop, which may be nil, is asked again and again while the graph is built, which for a large supernet takes
	// seconds: its error ends that.
	Stop func() error
}

// Graph is a network ready to run. Its pass is what [Graph.Calls] returns: of the host it reads what [Graph.Upload]
// brought to the device, and it writes the row of Results that [device.ScalarRow] names.
type Graph[T kernel.Float] struct {
	// Loss and Correct are what the last Run gave: the mean cross entropy and the number of
	// right answers.
	Loss    float64
	Correct int
	// Results are [Rows][device.ResultCount], right after the device's Wait.
	Results []float64
	// Scalars, Answers and Logits are the device's. Answers, of a graph that only answers, are [Rows][Row]: the class
	// of each lane. Logits, from the first pass on, are [class][lane]; in a training graph they do not outlive it.
	Scalars, Answers, Logits []T
	// DropPath is the rate that the schedule has reached.
	DropPath float64

	in     device.Size
	dev    device.Device[T]
	stream func(layer int) *rand.Rand
	inputs *inputs[T]
	slab   []T // inputs and answers
	aux    []float64
	tape   *tape[T] // nil when it has run
	length int      // of the block
	block  []T
	calls  []device.Call
	pass   device.Step // of Run
	paths  *paths[T]
	closed bool
}

// New builds the graph of a model for one batch size. It takes memory for inputs and answers, and none for activations
// yet. The error wraps evolve.ErrFailed where the device has no room.
func New[T kernel.Float](m *Model[T], dev device.Device[T], o Options) (*Graph[T], error) {
	if o.Batch < 1 {
		return nil, fmt.Errorf("a batch of %d images: %w", o.Batch, evolve.ErrInvalid)
	}
	g := &Graph[T]{dev: dev, in: inputSize(m.Net, o.Batch), stream: o.Stream}
	c := newCompiler(newBuilder(dev), m, g, o)
	rows, answers := max(o.Rows, 1), 0
	if !o.Training {
		answers = rows * g.in.Row
	}
	g.inputs = lay[T](g.in, m.Net, c.live, o.Training)
	n := len(g.inputs.host)
	var err error
	if g.slab, err = dev.Take(n + answers); err != nil {
		return nil, err
	}
	g.Results, err = dev.Results(rows * device.ResultCount)
	if err == nil && len(c.outs) > 1 {
		g.aux, err = dev.Results(rows * device.ResultCount) // which nobody reads
	}
	if err != nil {
		g.Close()
		return nil, err
	}
	c.images, c.labels, g.Scalars = g.inputs.cut(g.slab, g.in)
	g.Answers = g.slab[n:]
	for _, k := range g.inputs.masks {
		c.masks[k.layer] = g.slab[k.at:][:k.n:k.n]
	}
	if err := c.compile(); err != nil {
		g.Close()
		return nil, err
	}
	if o.Paths {
		if g.paths, err = newPaths(c); err != nil {
			g.Close()
		}
		return g, err
	}
	room := o.Room
	if room > 0 {
		room = max(1, room-len(g.slab))
	}
	offsets, length := c.place(room)
	g.tape, g.length = &tape[T]{c, offsets}, length+c.scratch()
	return g, nil
}

// tape is a compiled graph that has not run.
type tape[T kernel.Float] struct {
	*compiler[T]
	offsets []int
}

// machine lays the graph into a block and makes the machine that runs it.
func (t *tape[T]) machine(block []T) G.VM {
	t.bind(block, t.offsets)
	vm := G.NewTapeMachine(t.builder.g)
	// gorgonia's finalizer is for CUDA. It would keep the whole graph alive for ever, since the
	// machine is part of a cycle.
	runtime.SetFinalizer(vm, nil)
	return vm
}

// Row is the number of lanes: a row of Answers, and what the batch is padded to.
func (g *Graph[T]) Row() int { return g.in.Row }

// Close gives the graph's memory back.
func (g *Graph[T]) Close() error {
	if g.closed {
		return nil
	}
	g.closed, g.tape, g.calls = true, nil, nil
	var err error
	if g.pass != nil {
		err = g.pass.Close()
	}
	g.dev.GiveResults(g.Results)
	if g.aux != nil {
		g.dev.GiveResults(g.aux)
	}
	g.dev.Give(g.slab)
	if g.block != nil {
		g.dev.Give(g.block)
	}
	return err
}

// Memory is the number of bytes of the planned block, which the first pass takes.
func (g *Graph[T]) Memory() int { return g.length * int(dtype[T]().Size()) }

// Inputs is the number of bytes of what Upload fills and of the answers, which New took.
func (g *Graph[T]) Inputs() int { return len(g.slab) * int(dtype[T]().Size()) }

// Load lays out a batch, [channel][image][row][column], and its labels, -1 where a lane has no image, for the next
// Upload.
func (g *Graph[T]) Load(pixels []float32, labels []int32) {
	c, p, row := g.in.C, g.in.Pixels, g.in.Row
	for ch := range c {
		for i := range g.in.Batch {
			src := pixels[(ch*g.in.Batch+i)*p:][:p]
			for k, v := range src {
				g.inputs.x[(k*c+ch)*row+i] = T(v)
			}
		}
	}
	for i, y := range labels[:min(len(labels), g.in.Batch)] {
		g.inputs.labels[i] = T(y)
	}
}

// Set gives the next Upload one of the device's scalars, such as [device.ScalarRow].
func (g *Graph[T]) Set(scalar int, v float64) { g.inputs.scalars[scalar] = T(v) }

// Upload draws the masks of a step and brings them to the device with what Load and Set have left. What was uploaded
// before is gone: a pass must have been run with it.
func (g *Graph[T]) Upload() {
	for _, m := range g.inputs.masks {
		rate := m.rate
		if m.paths {
			rate = g.DropPath
		}
		m.draw(rate, g.stream)
	}
	g.dev.Upload(g.slab[:len(g.inputs.host)], g.inputs.host)
}

// Calls are those of a pass: forward and, in training, backward, adding to the weights' gradients. The first time it
// takes the block and lets gorgonia's tape run over the graph, whose operations make the calls. The error wraps
// evolve.ErrFailed where the device has no room.
func (g *Graph[T]) Calls() ([]device.Call, error) {
	if g.closed {
		return nil, errors.New("training graph: it is closed")
	}
	if g.paths != nil {
		return nil, errors.New("training graph: its passes are those of paths")
	}
	t := g.tape
	if t == nil {
		return g.calls, nil
	}
	block, err := g.dev.Take(g.length)
	if err != nil {
		return nil, fmt.Errorf("training graph: activations: %w", err)
	}
	g.block = block
	vm := t.machine(block)
	err = vm.RunAll()
	if e := vm.Close(); err == nil {
		err = e
	}
	if err != nil {
		g.Close()
		return nil, fmt.Errorf("training graph: %w", err)
	}
	g.calls, g.Logits = slices.Clip(t.calls), t.logits.data // a caller may append to them
	g.tape = nil                                            // and with it all that gorgonia holds
	return g.calls, nil
}

// Run uploads, does one pass by itself and waits for it.
func (g *Graph[T]) Run() error {
	if g.pass == nil {
		calls, err := g.Calls()
		if err != nil {
			return err
		}
		if g.pass, err = g.dev.Record(calls); err != nil {
			return fmt.Errorf("training graph: %w", err)
		}
	}
	g.Upload()
	err := g.pass.Run()
	if late := g.dev.Wait(); err == nil {
		err = late
	}
	if err != nil {
		return fmt.Errorf("training graph: %w", err)
	}
	row := g.Results[int(g.inputs.scalars[device.ScalarRow])*device.ResultCount:]
	g.Loss, g.Correct = row[device.ResultLoss], int(row[device.ResultCorrect])
	return nil
}

// compiler turns layers into operations.
type compiler[T kernel.Float] struct {
	*builder[T]
	m              *Model[T]
	o              Options
	g              *Graph[T]
	live           []bool // layers that the outputs need
	outs           []int  // the output, and in training the auxiliary head's
	images, labels []T    // of the device; nil, as the masks, where the graph is only planned
	masks          [][]T  // by layer
	nodes          []*G.Node
	logits         *op[T]
}

func newCompiler[T kernel.Float](b *builder[T], m *Model[T], g *Graph[T], o Options) *compiler[T] {
	n := m.Net
	b.paths, b.stop = o.Paths, o.Stop
	c := &compiler[T]{builder: b, m: m, o: o, g: g, outs: []int{n.Output}, masks: make([][]T, len(n.Layers)),
		nodes: make([]*G.Node, len(n.Layers))}
	if o.Training && n.Aux >= 0 {
		c.outs = append(c.outs, n.Aux)
	}
	c.live = n.Reach(c.outs...)
	return c
}

// place plans the block: without reuse on a device that gains by it and has the room.
func (c *compiler[T]) place(most int) (offsets []int, length int) {
	room, wide := c.dev.Wide()
	if most > 0 {
		room = min(room, most)
	}
	if offsets, length = c.apart(); wide && length+c.scratch() <= room {
		return offsets, length
	}
	return plan(c.values())
}

func (c *compiler[T]) size(layer int) device.Size {
	s := c.m.Net.Layers[layer].Out
	return device.Size{Pixels: s.H * s.W, C: s.C, Row: c.g.in.Row, Batch: c.g.in.Batch}
}

func (c *compiler[T]) compile() error {
	n := c.m.Net
	var images *tensor.Dense
	if c.images != nil {
		images = dense(c.images, size(c.g.in)...)
	}
	c.nodes[0] = c.input("images", size(c.g.in), images)
	fused := c.fuse()
	for i := 1; i < len(n.Layers); i++ {
		if !c.live[i] {
			continue
		}
		if fused[i] {
			c.nodes[i] = c.nodes[n.Layers[i].In[0]]
			continue
		}
		if err := c.stopped(); err != nil {
			return err
		}
		c.adding = i
		c.nodes[i] = c.layer(i, fused)
		if c.err != nil {
			return c.err
		}
	}
	c.logits = c.of[c.nodes[n.Output]]
	seeds := map[*G.Node]*G.Node{c.nodes[n.Output]: c.loss(n.Output, 1, c.g.Results)}
	if len(c.outs) > 1 {
		seeds[c.nodes[n.Aux]] = c.loss(n.Aux, c.o.AuxWeight, c.g.aux)
	}
	if !c.o.Training {
		c.argmax()
		return c.err
	}
	if c.err != nil {
		return c.err
	}
	return c.backward(seeds)
}

// loss appends the cross entropy of a layer's logits.
func (c *compiler[T]) loss(layer int, weight float64, results []float64) *G.Node {
	spec := device.CrossEntropy[T]{In: c.size(layer), Weight: weight, Labels: c.labels, Scalars: c.g.Scalars,
		Results: results}
	if c.o.Training {
		spec.Smoothing = c.o.Smoothing
	}
	c.adding = layer
	n := c.apply(c.m.Net.Layers[layer].Name+"/loss", spec, nil, nil, c.nodes[layer])
	c.roots = append(c.roots, c.of[n])
	return n
}

// argmax appends the answers, which live with the inputs and not in the block.
func (c *compiler[T]) argmax() {
	out := c.m.Net.Output
	name := c.m.Net.Layers[out].Name + "/answer"
	k := c.kernel(name, device.Argmax[T]{In: c.size(out), Scalars: c.g.Scalars, Answers: c.g.Answers})
	o := &op[T]{name: name, shape: tensor.Shape{1}, out: dense(make([]T, 1), 1),
		call: func(_ []T, in [][]T) device.Call { return k.Forward(nil, in...) }}
	c.add(o, c.nodes[out])
	c.roots = append(c.roots, o)
}

// fuse marks the rectifiers that only convolutions read: a convolution rectifies as it reads.
func (c *compiler[T]) fuse() []bool {
	n := c.m.Net
	fused := make([]bool, len(n.Layers))
	for i := range n.Layers {
		_, fused[i] = n.Layers[i].Op.(net.ReLU)
	}
	for i := range n.Layers {
		if _, ok := n.Layers[i].Op.(net.Conv); ok || !c.live[i] {
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
		return c.weighted(i, device.Conv[T]{In: in, O: o.Out, Window: w, Depthwise: o.Depthwise, ReLU: fused[from]},
			in, x)
	case net.Linear:
		return c.weighted(i, device.Linear[T]{In: in, O: o.Out}, in, x)
	case net.BatchNorm:
		if c.o.BatchStats {
			o.Momentum = 1
		}
		return c.weighted(i, device.BatchNorm[T]{In: in, Momentum: o.Momentum, Epsilon: o.Epsilon,
			Training: c.o.Training || c.o.BatchStats, Stats: c.m.Stats[i]}, in, x)
	case net.ReLU:
		return c.weighted(i, device.ReLU[T]{In: in}, in, x)
	case net.AvgPool:
		w := slide(o.K, o.Stride, o.Pad)
		return c.weighted(i, device.AvgPool[T]{In: in, Window: w, CountPad: o.CountPad}, in, x)
	case net.GlobalAvgPool:
		w := kernel.Window{H: shape.H, W: shape.W, KH: shape.H, KW: shape.W, Stride: 1, Dilation: 1}.Slide()
		return c.weighted(i, device.AvgPool[T]{In: in, Window: w}, in, x)
	case net.MaxPool:
		return c.maxPool(l.Name, device.MaxPool[T]{In: in, Window: slide(o.K, o.Stride, o.Pad)}, x)
	case net.Concat:
		return c.concat(l, i)
	case net.Slice:
		return c.apply(l.Name, device.Slice[T]{In: in, From: o.From, C: o.To - o.From}, nil,
			func(_ device.Kernel[T], dy *G.Node) (G.Nodes, error) {
				place := device.Place[T]{In: c.size(i), From: o.From, C: in.C}
				return G.Nodes{c.apply(l.Name+"/grad", place, nil, nil, dy)}, c.err
			}, x)
	case net.Add:
		return c.sum(l, in)
	case net.Weigh:
		if !c.paths {
			break
		}
		n := c.onWeights(l.Name, device.Scale[T]{In: in}, in, x, c.m.share(o.Gate))
		if c.err == nil {
			c.of[n].weighs = true
		}
		return n
	case net.Ones:
		return c.apply(l.Name, device.Ones[T]{Size: c.size(i)}, nil, nil)
	case net.Zero:
		return c.apply(l.Name, device.Zero[T]{Size: c.size(i)}, nil, nil)
	case net.Dropout:
		if !c.o.Training || o.Rate <= 0 {
			return x
		}
		return c.weighted(i, device.Dropout[T]{In: in, Mask: c.masks[i]}, in, x)
	case net.DropPath:
		if !c.o.Training {
			return x
		}
		return c.weighted(i, device.Dropout[T]{In: in, Paths: true, Mask: c.masks[i]}, in, x)
	}
	c.err = fmt.Errorf("%s: no operation for %T: %w", l.Name, l.Op, evolve.ErrUnsupported)
	return nil
}

// weighted appends an operation of one activation and the layer's weights.
func (c *compiler[T]) weighted(i int, spec device.Spec[T], in device.Size, x *G.Node) *G.Node {
	return c.onWeights(c.m.Net.Layers[i].Name, spec, in, x, c.m.at[i]...)
}

// onWeights appends an operation of one activation and weights.
func (c *compiler[T]) onWeights(name string, spec device.Spec[T], in device.Size, x *G.Node,
	weights ...*Weight[T]) *G.Node {
	nodes := []*G.Node{x}
	var dw [][]T
	var dwNodes []*tensor.Dense
	for _, w := range weights {
		nodes = append(nodes, c.input(w.Name, w.flat(), w.value))
		dw, dwNodes = append(dw, w.Grad_), append(dwNodes, w.grad)
	}
	return c.unary(name, spec, in, dw, dwNodes, nodes...)
}

// maxPool appends the pool, whose output holds maxima and where they came from, and a view of
// the maxima.
func (c *compiler[T]) maxPool(name string, spec device.MaxPool[T], x *G.Node) *G.Node {
	k := c.kernel(name, spec)
	both := &op[T]{name: name, shape: size(spec.Out()), call: forward(k)}
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
	spec := device.Concat[T]{In: c.size(i)}
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
					device.Slice[T]{In: spec.In, From: at, C: spec.C[k]}, nil, nil, dy)
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
	if c.paths {
		return c.addSum(l.Name, device.Sum[T]{In: in}, nil, terms...)
	}
	switch len(terms) {
	case 0:
		return c.nodes[l.In[0]]
	case 1:
		return terms[0]
	}
	return c.apply(l.Name, device.Sum[T]{In: in}, nil, func(_ device.Kernel[T], dy *G.Node) (G.Nodes, error) {
		grads := make(G.Nodes, len(terms))
		for k := range grads {
			grads[k] = dy
		}
		return grads, nil
	}, terms...)
}
