package plots

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/internal/shared"
)

// sampleDARTS has all colours of the space, dead edges and a dead node.
const sampleDARTS evolve.Arch = "04150617031124020411001000140416"

func init() { samples["darts"] = dartsCells(sampleDARTS) }

// drawn are the graphs of a genome or of a published text.
func drawn(t testing.TB, name, text string) Cells {
	t.Helper()
	s := openSpace(t, name)
	a, err := s.(evolve.Notation).Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	cs, err := Cell(s, a)
	if err != nil {
		t.Fatal(err)
	}
	return cs
}

func openSpace(t testing.TB, name string) evolve.Space {
	t.Helper()
	s, _, err := evolve.Spaces.Open(evolve.Spec{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// describe writes a graph in two lines: labels, with / for a new line, and edges; what is
// dead has an exclamation mark.
func describe(g Graph) string {
	var nodes, edges []string
	mark := map[bool]string{true: "!"}
	for _, n := range g.Nodes {
		nodes = append(nodes, strings.ReplaceAll(n.Label, "\n", "/")+mark[n.Dead])
	}
	for _, e := range g.Edges {
		edges = append(edges, strings.TrimSpace(fmt.Sprintf("%d>%d%s %s", e.From, e.To, mark[e.Dead], e.Label)))
	}
	return strings.Join(nodes, ", ") + "\n" + strings.Join(edges, ", ")
}

// kinds of the nodes of a graph, input and output left out.
func kinds(g Graph) (all []string) {
	for _, n := range g.Nodes {
		if n.Kind != "input" && n.Kind != "output" {
			all = append(all, n.Kind)
		}
	}
	return all
}

// published is the genotype of a name in the reference file.
func published(t *testing.T, name string) json.RawMessage {
	t.Helper()
	data, err := os.ReadFile(shared.Path(t, "reference", "genotypes.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Entries []struct {
			Name     string
			Genotype json.RawMessage
		}
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	for _, e := range file.Entries {
		if e.Name == name {
			return e.Genotype
		}
	}
	t.Fatalf("no genotype %q", name)
	return nil
}

func TestCellRefuses(t *testing.T) {
	_, err := Cell(space.Bits{Length: 4}, "0110")
	if !errors.Is(err, evolve.ErrUnsupported) || !strings.Contains(err.Error(), "nb101, nb201, nlp") {
		t.Errorf("bits: %v", err)
	}
	for name := range cells {
		for _, a := range []evolve.Arch{"", "x", "{}", "99999999"} {
			if cs, err := Cell(openSpace(t, name), a); !errors.Is(err, evolve.ErrInvalid) || cs != nil {
				t.Errorf("%s: %q: %v, %v", name, a, cs, err)
			}
		}
	}
	if err := (Cells{}).Write(io.Discard, "svg"); err == nil || !strings.Contains(err.Error(), "no graph") {
		t.Errorf("no graph at all: %v", err)
	}
	if err := (Cells{nb201(), {}}).Write(io.Discard, "dot"); err == nil || !strings.Contains(err.Error(), "no node") {
		t.Errorf("an empty second graph: %v", err)
	}
}

// A pool of recorded architectures has the drawing of its space.
func TestCellOfPool(t *testing.T) {
	p, err := space.NewPool(space.NB201{}, []evolve.Arch{"000000", "333333"}, space.PoolRefuse, "")
	if err != nil {
		t.Fatal(err)
	}
	if cs, err := Cell(p, "333333"); err != nil || describe(cs[0]) != describe(nb201Cell("333333")[0]) {
		t.Errorf("%v, %v", cs, err)
	}
	if _, err := Cell(p, "333332"); !errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("what is not recorded: %v", err)
	}
}

// Every space that has architectures to look at is drawn, in all formats: whatever is
// sampled from it is connected, has its output last, and keeps boxes and labels apart.
func TestEverySpace(t *testing.T) {
	for _, name := range evolve.Spaces.Names() {
		if name == "bits" || name == "hyper" {
			continue
		}
		s, r := openSpace(t, name), rand.New(rand.NewPCG(1, 2))
		for i := range 40 {
			a := s.Sample(r)
			cs, err := Cell(s, a)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for _, g := range cs {
				layers, err := g.layers()
				if err != nil {
					t.Fatalf("%s: %s: %v", name, a, err)
				}
				for k, n := range g.Nodes {
					if n.Kind == "output" && layers[k] != slices.Max(layers) {
						t.Errorf("%s: %s: the output is in layer %d of %v", name, a, layers[k], layers)
					}
				}
				l := newLayout(g, layers)
				for _, c := range l.columns {
					for k := 1; k < len(c); k++ {
						if l.slots[c[k]].y-l.slots[c[k-1]].y < l.gap(c[k-1], c[k])-1e-6 {
							t.Errorf("%s: %s: slots %d and %d are too close", name, a, c[k-1], c[k])
						}
					}
				}
			}
			formats := []string{"dot", "mermaid"}
			if i == 0 {
				formats = append(formats, "svg", "png", "pdf")
			}
			for _, format := range formats {
				if len(render(t, cs, format)) == 0 {
					t.Fatalf("%s: %s: an empty %s", name, a, format)
				}
			}
		}
	}
}

// TestPage puts each drawing wholly below the one before it.
func TestPage(t *testing.T) {
	cs := Cells{nb201(), complete(5, "x"), nb201Cell("333333")[0]}
	layers := make([][]int, len(cs))
	for i, g := range cs {
		layers[i], _ = g.layers()
	}
	p := newCellPage(cs, layers)
	bottom := p.height
	for i, d := range slices.Backward(p.drawings) {
		if math.Abs(float64(d.head-bottom)) > 1e-6 || d.width > p.width {
			t.Errorf("drawing %d begins at %v and is %v wide, want %v and at most %v", i, d.head, d.width, bottom, p.width)
		}
		bottom -= d.height
		for k, s := range d.slots {
			if y := d.center(k).Y; y-s.height/2 < bottom+margin-1e-6 || y+s.height/2 > d.head-margin+1e-6 {
				t.Errorf("drawing %d: slot %d at %v is outside %v..%v", i, k, y, bottom, d.head)
			}
		}
	}
	if math.Abs(float64(bottom)) > 1e-6 {
		t.Errorf("%v is left at the foot", bottom)
	}
}

// TestSubgraphs numbers nodes and edges through the graphs of one text.
func TestSubgraphs(t *testing.T) {
	cs := drawn(t, "darts", string(sampleDARTS))
	dot, mermaid := string(render(t, cs, "dot")), string(render(t, cs, "mermaid"))
	for i, title := range []string{"normal 0415061703112402", "reduction 0411001000140416"} {
		for text, want := range map[string]string{
			dot:     fmt.Sprintf("\tsubgraph cluster%d {\n\tlabel=%q labelloc=t labeljust=l\n\tn%d [", i, title, 7*i),
			mermaid: fmt.Sprintf("\tsubgraph s%d[%q]\n\tdirection LR\n\tn%d(", i, title, 7*i),
		} {
			if !strings.Contains(text, want) {
				t.Errorf("no %q in\n%s", want, text)
			}
		}
	}
	for _, want := range []string{
		"\tn5 -> n6 [", "\tn7 -> n9 [label=\"sep_conv_3x3\"",
		"\tn10 [label=\"1\" color=\"#bbbbbb\" fillcolor=\"#ffffff\" shape=circle style=\"filled,dashed\" fontcolor=\"#858585\"]\n",
		"\tn10 -> n13 [label=\"\" color=\"#bbbbbb\" fontcolor=\"#858585\" style=dashed]\n",
	} {
		if !strings.Contains(dot, want) {
			t.Errorf("no %q in\n%s", want, dot)
		}
	}
	for _, want := range []string{
		"\tn7 -->|\"sep#95;conv#95;3x3\"| n9\n\tlinkStyle 12 ",
		"\tstyle n10 fill:#ffffff,stroke:#bbbbbb,color:#858585,stroke-dasharray:3\n",
		"\tn10 -.-> n13\n\tlinkStyle 21 ", "\tlinkStyle 23 stroke:#555555,color:#333333\n\tend\n",
	} {
		if !strings.Contains(mermaid, want) {
			t.Errorf("no %q in\n%s", want, mermaid)
		}
	}
	for text, closing := range map[string]string{dot: "\t}\n", mermaid: "\tend\n"} {
		if n := strings.Count(text, closing); n != 2 {
			t.Errorf("%d subgraphs end in\n%s", n, text)
		}
	}
}

func FuzzCell(f *testing.F) {
	names := []string{"channel", "darts", "graph", "macro", "mnas", "nb101", "nb201", "nlp", "size", "tnb101-macro", "tnb101-micro"}
	r := rand.New(rand.NewPCG(1, 2))
	for i, name := range names {
		f.Add(uint8(i), string(openSpace(f, name).Sample(r)))
	}
	f.Fuzz(func(t *testing.T, i uint8, text string) {
		cs, err := Cell(openSpace(t, names[int(i)%len(names)]), evolve.Arch(text))
		if err != nil {
			if !errors.Is(err, evolve.ErrInvalid) {
				t.Fatal(err)
			}
			return
		}
		if err := cs.Write(io.Discard, "dot"); err != nil {
			t.Fatal(err)
		}
	})
}
