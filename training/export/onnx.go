package export

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/training/graph"
	"github.com/amoeba-nas/amoeba/training/net"
)

// The format's version that belongs to opset 13 (ONNX 1.8), and types of its elements
// (onnx.proto, Version, OperatorSetIdProto, TensorProto.DataType).
const (
	onnxVersion = 7
	onnxOpset   = 13
	onnxFloat   = 1
	onnxInt64   = 7
)

// ONNX writes a trained network as it answers: without its auxiliary head, dropouts and the
// branches that reach no output, and with the running statistics of its batch norms. It takes
// float images [N][C][H][W] under the name "images" and gives "logits" [N][classes], for any
// N. How images are prepared is in the model's doc_string and, to be read by programs, in its
// metadata under data, scale, mean, std and classes, lists as JSON. The error wraps
// evolve.ErrUnsupported for a network that is not like those of net.Build, or one above the
// 2 GiB of a protobuf message, and evolve.ErrInvalid for an input that is not the network's.
func ONNX(w io.Writer, m *graph.Model[float32], images Input) error {
	if err := check(m.Net); err != nil {
		return fmt.Errorf("onnx: %w", err)
	}
	doc, metadata, err := images.onnx(m.Net)
	if err != nil {
		return fmt.Errorf("onnx: %w", err)
	}
	n := m.Net
	f := flowOf(n, n.Output)
	o := &onnx{m: m, known: map[string]bool{}, at: make([]string, len(n.Layers))}
	for i := range n.Layers {
		if f.live[i] && !f.alias(i) {
			in := make([]string, len(f.reads[i]))
			for k, from := range f.reads[i] {
				in[k] = o.at[from]
			}
			o.layer(i, in)
		}
	}
	return o.write(w, doc, metadata)
}

// onnx is the preparation as fields of a ModelProto, those before its graph and those behind.
func (in *Input) onnx(n *net.Net) (doc, metadata []byte, err error) {
	if err := in.check(n); err != nil || in.Data == "" {
		return nil, nil, err
	}
	mean, std, classes, err := in.lists()
	if err != nil {
		return nil, nil, err
	}
	entries := [][2]string{{"data", in.Data}, {"scale", in.scale()}, {"mean", mean}, {"std", std}}
	if in.Classes != nil {
		entries = append(entries, [2]string{"classes", classes})
	}
	for _, e := range entries {
		metadata = message(metadata, 14, text(text(nil, 1, e[0]), 2, e[1]))
	}
	return text(nil, 6, in.rule("mean "+mean, "std "+std)), metadata, nil
}

// onnx is a GraphProto in the making.
type onnx struct {
	m       *graph.Model[float32]
	nodes   []byte
	tensors []onnxTensor
	known   map[string]bool // constants that are among the tensors
	at      []string        // the name of a layer's value
}

// onnxTensor is an initializer: a message up to its raw data, and that data where it is large.
type onnxTensor struct {
	head []byte
	data []float32
}

