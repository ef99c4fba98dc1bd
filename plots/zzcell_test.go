package plots

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func nb201() Graph {
	ops := []string{"nor_conv_3x3", "skip_connect", "avg_pool_3x3", "none", "nor_conv_1x1", "nor_conv_3x3"}
	kinds := []string{"conv", "skip", "pool", "", "conv", "conv"}
	g := Graph{Title: "|nor_conv_3x3~0|+|skip_connect~0|…", Nodes: []Node{{"in", "input"}, {"1", "sum"}, {"2", "sum"}, {"out", "output"}}}
	for i, e := range [][2]int{{0, 1}, {0, 2}, {1, 2}, {0, 3}, {1, 3}, {2, 3}} {
		g.Edges = append(g.Edges, Edge{e[0], e[1], ops[i], kinds[i], ops[i] == "none"})
	}
	return g
}
func TestCells(t *testing.T) {
	dir := os.Getenv("PLOTS_OUT")
	if dir == "" {
		t.Skip()
	}
	c, p := "conv", "pool"
	nb101 := Graph{Nodes: []Node{{"input", "input"}, {"conv 3×3", c}, {"conv 1×1", c}, {"max pool 3×3", p}, {"conv 3×3", c}, {"conv 3×3", c}, {"output", "output"}}}
	for _, e := range [][2]int{{0, 1}, {0, 2}, {0, 6}, {1, 3}, {2, 4}, {2, 5}, {3, 6}, {4, 6}, {5, 6}} {
		nb101.Edges = append(nb101.Edges, Edge{From: e[0], To: e[1]})
	}
	nas := Graph{Title: "AmoebaNet-like normal cell", Nodes: []Node{{"h[i−1]", "input"}, {"h[i]", "input"}, {"+", "sum"}, {"+", "sum"}, {"+", "sum"}, {"+", "sum"}, {"+", "sum"}, {"concat", "output"}}}
	for _, e := range []Edge{{0, 2, "avg 3×3", "pool", false}, {1, 2, "max 3×3", "pool", false}, {0, 3, "sep 5×5", "sep", false}, {2, 3, "identity", "skip", false}, {1, 4, "sep 3×3", "sep", false}, {1, 4, "identity", "skip", false}, {0, 5, "sep 7×7", "sep", false}, {3, 5, "avg 3×3", "pool", false}, {1, 6, "none", "", true}, {5, 6, "sep 3×3", "sep", false}, {3, 7, "", "", false}, {4, 7, "", "", false}, {6, 7, "", "", false}} {
		nas.Edges = append(nas.Edges, e)
	}
	full := Graph{}
	for i := range 7 {
		k := "conv"
		if i == 0 {
			k = "input"
		}
		if i == 6 {
			k = "output"
		}
		full.Nodes = append(full.Nodes, Node{"conv 3×3", k})
		for j := range i {
			full.Edges = append(full.Edges, Edge{From: j, To: i})
		}
	}
	for n, g := range map[string]Graph{"nb201": nb201(), "nb101": nb101, "nasnet": nas, "full": full} {
		for _, f := range []string{"png", "svg", "dot", "mermaid"} {
			var b bytes.Buffer
			if err := g.Write(&b, f); err != nil {
				t.Error(err)
			}
			os.WriteFile(filepath.Join(dir, "cell-"+n+"."+f), b.Bytes(), 0o644)
		}
	}
}
