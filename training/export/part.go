package export

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/amoeba-nas/amoeba/training/net"
)

// part is a run of layers whose names begin alike, such as a cell: a Python class, or a module
// where it is a single chain.
type part struct {
	n           *net.Net
	f           *flow
	readers     []int // of each layer in the whole network
	key         string
	first, last int // layers first to last-1
	head        bool
	chain       bool

	ids           names
	local         map[int]string // values of layers inside
	outs          []int          // layers that others read
	init, forward sketch
}

// partKey is the beginning of a layer's name that it shares with its part: up to the cell, or
// the folder it is in, at most two deep.
func partKey(name string) string {
	folders := strings.Split(name, "/")
	folders = folders[:len(folders)-1]
	if len(folders) == 0 {
		return name
	}
	if i := slices.IndexFunc(folders, func(s string) bool { return strings.HasPrefix(s, "cell") }); i >= 0 {
		return strings.Join(folders[:i+1], "/")
	}
	return strings.Join(folders[:min(len(folders), 2)], "/")
}

// parts cuts a network into parts, in the order of its layers. Chains get their names from top.
func parts(n *net.Net, f *flow, top names) []*part {
	readers := make([]int, len(n.Layers))
	for i, reads := range f.reads {
		if !f.alias(i) {
			for _, k := range reads {
				readers[k]++
			}
		}
	}
	head := n.AuxOnly()
	var all []*part
	of := make([]int, len(n.Layers)) // a layer's part
	for i := 1; i < len(n.Layers); i++ {
		key := partKey(n.Layers[i].Name)
		if head[i] {
			key, _, _ = strings.Cut(n.Layers[i].Name, "/")
		}
		if p := len(all) - 1; p < 0 || all[p].key != key || all[p].head != head[i] {
			all = append(all, &part{n: n, f: f, readers: readers, key: key, first: i, head: head[i], ids: names{},
				local: map[int]string{}})
		}
		all[len(all)-1].last, of[i] = i+1, len(all)
	}
	out := make([]bool, len(n.Layers))
	out[n.Output] = true
	if n.Aux >= 0 {
		out[n.Aux] = true
	}
	for i, reads := range f.reads {
		for _, k := range reads {
			out[k] = out[k] || f.live[i] && !f.alias(i) && of[i] != of[k]
		}
	}
	for _, p := range all {
		for k := p.first; k < p.last; k++ {
			if out[k] {
				p.outs = append(p.outs, k)
			}
		}
		p.write(top)
	}
	return all
}

// write makes the sketches.
func (p *part) write(top names) {
	if end, name := p.run(p.first, ""); end == p.last && p.module(p.first) {
		p.chain, p.ids = true, top
		p.modules(p.first, end, name)
		return
	}
	for i := p.first; i < p.last; {
		end := i + 1
		switch {
		case p.f.alias(i):
		case !p.module(i):
			if p.f.live[i] {
				p.local[i] = p.ids.of(p.short(p.n.Layers[i].Name))
				p.forward.add("        ", p.local[i], " = ")
				p.expression(i)
				p.forward.add("\n")
			}
		default:
			var name string
			end, name = p.run(i, p.key)
			p.modules(i, end, name)
		}
		i = end
	}
}

// short is a name within the part's class.
func (p *part) short(name string) string {
	if p.chain {
		return name
	}
	return strings.TrimPrefix(name, p.key+"/")
}

// run finds the chain that begins at a layer, each layer the only reader of the one before, and
// what their names begin with below the folder above.
func (p *part) run(i int, above string) (end int, name string) {
	name = p.n.Layers[i].Name
	for end = i + 1; end < p.last; end++ {
		rows, columns := crop(p.n.Layers[end].Op)
		pad, _ := p.padded(end)
		if !p.module(end-1) || !p.module(end) || rows > 0 || columns > 0 || pad != "" || p.readers[end-1] != 1 ||
			!slices.Equal(p.f.reads[end], []int{end - 1}) {
			break
		}
		common := commonFolder(name, p.n.Layers[end].Name)
		if common == "" || common == above {
			break
		}
		name = common
	}
	return end, name
}

// commonFolder takes paths, the first of which may be a folder itself.
func commonFolder(a, b string) string {
	x, y := strings.Split(a, "/"), strings.Split(b, "/")
	k := 0
	for k < len(x) && k < len(y) && x[k] == y[k] {
		k++
	}
	return strings.Join(x[:k], "/")
}

// module says that a layer becomes an nn.Module and not an expression.
func (p *part) module(i int) bool {
	switch op := p.n.Layers[i].Op.(type) {
	case net.Concat, net.Slice, net.Add, net.Zero:
		return false
	case net.MaxPool, net.AvgPool:
		return !cropOnly(op)
	}
	return true
}

// modules writes a chain of modules and, where it reaches an output, its call.
func (p *part) modules(i, end int, name string) {
	layers := p.n.Layers[i:end]
	_, relu := layers[0].Op.(net.ReLU)
	relu = relu && end == i+1 && !p.chain
	if !p.f.live[end-1] && !slices.ContainsFunc(layers, func(l net.Layer) bool { return hasWeights(l.Op) }) {
		return
	}
	id := p.ids.of(p.short(name))
	if !relu {
		if !p.f.live[end-1] {
			p.init.add("        # Leads nowhere; counts of parameters have it.\n")
		}
		p.init.add("        self.", id, " = ")
		_, linear := layers[len(layers)-1].Op.(net.Linear)
		if end == i+1 && !linear {
			p.constructor(i)
		} else {
			p.init.add("nn.Sequential(\n")
			for k := i; k < end; k++ {
				p.init.add("            ")
				p.constructor(k)
				p.init.add(",\n")
			}
			p.init.add("        )")
		}
		p.init.add("\n")
	}
	if !p.f.live[end-1] {
		return
	}
	p.local[end-1] = id
	call := "self." + id
	if relu {
		call = "torch.relu"
	}
	before, after := p.padded(i)
	p.forward.add("        ", id, " = ", call, "(", before)
	p.read(p.f.reads[i][0])
	p.forward.add(croppedText(layers[0].Op), after, ")\n")
}

