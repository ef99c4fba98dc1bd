package export

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/training/net"
)

// PyTorch writes a Python module that builds a network in PyTorch, without its weights: a class
// Network, and a class for each kind of cell. In training it returns the logits of the
// auxiliary head as well, where there is one. Modules are registered in the order of the
// layers, those of the auxiliary head last. The title becomes the module's documentation, with
// how images are prepared, for which there are constants and a function prepare. The error
// wraps evolve.ErrUnsupported for a network that is not like those of net.Build, and
// evolve.ErrInvalid for an input that is not the network's.
func PyTorch(w io.Writer, n *net.Net, title string, images Input) error {
	if err := check(n); err != nil {
		return fmt.Errorf("pytorch: %w", err)
	}
	prepare, err := images.python(n)
	if err != nil {
		return fmt.Errorf("pytorch: %w", err)
	}
	if prepare != "" {
		title += "\n\n" + images.rule("MEAN", "STD")
	}
	outputs := []int{n.Output}
	if n.Aux >= 0 {
		outputs = append(outputs, n.Aux)
	}
	t := &torch{n: n, flow: flowOf(n, outputs...), ids: names{"images": true, "auxiliary": true},
		value: map[int]string{0: "images"}}
	t.parts = parts(n, t.flow, t.ids)
	t.header(title, prepare)
	t.classes()
	t.network()
	t.main()
	_, err = io.WriteString(w, t.b.String())
	return err
}

// python is the preparation as constants and a function, "" for none.
func (in *Input) python(n *net.Net) (string, error) {
	if err := in.check(n); err != nil || in.Data == "" {
		return "", err
	}
	mean, std, classes, err := in.lists()
	if err != nil {
		return "", err
	}
	b := fmt.Sprintf("\nSCALE = %s\nMEAN = %s\nSTD = %s\n", in.scale(), mean, std)
	if in.Classes != nil {
		b += "CLASSES = " + classes + "\n"
	}
	return b + prepareText, nil
}

const prepareText = `

def prepare(pixels):
    """Makes of pixels 0 to SCALE, [N][C][H][W], what a network takes."""
    mean, std = (torch.tensor(v).view(1, -1, 1, 1) for v in (MEAN, STD))
    return (pixels / SCALE - mean) / std
`

// torch is a module's text in the making.
type torch struct {
	n     *net.Net
	flow  *flow
	parts []*part
	calls []call // by part
	ids   names
	value map[int]string // variables of Network.forward
	b     strings.Builder
}

// call is how Network builds and calls a part that is no chain.
type call struct {
	class string
	sizes []string
	reads []source
}

func (t *torch) printf(format string, args ...any) { fmt.Fprintf(&t.b, format, args...) }

// params are those of the network and of its auxiliary head.
func (t *torch) params() (body, head int) {
	for i := range t.n.Layers {
		head += t.n.Sizes(i)
	}
	body = t.n.Params()
	return body, head - body
}

func (t *torch) header(title, prepare string) {
	title = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' {
			return ' '
		}
		return r
	}, title)
	in := t.n.Layers[0].Out
	body, head := t.params()
	t.printf("\"\"\"%s\"\"\"\n", strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(title))
	t.printf("# Images: %dx%dx%d. Classes: %d.\n# Parameters: %d", in.C, in.H, in.W, t.n.Layers[t.n.Output].Out.C, body)
	if t.n.Aux >= 0 {
		t.printf(", and %d of the auxiliary head", head)
	}
	t.printf(".\nimport torch\nfrom torch import nn\n%s", prepare)
	for _, l := range t.n.Layers {
		if _, ok := l.Op.(net.DropPath); ok {
			t.printf("%s", dropPath)
			break
		}
	}
}

const dropPath = `

class DropPath(nn.Module):
    """Clears whole images with a probability, and scales the others up.

    The rate is the largest; while it trains, a network is given less in the beginning:
    for m in network.modules():
        if isinstance(m, DropPath):
            m.rate = largest * epoch / epochs
    """

    def __init__(self, rate):
        super().__init__()
        self.rate = rate

    def forward(self, x):
        if not self.training or self.rate == 0:
            return x
        keep = 1 - self.rate
        return x * x.new_empty(x.shape[0], 1, 1, 1).bernoulli_(keep) / keep
`

// classes writes a class for each text that parts have.
func (t *torch) classes() {
	t.calls = make([]call, len(t.parts))
	texts := make([]string, len(t.parts))
	bases := map[string][]string{} // texts by the class's name
	for i, p := range t.parts {
		if p.chain {
			continue
		}
		texts[i] = p.body().text.String()
		base := className(p.key)
		if !slices.Contains(bases[base], texts[i]) {
			bases[base] = append(bases[base], texts[i])
		}
	}
	for i, p := range t.parts {
		if texts[i] == "" || t.calls[i].class != "" {
			continue
		}
		class := className(p.key)
		if kinds := bases[class]; len(kinds) > 1 {
			class += strconv.Itoa(1 + slices.Index(kinds, texts[i]))
		}
		var like []int
		var sketches []*sketch
		var keys []string
		for j, q := range t.parts {
			if texts[j] == texts[i] && className(q.key) == className(p.key) {
				like, sketches, keys = append(like, j), append(sketches, q.body()), append(keys, q.key)
			}
		}
		words, sizes, reads := unify(sketches)
		for k, j := range like {
			c := &t.calls[j]
			c.class = class
			for _, h := range sizes {
				c.sizes = append(c.sizes, strconv.Itoa(int(sketches[k].holes[h].(channels))))
			}
			for _, h := range reads {
				c.reads = append(c.reads, sketches[k].holes[h].(source))
			}
		}
		t.printf("\n\nclass %s(nn.Module):\n    \"\"\"%s.\"\"\"\n", class, strings.Join(keys, ", "))
		formals := func(holes []int) (list string) {
			for _, h := range holes {
				list += ", " + words[h]
			}
			return list
		}
		var kept []string // sizes of slices, which forward reads
		text := sketches[0].fill(func(k int) string {
			if _, size := sketches[0].holes[k].(channels); !size || k < len(p.init.holes) ||
				!strings.HasPrefix(words[k], "c") {
				return words[k]
			}
			if !slices.Contains(kept, words[k]) {
				kept = append(kept, words[k])
			}
			return "self." + words[k]
		})
		init, forward, _ := strings.Cut(text, between)
		for _, c := range slices.Backward(kept) {
			init = fmt.Sprintf("        self.%s = %[1]s\n", c) + init
		}
		if init != "" {
			t.printf("\n    def __init__(self%s):\n        super().__init__()\n%s", formals(sizes), init)
		}
		if forward != "" {
			t.printf("\n    def forward(self%s):\n%s", formals(reads), forward)
		}
	}
}

