package export

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/net"
)

// kind is how onnx.proto declares a field.
type kind struct {
	wire     protowire.Type
	repeated bool
	message  string
}

// schema is onnx.proto of opset 13: fields by message and number, as far as they are written.
var schema = map[string]map[protowire.Number]kind{
	"Model":     {1: {wire: protowire.VarintType}, 2: {wire: protowire.BytesType}, 6: {wire: protowire.BytesType}, 7: {protowire.BytesType, false, "Graph"}, 8: {protowire.BytesType, true, "Opset"}, 14: {protowire.BytesType, true, "Entry"}},
	"Entry":     {1: {wire: protowire.BytesType}, 2: {wire: protowire.BytesType}},
	"Opset":     {1: {wire: protowire.BytesType}, 2: {wire: protowire.VarintType}},
	"Graph":     {1: {protowire.BytesType, true, "Node"}, 2: {wire: protowire.BytesType}, 5: {protowire.BytesType, true, "Tensor"}, 11: {protowire.BytesType, true, "Value"}, 12: {protowire.BytesType, true, "Value"}},
	"Node":      {1: {wire: protowire.BytesType, repeated: true}, 2: {wire: protowire.BytesType, repeated: true}, 3: {wire: protowire.BytesType}, 4: {wire: protowire.BytesType}, 5: {protowire.BytesType, true, "Attribute"}},
	"Attribute": {1: {wire: protowire.BytesType}, 2: {wire: protowire.Fixed32Type}, 3: {wire: protowire.VarintType}, 8: {wire: protowire.VarintType, repeated: true}, 20: {wire: protowire.VarintType}},
	"Tensor":    {1: {wire: protowire.VarintType, repeated: true}, 2: {wire: protowire.VarintType}, 8: {wire: protowire.BytesType}, 9: {wire: protowire.BytesType}},
	"Value":     {1: {wire: protowire.BytesType}, 2: {protowire.BytesType, false, "Type"}},
	"Type":      {1: {protowire.BytesType, false, "TypeTensor"}},
	"TypeTensor": {
		1: {wire: protowire.VarintType}, 2: {protowire.BytesType, false, "Shape"}},
	"Shape":     {1: {protowire.BytesType, true, "Dimension"}},
	"Dimension": {1: {wire: protowire.VarintType}, 2: {wire: protowire.BytesType}},
}

// fields are a message's values by number: uint64, uint32, []byte or fields.
type fields map[protowire.Number][]any

func read(b []byte, message string) (fields, error) {
	f := fields{}
	for len(b) > 0 {
		number, wire, n := protowire.ConsumeTag(b)
		if n < 0 {
			return nil, fmt.Errorf("%s: %w", message, protowire.ParseError(n))
		}
		b = b[n:]
		k, ok := schema[message][number]
		if !ok || k.wire != wire || len(f[number]) > 0 && !k.repeated {
			return nil, fmt.Errorf("%s: field %d of type %d, number %d", message, number, wire, len(f[number])+1)
		}
		var v any
		switch wire {
		case protowire.VarintType:
			v, n = protowire.ConsumeVarint(b)
		case protowire.Fixed32Type:
			v, n = protowire.ConsumeFixed32(b)
		default:
			var raw []byte
			raw, n = protowire.ConsumeBytes(b)
			if n >= 0 && k.message != "" {
				sub, err := read(raw, k.message)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", message, err)
				}
				v = sub
				break
			}
			v = raw
		}
		if n < 0 {
			return nil, fmt.Errorf("%s, field %d: %w", message, number, protowire.ParseError(n))
		}
		b = b[n:]
		f[number] = append(f[number], v)
	}
	return f, nil
}

func (f fields) text(number protowire.Number) string { return string(f[number][0].([]byte)) }

func (f fields) texts(number protowire.Number) (all []string) {
	for _, v := range f[number] {
		all = append(all, string(v.([]byte)))
	}
	return all
}

func (f fields) number(number protowire.Number) int { return int(f[number][0].(uint64)) }

func (f fields) numbers(number protowire.Number) (all []int) {
	for _, v := range f[number] {
		all = append(all, int(v.(uint64)))
	}
	return all
}

func (f fields) subs(number protowire.Number) (all []fields) {
	for _, v := range f[number] {
		all = append(all, v.(fields))
	}
	return all
}

// operators are the inputs of opset 13 that are needed, and their attributes with types.
var operators = map[string]struct {
	least, most int
	attributes  map[string]int
}{
	"Conv":               {2, 3, map[string]int{"dilations": 7, "group": 2, "kernel_shape": 7, "pads": 7, "strides": 7}},
	"BatchNormalization": {5, 5, map[string]int{"epsilon": 1}},
	"Relu":               {1, 1, nil},
	"MaxPool":            {1, 1, map[string]int{"kernel_shape": 7, "pads": 7, "strides": 7}},
	"AveragePool":        {1, 1, map[string]int{"count_include_pad": 2, "kernel_shape": 7, "pads": 7, "strides": 7}},
	"GlobalAveragePool":  {1, 1, nil},
	"Concat":             {1, 99, map[string]int{"axis": 2}},
	"Slice":              {5, 5, nil},
	"Add":                {2, 2, nil},
	"Sum":                {3, 99, nil},
	"Mul":                {2, 2, nil},
	"Flatten":            {1, 1, map[string]int{"axis": 2}},
	"Gemm":               {3, 3, map[string]int{"transB": 2}},
}