// padded is the text around the input of a convolution that reads zeros behind the last pixel which
// are not in front of the first: those of Ceil.
func (p *part) padded(i int) (before, after string) {
	op, ok := p.n.Layers[i].Op.(net.Conv)
	if !ok {
		return "", ""
	}
	rows, columns := behind(op, p.n.Layers[p.n.Layers[i].In[0]].Out, p.n.Layers[i].Out)
	rows, columns = rows-max(op.PadH, 0), columns-max(op.PadW, 0)
	if rows == 0 && columns == 0 {
		return "", ""
	}
	return "nn.functional.pad(", fmt.Sprintf(", (0, %d, 0, %d))", columns, rows)
}

func hasWeights(op net.Op) bool {
	switch op.(type) {
	case net.Conv, net.BatchNorm, net.Linear:
		return true
	}
	return false
}

// read appends the value of a layer.
func (p *part) read(k int) {
	if k >= p.first {
		p.forward.add(p.local[k])
		return
	}
	p.forward.add(source(k))
}

func croppedText(op net.Op) string {
	rows, columns := crop(op)
	if rows == 0 && columns == 0 {
		return ""
	}
	from := func(k int) string {
		if k == 0 {
			return ":"
		}
		return strconv.Itoa(k) + ":"
	}
	return "[:, :, " + from(rows) + ", " + from(columns) + "]"
}

// expression appends an operation without a module.
func (p *part) expression(i int) {
	reads := p.f.reads[i]
	switch op := p.n.Layers[i].Op.(type) {
	case net.Add:
		for k, from := range reads {
			if k > 0 {
				p.forward.add(" + ")
			}
			p.read(from)
		}
	case net.Concat:
		p.forward.add("torch.cat([")
		for k, from := range reads {
			if k > 0 {
				p.forward.add(", ")
			}
			p.read(from)
		}
		p.forward.add("], 1)")
	case net.Slice:
		p.read(reads[0])
		if op.From == 0 {
			p.forward.add("[:, :", channels(op.To), "]")
		} else {
			p.forward.add("[:, ", channels(op.From), ":", channels(op.To), "]")
		}
	case net.Zero:
		p.forward.add("torch.zeros_like(")
		p.read(reads[0])
		if op.Stride > 1 {
			p.forward.add(fmt.Sprintf("[:, :, ::%d, ::%[1]d]", op.Stride))
		}
		p.forward.add(")")
	default: // a pool that crops
		p.read(reads[0])
		p.forward.add(croppedText(op))
	}
}

// constructor appends the module of a layer.
func (p *part) constructor(i int) {
	l := &p.n.Layers[i]
	in := channels(p.n.Layers[p.f.reads[i][0]].Out.C)
	both := func(a, b int) string {
		if a == b {
			return strconv.Itoa(a)
		}
		return fmt.Sprintf("(%d, %d)", a, b)
	}
	s := &p.init
	switch op := l.Op.(type) {
	case net.Conv:
		s.add("nn.Conv2d(", in, ", ", channels(op.Out), ", ", both(op.KH, op.KW))
		if h, w := op.Strides(); h > 1 || w > 1 {
			s.add(", stride=", both(h, w))
		}
		if h, w := max(op.PadH, 0), max(op.PadW, 0); h > 0 || w > 0 {
			s.add(", padding=", both(h, w))
		}
		if op.Dilation > 1 {
			s.add(", dilation=", strconv.Itoa(op.Dilation))
		}
		if op.Depthwise {
			s.add(", groups=", in)
		}
		s.add(", bias=False)")
	case net.BatchNorm:
		s.add("nn.BatchNorm2d(", channels(l.Out.C))
		// PyTorch's defaults are not written.
		if op.Epsilon != 1e-5 {
			s.add(", eps=", decimal(op.Epsilon))
		}
		if op.Momentum != 0.1 {
			s.add(", momentum=", decimal(op.Momentum))
		}
		if !op.Affine {
			s.add(", affine=False")
		}
		s.add(")")
	case net.ReLU:
		s.add("nn.ReLU()")
	case net.MaxPool:
		s.add("nn.MaxPool2d(", window(op), ")")
	case net.AvgPool:
		s.add("nn.AvgPool2d(", window(op))
		if op.Pad > 0 && !op.CountPad {
			s.add(", count_include_pad=False")
		}
		s.add(")")
	case net.GlobalAvgPool:
		s.add("nn.AdaptiveAvgPool2d(1)")
	case net.Dropout:
		s.add("nn.Dropout(", decimal(op.Rate), ")")
	case net.DropPath:
		s.add("DropPath(", decimal(op.Rate), ")")
	case net.Linear:
		s.add("nn.Flatten(),\n            nn.Linear(", in, ", ", channels(op.Out), ")")
	}
}

// window writes the arguments that both pools have.
func window(op net.Op) string {
	k, stride, pad, _ := pool(op)
	if pad <= 0 {
		return fmt.Sprintf("%d, %d", k, stride)
	}
	return fmt.Sprintf("%d, %d, %d", k, stride, pad)
}

// decimal writes a number as Python reads it back.
func decimal(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