// between parts the two methods of a body. No name has it.
const between = "\x01"

// body is the text of a part's class, empty where it does nothing.
func (p *part) body() *sketch {
	s := &sketch{}
	if p.init.text.Len()+p.forward.text.Len() == 0 {
		return s
	}
	s.join(&p.init)
	s.add(between)
	s.join(&p.forward)
	if len(p.outs) > 0 {
		var values []string
		for _, k := range p.outs {
			values = append(values, p.local[k])
		}
		s.add("        return ", strings.Join(values, ", "), "\n")
	}
	return s
}

// className is the last folder of a key without its number: stage0/cell3 is a Cell.
func className(key string) string {
	name := names{}.of(strings.TrimRight(key[strings.LastIndexByte(key, '/')+1:], "0123456789"))
	return strings.ToUpper(name[:1]) + name[1:]
}

// network writes the class of the whole.
func (t *torch) network() {
	var init, forward, headInit, headForward strings.Builder
	for i, p := range t.parts {
		toInit, toForward := &init, &forward
		if p.head {
			toInit, toForward = &headInit, &headForward
		}
		if p.chain {
			t.inline(p, toInit, toForward)
			continue
		}
		c := &t.calls[i]
		if c.class == "" {
			continue
		}
		id := t.ids.of(p.key)
		fmt.Fprintf(toInit, "        self.%s = %s(%s)\n", id, c.class, strings.Join(c.sizes, ", "))
		if len(p.outs) == 0 {
			continue
		}
		var reads, values []string
		for _, k := range c.reads {
			reads = append(reads, t.value[int(k)])
		}
		for k, out := range p.outs {
			t.value[out] = id
			if k > 0 {
				t.value[out] = t.ids.of(id)
			}
			values = append(values, t.value[out])
		}
		fmt.Fprintf(toForward, "        %s = self.%s(%s)\n", strings.Join(values, ", "), id, strings.Join(reads, ", "))
	}
	t.printf("\n\nclass Network(nn.Module):\n")
	if t.n.Aux < 0 {
		t.printf("    def __init__(self):\n        super().__init__()\n%s", init.String())
		t.printf("\n    def forward(self, images):\n%s        return %s\n", forward.String(), t.value[t.n.Output])
		return
	}
	t.printf("    def __init__(self, auxiliary=True):\n        super().__init__()\n%s", init.String())
	t.printf("        self.auxiliary = auxiliary\n        if auxiliary:\n%s", indent(headInit.String()))
	t.printf("\n    def forward(self, images):\n%s        if self.auxiliary and self.training:\n", forward.String())
	t.printf("%s            return %s, %s\n        return %[2]s\n", indent(headForward.String()), t.value[t.n.Output],
		t.value[t.n.Aux])
}

// inline puts a part that is one chain of modules into Network.
func (t *torch) inline(p *part, init, forward *strings.Builder) {
	if p.init.text.Len() == 0 {
		return
	}
	word := func(s *sketch) string {
		return s.fill(func(k int) string {
			switch h := s.holes[k].(type) {
			case channels:
				return strconv.Itoa(int(h))
			case source:
				return t.value[int(h)]
			}
			return ""
		})
	}
	init.WriteString(word(&p.init))
	forward.WriteString(word(&p.forward))
	if len(p.outs) > 0 {
		t.value[p.outs[0]] = p.local[p.outs[0]]
	}
}

func indent(lines string) string {
	return strings.TrimSuffix("    "+strings.ReplaceAll(lines, "\n", "\n    "), "    ")
}

// main writes the check of the count and of the shapes.
func (t *torch) main() {
	in, classes := t.n.Layers[0].Out, t.n.Layers[t.n.Output].Out.C
	body, head := t.params()
	without, with := "Network()", ""
	if t.n.Aux >= 0 {
		without = "Network(auxiliary=False)"
		with = fmt.Sprintf("    assert count(Network()) == %d\n", body+head)
	}
	t.printf(`

def count(module):
    return sum(p.numel() for p in module.parameters())


if __name__ == "__main__":
    network = %s
    assert count(network) == %d, count(network)
%s    assert network.eval()(torch.zeros(2, %d, %d, %d)).shape == (2, %d)
    print(count(network), "parameters")
`, without, body, with, in.C, in.H, in.W, classes)
}

// KindPyTorch is the kind of the file that [PyTorch] writes.
var KindPyTorch = durable.Kind{Name: "PyTorch module of amoeba", Is: func(head []byte) bool {
	return strings.HasPrefix(string(head), `"""`) && strings.Contains(string(head), "\n# Images: ")
}}