// checkONNX walks a file and returns its numbers of floats and the graph's operators.
func checkONNX(t *testing.T, file []byte, n *net.Net) (floats int, count map[string]int) {
	t.Helper()
	model, err := read(file, "Model")
	if err != nil {
		t.Fatal(err)
	}
	if v := model.number(1); v != 7 {
		t.Fatal("version", v)
	}
	if o := model.subs(8); len(o) != 1 || o[0].text(1) != "" || o[0].number(2) != 13 {
		t.Fatal("opset", o)
	}
	g := model.subs(7)[0]
	in, out := n.Layers[0].Out, n.Layers[n.Output].Out.C
	for number, want := range map[protowire.Number]string{11: fmt.Sprint("images N ", in.C, in.H, in.W), 12: fmt.Sprint("logits N ", out)} {
		v := g.subs(number)
		if len(v) != 1 {
			t.Fatal("values", v)
		}
		tensor := v[0].subs(2)[0].subs(1)[0]
		dims := tensor.subs(2)[0].subs(1)
		var sizes []any
		for _, d := range dims[1:] {
			sizes = append(sizes, d.number(1))
		}
		if got := fmt.Sprint(append([]any{v[0].text(1) + " " + dims[0].text(2) + " "}, sizes...)...); got != want || tensor.number(1) != 1 {
			t.Fatalf("value %q of type %d, want %q", got, tensor.number(1), want)
		}
	}
	defined := map[string]bool{"images": true}
	used := map[string]bool{}
	shapes := map[string][]int{}
	for _, tensor := range g.subs(5) {
		name, size := tensor.text(8), 1
		for _, d := range tensor.numbers(1) {
			size *= d
		}
		width := map[int]int{1: 4, 7: 8}[tensor.number(2)]
		if raw := len(tensor[9][0].([]byte)); raw != width*size || width == 0 {
			t.Fatalf("%s: %d bytes for %v of type %d", name, raw, tensor.numbers(1), tensor.number(2))
		}
		if width == 4 {
			floats += size
		}
		if defined[name] {
			t.Fatalf("%s: a second time", name)
		}
		defined[name], shapes[name] = true, tensor.numbers(1)
	}
	count = map[string]int{}
	for _, node := range g.subs(1) {
		op, name := node.text(4), node.text(3)
		count[op]++
		o, ok := operators[op]
		inputs := node.texts(1)
		if !ok || len(inputs) < o.least || len(inputs) > o.most {
			t.Fatalf("%s: %s of %d inputs", name, op, len(inputs))
		}
		for _, x := range inputs {
			if used[x] = true; !defined[x] {
				t.Fatalf("%s reads %s before it is there", name, x)
			}
		}
		attributes := map[string]int{}
		for _, a := range node.subs(5) {
			attributes[a.text(1)] = a.number(20)
			field := map[int]protowire.Number{1: 2, 2: 3, 7: 8}[a.number(20)]
			if len(a) != 3 || len(a[field]) == 0 {
				t.Fatalf("%s: attribute %s: %v", name, a.text(1), a)
			}
			if k := a.numbers; a.text(1) == "kernel_shape" && op == "Conv" && !slices.Equal(k(8), shapes[inputs[1]][2:]) {
				t.Fatalf("%s: window %v of weights %v", name, k(8), shapes[inputs[1]])
			}
		}
		if fmt.Sprint(attributes) != fmt.Sprint(o.attributes) {
			t.Fatalf("%s: attributes %v, want %v", name, attributes, o.attributes)
		}
		for _, y := range node.texts(2) {
			if defined[y] {
				t.Fatalf("%s: a second time", y)
			}
			defined[y] = true
		}
	}
	for name := range defined {
		if !used[name] && name != "logits" {
			t.Fatalf("%s is not read", name)
		}
	}
	return floats, count
}

// TestONNX walks the files of random networks, whose floats are the parameters that reach the
// output and the statistics of batch norms.
func TestONNX(t *testing.T) {
	for _, name := range net.Spaces() {
		r := rand.New(rand.NewPCG(5, 6))
		for range 30 {
			for _, c := range []net.Config{digits, images} {
				a, n := random(t, name, c, r)
				m := weighted(n, r)
				var b bytes.Buffer
				if err := ONNX(&b, m, Input{}); err != nil {
					t.Fatalf("%s: %v", a, err)
				}
				got, count := checkONNX(t, b.Bytes(), n)
				want := min(count["Mul"], 1) // the constant
				f := flowOf(n, n.Output)
				for i := range n.Layers {
					if !f.live[i] {
						continue
					}
					for _, w := range m.Layer(i) {
						want += len(w.Data)
					}
					want += len(m.Stats[i])
				}
				if got != want {
					t.Fatalf("%s: %d floats, want %d", a, got, want)
				}
			}
		}
	}
}