// layer appends the nodes of a layer.
func (o *onnx) layer(i int, in []string) {
	l := &o.m.Net.Layers[i]
	name := l.Name
	if i == o.m.Net.Output {
		name = "logits"
	}
	o.at[i] = name
	x := ""
	if len(in) > 0 {
		x = in[0]
	}
	if rows, columns := crop(l.Op); rows > 0 || columns > 0 {
		o.slice(name+"/crop", x, []int{rows, columns}, []int{math.MaxInt64, math.MaxInt64}, []int{2, 3}, []int{1, 1})
		x = name + "/crop"
	}
	switch op := l.Op.(type) {
	case net.Input:
		o.at[i] = "images"
	case net.Dropout, net.DropPath:
		o.at[i] = x
	case net.Conv:
		group := 1
		if op.Depthwise {
			group = op.Out
		}
		down, along := op.Strides()
		rows, columns := behind(op, o.m.Net.Layers[l.In[0]].Out, l.Out)
		o.node("Conv", name, append([]string{x}, o.weights(i)...), ints("dilations", op.Dilation, op.Dilation),
			number("group", group),
			ints("kernel_shape", op.KH, op.KW), ints("pads", max(op.PadH, 0), max(op.PadW, 0), rows, columns),
			ints("strides", down, along))
	case net.BatchNorm:
		o.batchNorm(i, op, x)
	case net.ReLU:
		o.node("Relu", name, in)
	case net.MaxPool:
		if cropOnly(op) {
			o.at[i] = x
			return
		}
		o.node("MaxPool", name, []string{x}, ints("kernel_shape", op.K, op.K), pads(op.Pad, op.Pad),
			ints("strides", op.Stride, op.Stride))
	case net.AvgPool:
		if cropOnly(op) {
			o.at[i] = x
			return
		}
		count := 0
		if op.CountPad {
			count = 1
		}
		o.node("AveragePool", name, []string{x}, number("count_include_pad", count),
			ints("kernel_shape", op.K, op.K), pads(op.Pad, op.Pad), ints("strides", op.Stride, op.Stride))
	case net.GlobalAvgPool:
		o.node("GlobalAveragePool", name, in)
	case net.Concat:
		o.node("Concat", name, in, number("axis", 1))
	case net.Slice:
		o.slice(name, x, []int{op.From}, []int{op.To}, []int{1}, []int{1})
	case net.Add:
		kind := "Add"
		if len(in) > 2 {
			kind = "Sum"
		}
		o.node(kind, name, in)
	case net.Zero:
		if op.Stride > 1 {
			o.slice(name+"/stride", x, []int{0, 0}, []int{math.MaxInt64, math.MaxInt64}, []int{2, 3},
				[]int{op.Stride, op.Stride})
			x = name + "/stride"
		}
		if !o.known["constant/zero"] {
			o.known["constant/zero"] = true
			o.floats("constant/zero", nil, []float32{0})
		}
		o.node("Mul", name, []string{x, "constant/zero"})
	case net.Linear:
		o.node("Flatten", name+"/flatten", in, number("axis", 1))
		o.node("Gemm", name, append([]string{name + "/flatten"}, o.weights(i)...), number("transB", 1))
	}
}

// weights appends a layer's weights and returns their names.
func (o *onnx) weights(i int) (names []string) {
	for _, w := range o.m.Layer(i) {
		o.floats(w.Name, w.Shape, w.Data)
		names = append(names, w.Name)
	}
	return names
}

// batchNorm appends a batch norm, which in ONNX always has a scale and a shift.
func (o *onnx) batchNorm(i int, op net.BatchNorm, x string) {
	name, c := o.at[i], o.m.Net.Layers[i].Out.C
	in := append([]string{x}, o.weights(i)...)
	if !op.Affine {
		o.floats(name+"/weight", []int{c}, slices.Repeat([]float32{1}, c))
		o.floats(name+"/bias", []int{c}, make([]float32, c))
		in = append(in, name+"/weight", name+"/bias")
	}
	o.floats(name+"/mean", []int{c}, o.m.Stats[i][:c])
	o.floats(name+"/variance", []int{c}, o.m.Stats[i][c:])
	o.node("BatchNormalization", name, append(in, name+"/mean", name+"/variance"), float("epsilon", op.Epsilon))
}

// slice appends a slice along axes.
func (o *onnx) slice(name, x string, from, to, axes, steps []int) {
	o.node("Slice", name, []string{x, o.constant(from), o.constant(to), o.constant(axes), o.constant(steps)})
}

// node appends a NodeProto of one output, after which it is named as well.
func (o *onnx) node(op, out string, in []string, attributes ...[]byte) {
	var b []byte
	for _, s := range in {
		b = text(b, 1, s)
	}
	b = text(text(text(b, 2, out), 3, out), 4, op)
	for _, a := range attributes {
		b = message(b, 5, a)
	}
	o.nodes = message(o.nodes, 1, b)
}

// floats appends a TensorProto.
func (o *onnx) floats(name string, shape []int, data []float32) {
	b := tensorHead(name, onnxFloat, shape)
	b = protowire.AppendVarint(protowire.AppendTag(b, 9, protowire.BytesType), uint64(4*len(data)))
	head := protowire.AppendVarint(protowire.AppendTag(nil, 5, protowire.BytesType), uint64(len(b)+4*len(data)))
	o.tensors = append(o.tensors, onnxTensor{append(head, b...), data})
}