// oddity is a network of what the spaces do not have.
func oddity(t testing.TB) *net.Net {
	b := net.NewBuilder(net.Shape{C: 3, H: 13, W: 11})
	x := b.Add("conv", net.Conv{Out: 6, KH: 3, KW: 2, Stride: 1, Dilation: 2, PadH: 2, PadW: -1}, 0)
	x = b.Add("bn", net.BatchNorm{Momentum: .2, Epsilon: 1e-3}, x)
	ceil := b.Add("ceil", net.Conv{Out: 3, KH: 1, KW: 2, Stride: 2, StrideW: 3, Dilation: 1, PadH: -2, PadW: 1, Ceil: true}, x)
	crop := b.Add("max", net.MaxPool{K: 3, Stride: 2, Pad: -2}, x)
	mean := b.Add("mean", net.AvgPool{K: 3, Stride: 2, Pad: 1, CountPad: true}, x)
	corner := b.Add("corner", net.AvgPool{K: 2, Stride: 2, Pad: 0}, b.Add("skip", net.AvgPool{K: 1, Stride: 1, Pad: -1}, x))
	zero := b.Add("zero", net.Zero{Stride: 2}, x)
	nothing := b.Add("nothing", net.Add{}, zero, zero)
	pool := func(name string, x int) int { return b.Add(name+" all", net.GlobalAvgPool{}, x) }
	cut := b.Add("cut", net.Slice{From: 2, To: 5}, pool("0", b.Add("drop", net.Dropout{Rate: .5}, crop)))
	all := b.Add("all", net.Concat{}, cut, pool("1", mean), pool("2", corner), pool("3", b.Add("some", net.Add{}, nothing, mean, zero, mean)), pool("4", nothing), pool("5", ceil))
	n, err := b.Net(b.Add("answers", net.Linear{Out: 4}, b.Add("twice", net.Add{}, all, all, all)), -1)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestONNXOddity(t *testing.T) {
	n := oddity(t)
	var b bytes.Buffer
	if err := ONNX(&b, weighted(n, rand.New(rand.NewPCG(1, 2))), Input{}); err != nil {
		t.Fatal(err)
	}
	_, count := checkONNX(t, b.Bytes(), n)
	want := map[string]int{"Conv": 2, "BatchNormalization": 1, "MaxPool": 1, "AveragePool": 2, "GlobalAveragePool": 6, "Slice": 6,
		"Mul": 1, "Add": 1, "Concat": 1, "Sum": 1, "Flatten": 1, "Gemm": 1}
	if fmt.Sprint(count) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", count, want)
	}
}

func TestRefused(t *testing.T) {
	in := net.Shape{C: 2, H: 4, W: 4}
	for name, add := range map[string]func(b *net.Builder) int{
		"all: a network that is exported ends in a linear layer, not in net.GlobalAvgPool: unsupported": func(b *net.Builder) int { return b.Add("all", net.GlobalAvgPool{}, 0) },
		"last reads the linear layer first: in a network that is exported that is the last one: unsupported": func(b *net.Builder) int {
			return b.Add("last", net.Linear{Out: 2}, b.Add("first", net.Linear{Out: 2}, b.Add("all", net.GlobalAvgPool{}, 0)))
		},
		"wide: padding 2 of a 3x3 window: want at most half of it: unsupported": func(b *net.Builder) int {
			return b.Add("last", net.Linear{Out: 2}, b.Add("all", net.GlobalAvgPool{}, b.Add("wide", net.MaxPool{K: 3, Stride: 1, Pad: 2}, 0)))
		},
	} {
		b := net.NewBuilder(in)
		n, err := b.Net(add(b), -1)
		if err != nil {
			t.Fatal(err)
		}
		err = ONNX(&bytes.Buffer{}, weighted(n, rand.New(rand.NewPCG(1, 2))), Input{})
		if !errors.Is(err, evolve.ErrUnsupported) || err.Error() != "onnx: "+name {
			t.Error(err, "want", name)
		}
		err = PyTorch(&bytes.Buffer{}, n, "", Input{})
		if !errors.Is(err, evolve.ErrUnsupported) || err.Error() != "pytorch: "+name {
			t.Error(err, "want", name)
		}
	}
}

// short is a writer that is full soon.
type short struct{ left int }

var errFull = errors.New("full")

func (s *short) Write(b []byte) (int, error) {
	if s.left -= len(b); s.left < 0 {
		return 0, errFull
	}
	return len(b), nil
}

func TestWriteFails(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	_, n := random(t, "nb201", digits, r)
	if err := ONNX(&short{10000}, weighted(n, r), Input{}); !errors.Is(err, errFull) {
		t.Error(err)
	}
	if err := PyTorch(&short{100}, n, "", Input{}); !errors.Is(err, errFull) {
		t.Error(err)
	}
}