// constant appends a TensorProto of indices, once, and returns its name.
func (o *onnx) constant(values []int) string {
	name := "constant"
	for _, v := range values {
		name += "/" + strconv.Itoa(v)
	}
	if o.known[name] {
		return name
	}
	o.known[name] = true
	var raw []byte
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
	}
	b := message(tensorHead(name, onnxInt64, []int{len(values)}), 9, raw)
	o.tensors = append(o.tensors, onnxTensor{head: message(nil, 5, b)})
	return name
}

func tensorHead(name string, kind int, shape []int) (b []byte) {
	for _, d := range shape {
		b = integer(b, 1, d)
	}
	return text(integer(b, 2, kind), 8, name)
}

// write puts the graph into a ModelProto. Weights go to w as they are, without a second copy.
func (o *onnx) write(w io.Writer, doc, metadata []byte) error {
	in, out := o.m.Net.Layers[0].Out, o.m.Net.Layers[o.m.Net.Output].Out
	start := text(o.nodes, 2, "amoeba")
	end := message(nil, 11, value("images", in.C, in.H, in.W))
	end = message(end, 12, value("logits", out.C))
	size := len(start) + len(end)
	for _, t := range o.tensors {
		size += len(t.head) + 4*len(t.data)
	}
	b := append(text(integer(nil, 1, onnxVersion), 2, "amoeba"), doc...)
	b = protowire.AppendVarint(protowire.AppendTag(b, 7, protowire.BytesType), uint64(size))
	tail := append(message(nil, 8, integer(text(nil, 1, ""), 2, onnxOpset)), metadata...)
	if total := len(b) + size + len(tail); total > math.MaxInt32 {
		return fmt.Errorf("onnx: a network of %d bytes: a file takes at most %d: %w",
			total, math.MaxInt32, evolve.ErrUnsupported)
	}
	bw := bufio.NewWriter(w)
	bw.Write(b)
	bw.Write(start)
	var raw [4]byte
	for _, t := range o.tensors {
		bw.Write(t.head)
		for _, v := range t.data {
			binary.LittleEndian.PutUint32(raw[:], math.Float32bits(v))
			bw.Write(raw[:])
		}
	}
	bw.Write(end)
	bw.Write(tail)
	return bw.Flush() // the first error of all
}

// value is a ValueInfoProto of floats whose first dimension is the batch.
func value(name string, shape ...int) []byte {
	dims := message(nil, 1, text(nil, 2, "N"))
	for _, d := range shape {
		dims = message(dims, 1, integer(nil, 1, d))
	}
	tensor := message(integer(nil, 1, onnxFloat), 2, dims)
	return message(text(nil, 1, name), 2, message(nil, 1, tensor))
}

// The attributes below are AttributeProtos: name, value and, in field 20, its type.

func number(name string, v int) []byte {
	return integer(integer(text(nil, 1, name), 3, v), 20, 2)
}

func float(name string, v float64) []byte {
	b := protowire.AppendTag(text(nil, 1, name), 2, protowire.Fixed32Type)
	return integer(protowire.AppendFixed32(b, math.Float32bits(float32(v))), 20, 1)
}

func ints(name string, values ...int) []byte {
	b := text(nil, 1, name)
	for _, v := range values {
		b = integer(b, 8, v)
	}
	return integer(b, 20, 7)
}

// pads are the same at both ends. Negative padding is a slice.
func pads(h, w int) []byte {
	h, w = max(h, 0), max(w, 0)
	return ints("pads", h, w, h, w)
}

func text(b []byte, field protowire.Number, s string) []byte {
	return protowire.AppendString(protowire.AppendTag(b, field, protowire.BytesType), s)
}

func message(b []byte, field protowire.Number, m []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, field, protowire.BytesType), m)
}

func integer(b []byte, field protowire.Number, v int) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, field, protowire.VarintType), uint64(v))
}

// KindONNX is the kind of the file that [ONNX] writes: it begins with the version of the format and the producer's
// name.
var KindONNX = durable.Begins("ONNX model of amoeba", "\x08\x07\x12\x06amoeba")
